//! Work on stored data.

pub mod check;
pub mod fetch;
