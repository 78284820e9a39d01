//! The models that trade, and the bars that they would be told.

use super::Finding;
use crate::{
    config::{Config, sources::Sources},
    io::{clock::Clock, store::Place},
    service::{live::Trading, models::Models},
    units::Timestamp,
};

/// Whether the files are models of the configured markets, and whether the store has what they read.
pub(super) async fn examine(config: &Config, sources: &Sources, store: &Place, now: Timestamp) -> Vec<Finding> {
    const FILES: &str = "models";
    const BARS: &str = "models' bars";
    let models = match Models::read(&config.model.files, &config.markets, None, sources.clone()) {
        Ok(models) => models,
        Err(error) => {
            return vec![
                Finding::problem(FILES, error.to_string(), "correct model.files, or train them anew"),
                Finding::skipped(BARS, "there are no models"),
            ];
        }
    };
    let files = Finding::ok(FILES, models.lines().join("; "));
    let trading = Trading { models, store: store.clone(), clock: Clock::system() };
    let bars = match trading.rehearse(now).await {
        Ok(lines) => Finding::note(BARS, format!("{store}: {}", lines.join("; "))),
        Err(error) => {
            let mend = "run `shoal data fetch --from DATE --follow` beside the bot, DATE 26 weeks ago or earlier";
            Finding::problem(BARS, error.to_string(), mend)
        }
    };
    vec![files, bars]
}
