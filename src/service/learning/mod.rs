//! Training, forecasts and their judgement from a data folder.

pub mod load;
mod mood;
