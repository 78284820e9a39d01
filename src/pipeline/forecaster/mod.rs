//! From frames to forecasts: five specialists and the ensemble of those that forecast the price.

mod forecasters;
mod model_set;
mod reasons;
mod recipe;
mod rows;
pub mod settings;
mod stream;
mod suited;
mod target_learner;
mod train;
pub mod vote;

pub use forecasters::Forecasters;
pub use model_set::{InvalidModelSet, MemberReport, ModelSet, Subject, Trained};
pub use reasons::Reason;
pub use recipe::{ENSEMBLE, plans, price_models};
pub use rows::{RowsError, Table, table};
pub use settings::{EMBARGO_BARS, Parameters, Settings};
pub use stream::{Forecaster, ForecasterError};
pub use suited::{Unsuited, suited};
pub use target_learner::TargetLearner;
pub use train::{Evidence, Learned, TrainSetError, train};
