//! From frames to forecasts: five specialists and the ensemble of those that forecast the price.

mod model_set;
mod recipe;
mod rows;
mod stream;
mod train;

pub use model_set::{InvalidModelSet, MemberReport, ModelSet, Subject, Trained};
pub use recipe::{ENSEMBLE, plans};
pub use rows::{RowsError, Table, table};
pub use stream::{Forecaster, ForecasterError, Told};
pub use train::{EMBARGO_BARS, Evidence, Learned, Settings, TrainSetError, learn, stack, train};
