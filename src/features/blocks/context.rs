//! What is known beside candles: macro, sentiment and chain series, each with its age.

use super::super::{
    inputs::INPUTS,
    past::{Ewm, Past},
    sink::Sink,
};
use crate::domain::Reading;

/// Days of the mean that a value is held against, and of the scale of its changes.
const MEAN_DAYS: u32 = 30;

#[derive(Clone, Debug)]
pub(in super::super) struct Context {
    inputs: Vec<State>,
    day: usize,
}

#[derive(Clone, Debug)]
struct State {
    values: Past,
    mean: Ewm,
    /// Of the squared change over a day.
    variance: Ewm,
}

impl Context {
    pub(in super::super) fn new(day: usize) -> Self {
        let days = MEAN_DAYS * u32::try_from(day).unwrap_or(u32::MAX / MEAN_DAYS);
        let state = State { values: Past::new(5 * day + 1), mean: Ewm::new(days), variance: Ewm::new(days) };
        Self { inputs: vec![state; INPUTS.len()], day }
    }

    /// `readings` are in the order of [`INPUTS`]; what lacks at their end is missing.
    pub(in super::super) fn push(&mut self, readings: &[Reading], out: &mut impl Sink) {
        let readings = readings.iter().copied().chain(std::iter::repeat(Reading::MISSING));
        for ((state, input), reading) in self.inputs.iter_mut().zip(&INPUTS).zip(readings) {
            let (name, meaning) = (input.name, input.meaning);
            state.values.push(reading.value);
            let mean = state.mean.push(reading.value);
            let day_change = state.values.change(self.day);
            let scale = state.variance.push(day_change * day_change).sqrt();
            out.group(input.group);
            if input.level {
                out.put(format_args!("{name}"), format_args!("{meaning}"), "as the series", reading.value);
            }
            let about = format_args!("{meaning}: above its mean, half-life {MEAN_DAYS} days");
            out.put(format_args!("{name}_gap"), about, "daily changes", (reading.value - mean) / scale);
            let about = format_args!("{meaning}: change over a day");
            out.put(format_args!("{name}_day"), about, "daily changes", day_change / scale);
            let about = format_args!("{meaning}: change over 5 days");
            out.put(format_args!("{name}_days"), about, "daily changes", state.values.change(5 * self.day) / scale);
            let about = format_args!("{meaning}: hours since what its latest value speaks of");
            out.put(format_args!("{name}_age"), about, "hours", reading.age_hours);
        }
    }
}
