//! The columns, in blocks of what they look at.

pub(super) mod activity;
pub(super) mod basis;
pub(super) mod calendar;
pub(super) mod context;
pub(super) mod funding;
pub(super) mod leaders;
pub(super) mod market;
pub(super) mod own;
pub(super) mod volume;

use std::fmt::Arguments;

use super::{
    past::Outlook,
    side::{MOMENTUM, momentum_column},
    sink::{Group, Sink},
};

/// The bars of an outlook, in the names of its columns: three, and a day's, which hours are 24 of.
const OUTLOOKS: [&str; 2] = ["3", "24"];
const OUTLOOK: &str = "as it was at this time of the week, mean of 8 weeks: mean";

/// `day` is a day's bars.
fn outlooks(day: usize) -> [Outlook; 2] {
    [3, day].map(|bars| Outlook::new(bars, 7 * day, 8))
}

/// The columns of a momentum with `prefix` before their names.
fn put_momentum(out: &mut impl Sink, prefix: &str, of: &str, values: &[f64; MOMENTUM]) {
    for (index, value) in values.iter().enumerate() {
        let (name, bars, meaning) = momentum_column(index);
        let about = format_args!("{of}: {meaning} {bars}");
        if name == "mid" {
            out.put(format_args!("{prefix}mid"), about, "-1..1", *value);
        } else {
            let unit = if name == "lg" { "-6..6" } else { "-1..1" };
            out.put(format_args!("{prefix}{name}{bars}"), about, unit, *value);
        }
    }
}

/// A logarithm of volume, as it is and in units of the asset's usual change of volume.
fn put_volume(out: &mut impl Sink, group: Group, name: Arguments<'_>, about: Arguments<'_>, value: f64, noise: f64) {
    const LOG: &str = "natural log";
    out.group(group);
    out.put(name, about, LOG, value);
    out.group(Group::VolumeNormal);
    out.put(format_args!("n{name}"), format_args!("{about}, over the usual change"), "usual changes", value / noise);
}
