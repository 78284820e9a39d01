//! What it means not to change by a bit.

/// Equal bits, or both missing.
pub(super) fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
}

/// The first place at which two columns differ.
pub(super) fn first_change(a: &[f64], b: &[f64]) -> Option<usize> {
    a.iter().zip(b).position(|(a, b)| !same(*a, *b))
}

/// All digits of a value.
pub(super) fn shown(value: f64) -> String {
    if value.is_nan() { "missing".to_owned() } else { format!("{value:?}") }
}
