//! `shoal data` as a process.

#![allow(clippy::print_stdout, reason = "a skipped test says so")]

mod check;
mod columns;
#[path = "../support/data.rs"]
mod data;
mod folder;
mod spread;
mod store;
