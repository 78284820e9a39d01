//! An indicator that takes one bar at a time.

use std::fmt::{self, Debug};

use ta_lib::RetCode;

use super::outputs::Outputs;
use crate::domain::Candle;

/// A running indicator.
pub(super) trait Live: Debug + Send + Sync {
    /// Takes the next bar and writes its values; NaN is a missing one.
    fn update(&mut self, bar: &Candle, out: &mut [f64]) -> Result<(), RetCode>;

    /// An independent copy.
    fn fork(&self) -> Box<dyn Live>;
}

impl Clone for Box<dyn Live> {
    fn clone(&self) -> Self {
        self.fork()
    }
}

/// A library's stream, and how it takes a bar.
struct Running<S, F> {
    stream: S,
    step: F,
}

/// The library's `stream` as a [`Live`].
pub(super) fn boxed<S, V, F>(stream: S, step: F) -> Box<dyn Live>
where
    S: Clone + Debug + Send + Sync + 'static,
    V: Outputs,
    F: Fn(&mut S, &Candle) -> Result<V, RetCode> + Copy + Send + Sync + 'static,
{
    Box::new(Running { stream, step })
}

impl<S, V, F> Live for Running<S, F>
where
    S: Clone + Debug + Send + Sync + 'static,
    V: Outputs,
    F: Fn(&mut S, &Candle) -> Result<V, RetCode> + Copy + Send + Sync + 'static,
{
    fn update(&mut self, bar: &Candle, out: &mut [f64]) -> Result<(), RetCode> {
        (self.step)(&mut self.stream, bar)?.write(out);
        Ok(())
    }

    fn fork(&self) -> Box<dyn Live> {
        Box::new(Self { stream: self.stream.clone(), step: self.step })
    }
}

impl<S: Debug, F> Debug for Running<S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.stream.fmt(f)
    }
}
