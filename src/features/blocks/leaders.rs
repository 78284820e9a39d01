//! The assets that lead this one: the first two of BTC, ETH and SOL that it is not.

use std::fmt::Arguments;

use super::{
    super::{
        past::Ewm,
        side::{MOMENTUM, Side, short_momentum},
        sink::{Group, Sink},
    },
    own::put_extremes,
    put_momentum, put_volume,
};

pub(in super::super) const LEADERS: usize = 2;
const RELATIVE: [u32; 3] = [4, 24, 96];

#[derive(Clone, Debug)]
pub(in super::super) struct Leader {
    place: usize,
    relative: [Ewm; 3],
    ranges: [Ewm; 2],
    volumes: [Ewm; 2],
    day: usize,
}

impl Leader {
    /// The leader at `place`, from 1.
    pub(in super::super) fn new(place: usize, day: usize) -> Self {
        Self {
            place,
            relative: RELATIVE.map(Ewm::new),
            ranges: [4, 24].map(Ewm::new),
            volumes: [4, 24].map(Ewm::new),
            day,
        }
    }

    pub(in super::super) fn push(&mut self, me: &Side, leader: &Side, noise: f64, out: &mut impl Sink) {
        const LOG: &str = "natural log";
        let n = self.place;
        out.group(Group::Leaders);
        for bars in 1..=3 {
            let about = format_args!("leader {n}: log return of the bar {} before, in standard deviations", bars - 1);
            out.put(format_args!("L{n}_z{bars}"), about, "-6..6", leader.z.lag(bars - 1));
        }
        for bars in [12, 24] {
            let about = format_args!("leader {n}: log return over {bars} bars");
            out.put(format_args!("L{n}_R{bars}"), about, "deviations", leader.moved(bars));
        }
        let relative = me.log_close.lag(0) - leader.log_close.lag(0);
        for (mean, half_life) in self.relative.iter_mut().zip(RELATIVE) {
            let gap = (relative - mean.push(relative)) / (me.scale * f64::from(half_life).sqrt());
            let about = format_args!("log price in leader {n}'s above its mean, half-life {half_life} bars");
            out.put(format_args!("L{n}_rel{half_life}"), about, "own deviations", gap);
        }
        let ahead = me.z.lag(0) - leader.z.lag(0);
        out.put(format_args!("L{n}_d1"), format_args!("own z_1 less leader {n}'s"), "-12..12", ahead);
        out.group(Group::LeaderActivity);
        let (range, volume) = (leader.log_range, leader.log_volume.lag(0));
        out.put(format_args!("L{n}_lhl"), format_args!("leader {n}: log range, plus a basis point"), LOG, range);
        let mut means = [f64::NAN; 2];
        for ((mean, half_life), value) in self.ranges.iter_mut().zip([4, 24]).zip(&mut means) {
            *value = mean.push(range);
            let about = format_args!("leader {n}: mean log range, half-life {half_life}");
            out.put(format_args!("L{n}_lhle{half_life}"), about, LOG, *value);
        }
        out.group(Group::RangeNormal);
        out.put(format_args!("qL{n}_1"), format_args!("L{n}_lhl less L{n}_lhle24"), LOG, range - means[1]);
        out.put(format_args!("qL{n}_4"), format_args!("L{n}_lhle4 less L{n}_lhle24"), LOG, means[0] - means[1]);
        out.put(format_args!("qL{n}_r"), format_args!("L{n}_lhl less lhl_1"), LOG, range - me.log_range);
        let mut put = |name: Arguments<'_>, about: Arguments<'_>, value: f64| {
            put_volume(out, Group::LeaderActivity, name, about, value, noise);
        };
        for (mean, half_life) in self.volumes.iter_mut().zip([4, 24]) {
            let about = format_args!("leader {n}: volume over its mean, half-life {half_life}");
            put(format_args!("L{n}_lv{half_life}"), about, volume - mean.push(volume));
        }
        let change = leader.log_volume.change(1);
        put(format_args!("L{n}_dlv"), format_args!("leader {n}: volume over that of the bar before"), change);
        let yesterday = leader.log_volume.lag(self.day - 1) - volume;
        let about = format_args!("leader {n}: volume at the coming bar's time yesterday over that of now");
        put(format_args!("L{n}_lvs23"), about, yesterday);
        for bars in [6, 24, 72] {
            let (prefix, of) = (["L1_", "L2_"][n - 1], ["leader 1", "leader 2"][n - 1]);
            put_extremes(leader, bars, prefix, of, out, Group::LeaderExtremes, Group::Leaders);
        }
    }
}

/// The leaders' momentum, and the mean of the first one's and the own.
pub(in super::super) fn momentum(
    own: &[f64; MOMENTUM],
    [first, second]: &[[f64; MOMENTUM]; LEADERS],
    out: &mut impl Sink,
) {
    out.group(Group::Leaders);
    put_momentum(out, "L1_", "leader 1", first);
    put_momentum(out, "L2_", "leader 2", second);
    let both: [f64; MOMENTUM] = std::array::from_fn(|index| (own[index] + first[index]) / 2.0);
    put_momentum(out, "S", "mean of own and leader 1", &both);
    let about = format_args!("sum of L1_p2, L1_p3, L1_p4, L1_p6, L1_t2 and L1_t3");
    out.put(format_args!("mom_l"), about, "-4..4", short_momentum(first));
}
