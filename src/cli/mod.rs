//! The command line.

pub mod replica;
