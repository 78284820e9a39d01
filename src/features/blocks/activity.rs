//! How busy the rest of the market is: ranges and volumes of the other assets, on average.

use super::super::{
    past::Ewm,
    side::Side,
    sink::{Group, Sink},
};

const COLUMNS: [(&str, &str, &str); 8] = [
    ("mv_d", "volume over that of the bar before", "usual changes"),
    ("mv_4", "volume over its mean, half-life 4", "usual changes"),
    ("mv_24", "volume over its mean, half-life 24", "usual changes"),
    ("mv_23", "volume at the coming bar's time yesterday over that of now", "usual changes"),
    ("mv_l1", "log range over its mean, half-life 24", "natural log"),
    ("mv_l4", "mean log range, half-life 4, over that of half-life 24", "natural log"),
    ("mv_xm6", "the nearer of the distances to high and low of 6 bars, plus 0.05", "natural log"),
    ("mv_xm24", "the same of 24 bars", "natural log"),
];

/// One asset's means.
#[derive(Clone, Debug)]
struct Pace {
    noise: Ewm,
    volumes: [Ewm; 2],
    ranges: [Ewm; 2],
}

#[derive(Clone, Debug)]
pub(in super::super) struct Activity {
    paces: Vec<Pace>,
    day: usize,
}

impl Activity {
    pub(in super::super) fn new(assets: usize, day: usize) -> Self {
        let means = || [4, 24].map(Ewm::new);
        let pace = Pace { noise: Ewm::new(super::volume::NOISE), volumes: means(), ranges: means() };
        Self { paces: vec![pace; assets], day }
    }

    /// `above_day` is the own volume over its mean, in usual changes.
    pub(in super::super) fn push<'a>(
        &mut self,
        others: impl Iterator<Item = &'a Side>,
        above_day: f64,
        out: &mut impl Sink,
    ) {
        let (mut sums, mut counts) = ([0.0; COLUMNS.len()], [0.0; COLUMNS.len()]);
        for (pace, side) in self.paces.iter_mut().zip(others) {
            for ((sum, count), value) in sums.iter_mut().zip(&mut counts).zip(pace.push(side, self.day)) {
                if value.is_finite() {
                    *sum += value;
                    *count += 1.0;
                }
            }
        }
        out.group(Group::MarketActivity);
        let means: [f64; COLUMNS.len()] = std::array::from_fn(|index| sums[index] / counts[index]);
        for ((name, meaning, unit), mean) in COLUMNS.into_iter().zip(means) {
            out.put(format_args!("{name}"), format_args!("mean of the other assets: {meaning}"), unit, mean);
        }
        let about = format_args!("own volume over its mean, half-life 24, less mv_24");
        out.put(format_args!("mv_own"), about, "usual changes", above_day - means[2]);
    }
}

impl Pace {
    fn push(&mut self, side: &Side, day: usize) -> [f64; COLUMNS.len()] {
        let volume = &side.log_volume;
        let (now, change) = (volume.lag(0), volume.change(1));
        let noise = self.noise.push(change.abs());
        let [fast_volume, slow_volume] = self.volumes.each_mut().map(|mean| mean.push(now));
        let [fast_range, slow_range] = self.ranges.each_mut().map(|mean| mean.push(side.log_range));
        [
            change / noise,
            (now - fast_volume) / noise,
            (now - slow_volume) / noise,
            (volume.lag(day - 1) - now) / noise,
            side.log_range - slow_range,
            fast_range - slow_range,
            side.nearer_extreme(6),
            side.nearer_extreme(24),
        ]
    }
}
