//! All assets of the venue together, and this one against them.

use super::{
    super::{
        past::Past,
        side::{MOMENTUM, short_momentum},
        sink::{Group, Sink},
    },
    put_momentum,
};

#[derive(Clone, Debug)]
pub(in super::super) struct Market {
    /// The mean deviation of the other assets' returns.
    index: Past,
    /// The own deviation above it.
    relative: Past,
}

impl Market {
    pub(in super::super) fn new() -> Self {
        Self { index: Past::new(72), relative: Past::new(168) }
    }

    /// The own deviation and momentum, and those of the other assets, leaders among them.
    pub(in super::super) fn push(
        &mut self,
        own: (f64, [f64; MOMENTUM]),
        others: impl Iterator<Item = (f64, [f64; MOMENTUM])>,
        out: &mut impl Sink,
    ) {
        out.group(Group::Market);
        let (mut sums, mut counts) = ([0.0; MOMENTUM], [0.0; MOMENTUM]);
        let mut add = |momentum: &[f64; MOMENTUM]| {
            for ((sum, count), value) in sums.iter_mut().zip(&mut counts).zip(momentum).filter(|(_, v)| !v.is_nan()) {
                *sum += value;
                *count += 1.0;
            }
        };
        let mut moves = Moves::default();
        for (z, momentum) in others {
            add(&momentum);
            moves.push(z);
        }
        add(&own.1);
        let mean: [f64; MOMENTUM] = std::array::from_fn(|index| sums[index] / counts[index]);
        put_momentum(out, "M", "mean of all assets", &mean);
        let about = format_args!("sum of Mp2, Mp3, Mp4, Mp6, Mt2 and Mt3");
        out.put(format_args!("mom_m"), about, "-4..4", short_momentum(&mean));
        let index = moves.mean;
        self.index.push(index);
        self.relative.push(own.0 - index);
        for bars in 1..=3 {
            let about = format_args!("mean return of the other assets in deviations, {} bars before", bars - 1);
            out.put(format_args!("mk_{bars}"), about, "-6..6", self.index.lag(bars - 1));
        }
        for bars in [3usize, 6, 12, 24, 72] {
            let about = format_args!("its sum over {bars} bars by their square root");
            out.put(format_args!("mk_s{bars}"), about, "deviations", self.index.sum(bars) / (bars as f64).sqrt());
        }
        let dispersion = if moves.count > 1.0 { (moves.squares / (moves.count - 1.0)).sqrt() } else { f64::NAN };
        out.put(
            format_args!("mk_disp"),
            format_args!("standard deviation among the other assets"),
            "deviations",
            dispersion,
        );
        let breadth = moves.rising / moves.count - 0.5;
        out.put(
            format_args!("mk_br"),
            format_args!("share of the other assets that rose, less a half"),
            "-0.5..0.5",
            breadth,
        );
        for bars in 1..=2 {
            let about = format_args!("own return less the others', in deviations, {} bars before", bars - 1);
            out.put(format_args!("id_{bars}"), about, "-12..12", self.relative.lag(bars - 1));
        }
        for bars in [3usize, 6, 12, 48, 168] {
            let about = format_args!("its sum over {bars} bars by their square root");
            out.put(format_args!("id_s{bars}"), about, "deviations", self.relative.sum(bars) / (bars as f64).sqrt());
        }
    }
}

/// Running count, mean and sum of squared deviations of what is there (Welford 1962).
#[derive(Clone, Copy, Debug)]
struct Moves {
    count: f64,
    rising: f64,
    mean: f64,
    squares: f64,
}

impl Default for Moves {
    fn default() -> Self {
        Self { count: 0.0, rising: 0.0, mean: f64::NAN, squares: 0.0 }
    }
}

impl Moves {
    fn push(&mut self, z: f64) {
        if z.is_nan() {
            return;
        }
        self.count += 1.0;
        self.rising += f64::from(u8::from(z > 0.0));
        let before = if self.mean.is_nan() { 0.0 } else { self.mean };
        self.mean = before + (z - before) / self.count;
        self.squares += (z - before) * (z - self.mean);
    }
}
