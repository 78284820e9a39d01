//! Approval as a type.

/// A value that the risk gate has let pass. Its field is private and `Approved::mint` is
/// called in `risk/gate.rs` alone (`tests/tidy.rs` holds it so): whoever holds one knows
/// that every bound was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approved<T>(T);

impl<T> Approved<T> {
    pub(crate) fn mint(value: T) -> Self {
        Self(value)
    }

    pub fn get(&self) -> &T {
        &self.0
    }
}
