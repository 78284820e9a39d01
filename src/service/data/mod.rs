//! Work on stored data.

pub mod check;
pub mod derive;
pub mod fetch;
