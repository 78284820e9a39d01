//! Hosts of the pipeline and what they hand to people.

pub mod report;
