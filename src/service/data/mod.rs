//! Work on stored data.

pub mod check;
pub mod derive;
pub mod export;
pub mod fetch;
pub mod import;
