//! Text to scores, and scores to hourly series.
//!
//! A post's way: [`Filter`] cleans it, drops what is foreign, spam, a repetition or about none
//! of our assets, and says why; a [`Scorer`] scores what is left; [`Aggregator`] folds the
//! scores into series per asset and hour. [`Hourly`] is the whole way.

mod aggregate;
mod assets;
mod classes;
mod clean;
mod duplicates;
mod filter;
mod hourly;
mod language;
mod score;
mod spam;
pub mod vader;
mod words;

pub use aggregate::{AggregateParams, Aggregator, HourAggregate, Late, Measure, ScoredPost};
pub use assets::{AssetTerms, Matcher};
pub use classes::{ClassError, Classes};
pub use clean::{Cleaned, clean};
pub use duplicates::{DuplicateParams, Repetition};
#[cfg(test)]
pub(crate) use filter::tests::params as filter_params;
pub use filter::{Dropped, Filter, FilterParams, Filtered, Kept, Reason, filter};
pub use hourly::{Heard, Hourly, ScoreFault};
pub use language::{Language, LanguageParams};
pub use score::{Score, ScoreError, Scorer};
pub use spam::{Spam, SpamParams};
pub use vader::Vader;
