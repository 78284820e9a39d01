//! `shoal data` as a process.

mod check;
mod folder;
mod store;
