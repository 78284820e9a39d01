//! What the libraries return, as numbers of one kind. A value that is missing or not finite is
//! [`MISSING`]: nothing else is NaN, so that equal is equal to the bit.

/// Of a bar for which an indicator has no value.
pub const MISSING: f64 = f64::NAN;

/// One bar's outputs of a function.
pub(super) trait Outputs {
    /// Writes them in their order to as many places.
    fn write(self, out: &mut [f64]);
}

fn known(value: f64) -> f64 {
    if value.is_finite() { value } else { MISSING }
}

impl Outputs for f64 {
    fn write(self, out: &mut [f64]) {
        out[0] = known(self);
    }
}

impl Outputs for i32 {
    fn write(self, out: &mut [f64]) {
        out[0] = Self::into(self);
    }
}

impl Outputs for (f64, i32) {
    fn write(self, out: &mut [f64]) {
        (out[0], out[1]) = (known(self.0), self.1.into());
    }
}

impl Outputs for (f64, f64) {
    fn write(self, out: &mut [f64]) {
        (out[0], out[1]) = (known(self.0), known(self.1));
    }
}

impl Outputs for (f64, f64, f64) {
    fn write(self, out: &mut [f64]) {
        (out[0], out[1], out[2]) = (known(self.0), known(self.1), known(self.2));
    }
}

impl Outputs for (f64, f64, f64, f64) {
    fn write(self, out: &mut [f64]) {
        (out[0], out[1], out[2], out[3]) = (known(self.0), known(self.1), known(self.2), known(self.3));
    }
}

/// A column at every bar. Signals stay whole numbers, which are half the size.
#[derive(Clone, Debug)]
pub enum Values {
    Numbers(Vec<f64>),
    Signals {
        values: Vec<i32>,
        /// The first bar that is not missing.
        first: usize,
    },
}

impl Values {
    /// NaN where it is missing, which a bar past the end is, too.
    pub fn at(&self, bar: usize) -> f64 {
        match self {
            Self::Numbers(values) => values.get(bar).copied().unwrap_or(MISSING),
            Self::Signals { values, first } if bar >= *first => {
                values.get(bar).map_or(MISSING, |value| f64::from(*value))
            }
            Self::Signals { .. } => MISSING,
        }
    }
}

/// A column that a batch function fills from its first bar with a value on.
pub(super) struct Series<T> {
    values: Vec<T>,
    first: usize,
}

impl<T: Copy + Default> Series<T> {
    pub(super) fn new(bars: usize, first: usize) -> Self {
        // Zeros come from the allocator for nothing.
        Self { values: vec![T::default(); bars], first: first.min(bars) }
    }

    /// Where the function writes.
    pub(super) fn room(&mut self) -> &mut [T] {
        &mut self.values[self.first..]
    }
}

impl Series<f64> {
    pub(super) fn finish(mut self) -> Values {
        let (missing, values) = self.values.split_at_mut(self.first);
        missing.fill(MISSING);
        // Reading is cheap, and hardly a column has anything to mend.
        if !values.iter().all(|value| value.is_finite()) {
            for value in values {
                *value = known(*value);
            }
        }
        Values::Numbers(self.values)
    }
}

impl Series<i32> {
    pub(super) fn finish(self) -> Values {
        Values::Signals { values: self.values, first: self.first }
    }
}
