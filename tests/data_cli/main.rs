//! `shoal data` as a process.

#![allow(clippy::print_stdout, reason = "a skipped test says so")]

mod check;
mod columns;
#[path = "../support/data.rs"]
mod data;
mod folder;
mod logs;
#[path = "../support/schema.rs"]
mod schema;
mod spread;
mod store;
