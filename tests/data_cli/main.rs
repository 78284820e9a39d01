//! `shoal data` as a process.

#![allow(clippy::print_stdout, reason = "a skipped test says so")]

mod check;
mod folder;
mod store;
