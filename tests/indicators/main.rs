//! The indicator catalogue and `shoal indicators`.

mod cli;
mod golden;
mod real;
#[path = "../support/data.rs"]
mod support;
