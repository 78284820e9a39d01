//! The one composition of the stages. Every host drives [`Pipeline::step`] and nothing else:
//! no clock, no randomness, no I/O. The same inputs give the same effects, byte for byte.

mod decide;
pub mod effect;
pub mod forecaster;
pub mod frames;
pub mod input;
mod market_state;
pub mod model;
pub mod params;
mod restore;
mod step;
pub mod training;

pub use effect::{Alert, Effect};
pub use input::Input;
pub use market_state::MarketSetup;
pub use model::{Model, Outlook, TradingModel};
pub use params::Params;
pub use restore::RestoreError;
pub use step::{Halt, Pipeline};
