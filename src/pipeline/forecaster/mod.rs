//! From frames to forecasts: five specialists and the ensemble of those that forecast the price.

mod forecasters;
mod model_set;
mod recipe;
mod rows;
mod stream;
mod suited;
mod train;

pub use forecasters::Forecasters;
pub use model_set::{InvalidModelSet, MemberReport, ModelSet, Subject, Trained};
pub use recipe::{ENSEMBLE, plans};
pub use rows::{RowsError, Table, table};
pub use stream::{Forecaster, ForecasterError};
pub use suited::{Unsuited, suited};
pub use train::{Settings, TrainSetError, train};
