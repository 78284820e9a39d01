//! The asset's own prices: how far it moves, what its deviation is about to drop, where it stands.

use super::{
    super::{
        past::{Ewm, Outlook, Past, Season},
        side::{EPSILON, MOMENTUM, Side, short_momentum},
        sink::{Group, Sink},
    },
    OUTLOOK, OUTLOOKS, outlooks, put_momentum,
};

const RANGE_MEANS: [u32; 6] = [2, 4, 8, 24, 72, 240];
const RETURN_MEANS: [u32; 3] = [6, 24, 120];
const GAP_MEANS: [u32; 4] = [4, 12, 48, 168];
const PERSISTENCE_LAGS: [usize; 3] = [1, 2, 3];
const PERSISTENCE_MEANS: [u32; 3] = [12, 48, 240];
/// The window of the deviation that is forecast, in closes.
pub(in super::super) const DEVIATION_BARS: usize = 20;

#[derive(Clone, Debug)]
pub(in super::super) struct Own {
    log_range: Past,
    range_means: [Ewm; 6],
    return_means: [Ewm; 3],
    gap_means: [Ewm; 4],
    persistence: [Ewm; 9],
    day_range: Season,
    week_range: Season,
    outlooks: [Outlook; 2],
    location: Past,
    signed_volume: Past,
    day: usize,
}

impl Own {
    /// `day` is a day's bars.
    pub(in super::super) fn new(day: usize) -> Self {
        let lags_and_means = PERSISTENCE_LAGS.iter().flat_map(|_| PERSISTENCE_MEANS);
        let mut persistence = lags_and_means.map(Ewm::new);
        Self {
            log_range: Past::new(day.max(5) + 1),
            range_means: RANGE_MEANS.map(Ewm::new),
            return_means: RETURN_MEANS.map(Ewm::new),
            gap_means: GAP_MEANS.map(Ewm::new),
            persistence: std::array::from_fn(|_| persistence.next().unwrap_or_else(|| Ewm::new(1))),
            day_range: Season::new(day, 20),
            week_range: Season::new(7 * day, 6),
            outlooks: outlooks(day),
            location: Past::new(2),
            signed_volume: Past::new(24),
            day,
        }
    }

    pub(in super::super) fn push(&mut self, me: &Side, momentum: &[f64; MOMENTUM], out: &mut impl Sink) {
        self.log_range.push(me.log_range);
        self.range(me, out);
        window(me, out);
        self.direction(me, out);
        extremes(me, out);
        out.group(Group::Direction);
        put_momentum(out, "E", "own", momentum);
        out.put(
            format_args!("mom_e"),
            format_args!("sum of Ep2, Ep3, Ep4, Ep6, Et2 and Et3"),
            "-4..4",
            short_momentum(momentum),
        );
    }

    fn range(&mut self, me: &Side, out: &mut impl Sink) {
        const LOG: &str = "natural log";
        out.group(Group::Range);
        let day = self.day;
        let lags = [("1", 0), ("2", 1), ("3", 2), ("5", 4), ("22", day.saturating_sub(2)), ("23", day - 1)];
        let bars = lags.map(|(name, lag)| (name, lag, self.log_range.lag(lag)));
        for (name, lag, value) in bars {
            let about = format_args!("log range of the bar {lag} before, plus a basis point");
            out.put(format_args!("lhl_{name}"), about, LOG, value);
        }
        let size = (me.log_return.abs() + EPSILON).ln();
        out.put(format_args!("lra"), format_args!("size of the log return, plus a basis point"), LOG, size);
        let mut means = [f64::NAN; RANGE_MEANS.len()];
        for ((mean, half_life), value) in self.range_means.iter_mut().zip(RANGE_MEANS).zip(&mut means) {
            *value = mean.push(me.log_range);
            let about = format_args!("mean log range, half-life {half_life} bars");
            out.put(format_args!("lhl_e{half_life}"), about, LOG, *value);
        }
        let mut deviations = [f64::NAN; RETURN_MEANS.len()];
        for ((mean, half_life), deviation) in self.return_means.iter_mut().zip(RETURN_MEANS).zip(&mut deviations) {
            *deviation = 0.5 * (mean.push(me.log_return * me.log_return) + EPSILON * EPSILON).ln();
            let about = format_args!("root mean square of the log return, half-life {half_life} bars");
            out.put(format_args!("lr2_e{half_life}"), about, LOG, *deviation);
        }
        let usual = "how far the coming bar's log range usually stands above its";
        let (by_day, by_week) = (self.day_range.push(me.log_range), self.week_range.push(me.log_range));
        out.put(format_args!("lhl_s24"), format_args!("{usual} day's, by time of day"), LOG, by_day);
        out.put(format_args!("lhl_s168"), format_args!("{usual} week's, by time of week"), LOG, by_week);
        for (outlook, name) in self.outlooks.iter_mut().zip(OUTLOOKS) {
            let about = format_args!("{OUTLOOK} log range of the coming {name} bars less that of the last {name}");
            out.put(format_args!("lhl_f{name}"), about, LOG, outlook.push(me.log_range));
        }
        let ratio = deviations[0] - deviations[2];
        out.group(Group::Direction);
        out.put(format_args!("volr"), format_args!("lr2_e6 less lr2_e120"), LOG, ratio);
        out.group(Group::RangeNormal);
        let [fast @ .., slow, slowest] = means;
        for (name, _, value) in bars {
            out.put(format_args!("qlhl_{name}"), format_args!("lhl_{name} less lhl_e72"), LOG, value - slow);
        }
        out.put(format_args!("qlra"), format_args!("lra less lhl_e72"), LOG, size - slow);
        for (value, half_life) in fast.into_iter().zip(RANGE_MEANS) {
            out.put(
                format_args!("qlhl_e{half_life}"),
                format_args!("lhl_e{half_life} less lhl_e72"),
                LOG,
                value - slow,
            );
        }
        out.put(format_args!("qlhl_e72"), format_args!("lhl_e72 less lhl_e240"), LOG, slow - slowest);
    }

    fn direction(&mut self, me: &Side, out: &mut impl Sink) {
        out.group(Group::Direction);
        for bars in 1..=6 {
            let about = format_args!("log return of the bar {} before, in standard deviations", bars - 1);
            out.put(format_args!("z_{bars}"), about, "-6..6", me.z.lag(bars - 1));
        }
        for bars in [12, 24, 48, 72, 168, 336] {
            let about = format_args!("log return over {bars} bars, in its standard deviations");
            out.put(format_args!("R_{bars}"), about, "deviations", me.moved(bars));
        }
        let log_close = me.log_close.lag(0);
        for (mean, half_life) in self.gap_means.iter_mut().zip(GAP_MEANS) {
            let gap = (log_close - mean.push(log_close)) / (me.scale * f64::from(half_life).sqrt());
            let about = format_args!("log close above its mean, half-life {half_life} bars");
            out.put(format_args!("de_{half_life}"), about, "deviations", gap);
        }
        self.location.push(me.close_location);
        let about = format_args!("where the previous close stood in its bar, -1 at the low, 1 at the high");
        out.put(format_args!("clv2"), about, "-1..1", self.location.lag(1));
        let (open, close, high, low) = (me.open, me.close.lag(0), me.high.lag(0), me.low.lag(0));
        let upper = (high / close.max(open)).ln() / me.scale;
        let lower = (close.min(open) / low).ln() / me.scale;
        out.put(format_args!("upw"), format_args!("upper wick, log"), "deviations", upper);
        out.put(format_args!("dnw"), format_args!("lower wick, log"), "deviations", lower);
        self.signed_volume.push(sign(me.log_return) * me.volume.lag(0));
        for bars in [6, 24] {
            let share = self.signed_volume.sum(bars) / me.volume.sum(bars);
            let about = format_args!("volume of rising bars less that of falling ones, share of {bars} bars' volume");
            out.put(format_args!("obv_{bars}"), about, "-1..1", share);
        }
        self.memory(me, out);
        round_prices(me, out);
    }

    /// Whether moves go on or turn back, and what the same hours of the past did.
    fn memory(&mut self, me: &Side, out: &mut impl Sink) {
        let mut means = self.persistence.iter_mut();
        for lag in PERSISTENCE_LAGS {
            let product = me.z.lag(0).tanh() * me.z.lag(lag).tanh();
            for half_life in PERSISTENCE_MEANS {
                let Some(mean) = means.next() else { return };
                let about = format_args!(
                    "mean product of a bar's and the {lag} bars earlier tanh deviation, half-life {half_life}"
                );
                out.put(format_args!("ac{lag}_{half_life}"), about, "-1..1", mean.push(product));
            }
        }
        for days in 1..=7 {
            let about = format_args!("log return of the bar {days} days before the coming one");
            out.put(format_args!("zs{}", 24 * days - 1), about, "-6..6", me.z.lag(self.day * days - 1));
        }
        let day = me.z.mean_at((1..=20).map(|days| self.day * days - 1));
        let week = me.z.mean_at((1..=8).map(|weeks| 7 * self.day * weeks - 1));
        out.put(
            format_args!("zs_d20"),
            format_args!("mean return at the coming bar's time of day, 20 days"),
            "-6..6",
            day,
        );
        out.put(
            format_args!("zs_w8"),
            format_args!("mean return at the coming bar's time of week, 8 weeks"),
            "-6..6",
            week,
        );
    }
}

/// The next 20-close deviation is greater than this one just where the next close leaves
/// `m - d .. m + d`: `m` is the mean of the 19 closes that stay, `d` the distance from it of the
/// one that goes. (Of n - 1 kept values with mean m, one more value x makes the sum of squares
/// `S + (x - m)^2 (n - 1) / n`.)
fn window(me: &Side, out: &mut impl Sink) {
    out.group(Group::Window);
    let close = me.close.lag(0);
    let kept = DEVIATION_BARS - 1;
    let mean = me.close.mean(kept);
    let reach = (me.close.lag(kept) - mean).abs();
    let low = ((mean - reach).max(close * 0.5) / close).ln();
    let high = ((mean + reach) / close).ln();
    out.put(
        format_args!("glo"),
        format_args!("log return below which the deviation of 20 closes rises"),
        "natural log",
        low,
    );
    out.put(format_args!("ghi"), format_args!("log return above which it rises"), "natural log", high);
    let deviation = me.close.std(DEVIATION_BARS);
    for (bars, deviation) in [(DEVIATION_BARS, deviation), (kept, me.close.std(kept))] {
        let about = format_args!("standard deviation of {bars} closes over the close");
        out.put(format_args!("std{bars}r"), about, "natural log", (deviation / close).ln());
    }
    // What stays of the window when two closes come, and so what stays when more do.
    for bars in 1..=DEVIATION_BARS - 3 {
        let about = format_args!("close of {bars} bars before, less this close");
        out.put(format_args!("w20_{bars}"), about, "deviations of 20 closes", (me.close.lag(bars) - close) / deviation);
    }
}

fn extremes(me: &Side, out: &mut impl Sink) {
    for bars in [1, 2, 3, 6, 12, 24, 48, 168] {
        put_extremes(me, bars, "", "own", out, Group::Extremes, Group::Direction);
    }
}

/// Four columns of `bars`: the log distances up and down tell of direction, the nearer and the sum of activity.
pub(super) fn put_extremes(
    side: &Side,
    bars: usize,
    prefix: &str,
    of: &str,
    out: &mut impl Sink,
    activity: Group,
    direction: Group,
) {
    let (high, low) = side.extremes(bars);
    out.group(direction);
    out.put(
        format_args!("{prefix}xh{bars}"),
        format_args!("{of}: log distance up to the high of {bars} bars"),
        "usual moves",
        high,
    );
    out.put(
        format_args!("{prefix}xl{bars}"),
        format_args!("{of}: log distance down to the low of {bars} bars"),
        "usual moves",
        low,
    );
    out.group(activity);
    out.put(
        format_args!("{prefix}xm{bars}"),
        format_args!("{of}: the nearer of both, plus 0.05"),
        "natural log",
        side.nearer_extreme(bars),
    );
    out.put(
        format_args!("{prefix}xr{bars}"),
        format_args!("{of}: their sum, plus 0.05"),
        "natural log",
        (high + low + 0.05).ln(),
    );
}

/// How near a round price is: tenths and hundredths of the price's power of ten.
fn round_prices(me: &Side, out: &mut impl Sink) {
    let close = me.close.lag(0);
    let magnitude = 10f64.powf(close.log10().floor());
    for (part, name) in [(0.1, "10"), (0.01, "100")] {
        let step = magnitude * part;
        let place = (close / step).rem_euclid(1.0);
        let moves = step / close / me.range_scale;
        let signed = if place < 0.5 { place } else { place - 1.0 };
        out.put(
            format_args!("rnd{name}"),
            format_args!("distance to the next round price, 1/{name} of its power of ten"),
            "usual moves",
            place.min(1.0 - place) * moves,
        );
        out.put(
            format_args!("rnds{name}"),
            format_args!("the close above (below: negative) it"),
            "usual moves",
            signed * moves,
        );
    }
}

fn sign(value: f64) -> f64 {
    if value == 0.0 { 0.0 } else { value.signum() }
}
