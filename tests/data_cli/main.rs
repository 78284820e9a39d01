//! `shoal data` as a process.

mod check;
mod store;
