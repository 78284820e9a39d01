//! What models are worth: measured on rows that nothing was learnt from, beside floors.

pub mod causality;
pub mod evaluate;
mod floors;
pub mod forecast;
pub mod methods;
mod score;

pub use score::Score;
