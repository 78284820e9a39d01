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

/// A column that a batch function fills from its first bar with a value on.
pub(super) struct Series<T> {
    values: Vec<T>,
    /// Bars before it.
    before: usize,
}

impl<T: Copy + Default> Series<T> {
    pub(super) fn new(bars: usize, before: usize) -> Self {
        // Zeros come from the allocator for nothing.
        Self { values: vec![T::default(); bars], before: before.min(bars) }
    }

    /// Where the function writes.
    pub(super) fn room(&mut self) -> &mut [T] {
        &mut self.values[self.before..]
    }
}

impl Series<f64> {
    pub(super) fn finish(mut self) -> Vec<f64> {
        let (missing, values) = self.values.split_at_mut(self.before);
        missing.fill(MISSING);
        for value in values {
            *value = known(*value);
        }
        self.values
    }
}

impl Series<i32> {
    pub(super) fn finish(self) -> Vec<f64> {
        let (missing, values) = self.values.split_at(self.before);
        missing.iter().map(|_| MISSING).chain(values.iter().map(|value| f64::from(*value))).collect()
    }
}
