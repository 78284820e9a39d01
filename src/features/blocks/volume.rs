//! The asset's own volume against its past and its season.

use std::fmt::Arguments;

use super::{
    super::{
        past::{Ewm, Outlook, Season},
        side::Side,
        sink::{Group, Sink},
    },
    OUTLOOK, OUTLOOKS, outlooks, put_volume,
};

const MEANS: [u32; 6] = [2, 4, 8, 24, 72, 240];
/// Half-life of the mean size of the changes, in bars.
pub(super) const NOISE: u32 = 240;

#[derive(Clone, Debug)]
pub(in super::super) struct Volume {
    means: [Ewm; 6],
    day_season: Season,
    week_season: Season,
    outlooks: [Outlook; 2],
    /// What the seasons said of this bar when it was to come.
    expected: (f64, f64),
    noise: Ewm,
    day: usize,
}

impl Volume {
    pub(in super::super) fn new(day: usize) -> Self {
        Self {
            means: MEANS.map(Ewm::new),
            day_season: Season::new(day, 20),
            week_season: Season::new(7 * day, 6),
            outlooks: outlooks(day),
            expected: (f64::NAN, f64::NAN),
            noise: Ewm::new(NOISE),
            day,
        }
    }

    /// The asset's usual change of log volume, by which other volumes are measured, and the volume
    /// over its mean in it (`ndlv_e24`).
    pub(in super::super) fn push(&mut self, me: &Side, out: &mut impl Sink) -> (f64, f64) {
        let volume = &me.log_volume;
        let noise = self.noise.push(volume.change(1).abs());
        let mut put = |name: Arguments<'_>, about: Arguments<'_>, value: f64| {
            put_volume(out, Group::Volume, name, about, value, noise);
        };
        let now = volume.lag(0);
        for bars in [1, 2, 3, 5] {
            put(
                format_args!("dlv_{bars}"),
                format_args!("volume over that of {bars} bars before"),
                volume.change(bars),
            );
        }
        let day = self.day;
        let lags = [(22, day.saturating_sub(2)), (23, day - 1), (24, day), (47, 2 * day - 1), (167, 7 * day - 1)];
        for (name, lag) in lags {
            let about = format_args!("volume of {lag} bars before over that of now");
            put(format_args!("dlvs_{name}"), about, volume.lag(lag) - now);
        }
        let mut above = [f64::NAN; MEANS.len()];
        for ((mean, half_life), above) in self.means.iter_mut().zip(MEANS).zip(&mut above) {
            *above = now - mean.push(now);
            put(
                format_args!("dlv_e{half_life}"),
                format_args!("volume over its mean, half-life {half_life} bars"),
                *above,
            );
        }
        let (expected_day, expected_week) = self.expected;
        let (coming_day, coming_week) = (self.day_season.push(now), self.week_season.push(now));
        self.expected = (coming_day, coming_week);
        let usual = "how far the coming bar's volume usually stands above its";
        put(format_args!("lv_s24"), format_args!("{usual} day's, by time of day"), coming_day);
        put(format_args!("lv_s168"), format_args!("{usual} week's, by time of week"), coming_week);
        for (outlook, name) in self.outlooks.iter_mut().zip(OUTLOOKS) {
            let about = format_args!("{OUTLOOK} log volume of the coming {name} bars less that of the last {name}");
            put(format_args!("lv_f{name}"), about, outlook.push(now));
        }
        put(
            format_args!("lv_s24now"),
            format_args!("lv_s24 of the bar before: what was expected of this one"),
            expected_day,
        );
        put(format_args!("lv_s168now"), format_args!("lv_s168 of the bar before"), expected_week);
        put(format_args!("v_sd24"), format_args!("standard deviation of 24 bars' log volume"), volume.std(24));
        for bars in [6, 24] {
            let (least, greatest) = (volume.min(bars) - now, volume.max(bars) - now);
            put(format_args!("v_min{bars}"), format_args!("least volume of {bars} bars over that of now"), least);
            put(format_args!("v_max{bars}"), format_args!("greatest volume of {bars} bars over that of now"), greatest);
        }
        let (above_day, above_days) = (above[3], above[4]);
        put(format_args!("v_sur"), format_args!("dlv_e24 less lv_s24now: surprise"), above_day - expected_day);
        put(format_args!("v_exp"), format_args!("lv_s24 less dlv_e24: the rise to expect"), coming_day - above_day);
        put(format_args!("v_exp168"), format_args!("lv_s168 less dlv_e72"), coming_week - above_days);
        put(format_args!("v_step"), format_args!("lv_s24 less lv_s24now"), coming_day - expected_day);
        out.group(Group::Noise);
        let about = format_args!("mean size of the change of log volume, half-life {NOISE} bars");
        out.put(format_args!("nz"), about, "natural log", noise.ln());
        out.group(Group::Direction);
        out.put(format_args!("zv"), format_args!("z_1 times dlv_e24"), "deviations", me.z.lag(0) * above_day);
        (noise, above_day / noise)
    }
}
