//! Work on stored data.

pub mod check;
