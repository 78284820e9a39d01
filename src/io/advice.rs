//! What to do about an error.

/// What the caller should do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// The same request may succeed later.
    Retry,
    /// This request will never succeed; others may.
    Drop,
    /// Nothing will succeed until a person mends the set-up.
    Halt,
}

/// An error that says what to do.
pub trait Advised: std::fmt::Display {
    fn advice(&self) -> Advice;
}
