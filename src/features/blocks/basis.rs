//! The same asset on its other venue: spot beside a perpetual, a perpetual beside spot.

use std::fmt::Arguments;

use super::{
    super::{
        past::{Ewm, Past},
        side::Side,
        sink::{Group, Sink},
    },
    put_volume,
};

const MEANS: [u32; 3] = [3, 12, 72];

#[derive(Clone, Debug)]
pub(in super::super) struct Basis {
    basis: Past,
    means: [Ewm; 3],
    leader_means: [Ewm; 3],
    volumes: [Ewm; 2],
    ratio: Ewm,
}

impl Basis {
    pub(in super::super) fn new() -> Self {
        Self {
            basis: Past::new(2),
            means: MEANS.map(Ewm::new),
            leader_means: MEANS.map(Ewm::new),
            volumes: [4, 24].map(Ewm::new),
            ratio: Ewm::new(24),
        }
    }

    /// `other` is this asset's other venue, `leader` the first leader here, `leader_other` there.
    pub(in super::super) fn push(
        &mut self,
        me: &Side,
        other: &Side,
        leader: &Side,
        leader_other: &Side,
        noise: f64,
        out: &mut impl Sink,
    ) {
        const DEVIATIONS: &str = "deviations of the return";
        out.group(Group::Basis);
        let basis = me.log_close.lag(0) - other.log_close.lag(0);
        self.basis.push(basis);
        for (mean, half_life) in self.means.iter_mut().zip(MEANS) {
            let about = format_args!("log price here over the other venue's, above its mean, half-life {half_life}");
            out.put(format_args!("bas_{half_life}"), about, DEVIATIONS, (basis - mean.push(basis)) / me.scale);
        }
        out.put(
            format_args!("bas_raw"),
            format_args!("log price here over the other venue's"),
            "basis points",
            basis * 1e4,
        );
        out.put(format_args!("bas_d"), format_args!("its change"), DEVIATIONS, self.basis.change(1) / me.scale);
        out.put(
            format_args!("o_clv"),
            format_args!("other venue: close in its bar, -1 at the low, 1 at the high"),
            "-1..1",
            other.close_location,
        );
        out.put(
            format_args!("o_hi"),
            format_args!("log high here over the other venue's"),
            DEVIATIONS,
            (me.high.lag(0) / other.high.lag(0)).ln() / me.scale,
        );
        out.put(
            format_args!("o_lo"),
            format_args!("log low here over the other venue's"),
            DEVIATIONS,
            (me.low.lag(0) / other.low.lag(0)).ln() / me.scale,
        );
        let basis = leader.log_close.lag(0) - leader_other.log_close.lag(0);
        for (mean, half_life) in self.leader_means.iter_mut().zip(MEANS) {
            let about =
                format_args!("leader 1: log price here over the other venue's, above its mean, half-life {half_life}");
            out.put(format_args!("lbas_{half_life}"), about, DEVIATIONS, (basis - mean.push(basis)) / me.scale);
        }
        let mut put = |name: Arguments<'_>, about: Arguments<'_>, value: f64| {
            put_volume(out, Group::BasisVolume, name, about, value, noise);
        };
        let (own, volume) = (me.log_volume.lag(0), other.log_volume.lag(0));
        let ratio = own - volume;
        let about = format_args!("volume here over the other venue's, over its mean, half-life 24");
        put(format_args!("ov_rel"), about, ratio - self.ratio.push(ratio));
        for (mean, half_life) in self.volumes.iter_mut().zip([4, 24]) {
            let about = format_args!("other venue: volume over its mean, half-life {half_life}");
            put(format_args!("ov_{half_life}"), about, volume - mean.push(volume));
        }
        let change = other.log_volume.change(1);
        put(format_args!("ov_d"), format_args!("other venue: volume over that of the bar before"), change);
    }
}
