//! `shoal data`: the store of what was observed.

mod check;
mod export;
mod fetch;
mod import;

use std::{path::PathBuf, time::Duration};

use indicatif::ProgressBar;

use super::{Context, Exit, Usage};
use crate::{
    config::sources::Sources,
    io::store::Place,
};

/// How long a store or a node that is away is waited for.
const PATIENCE: Duration = Duration::from_secs(120);

/// Fetch, import, check and export the data that models learn from
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The store is the SQLite file that sources.toml names, or the PostgreSQL server of DATABASE_URL.

Example:
  shoal data import --data ../data
  shoal data fetch candles macro --asset ETH --from 2024-01-01
  shoal data check --html check.html
  shoal data export --out exported")]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    Fetch(fetch::Args),
    Import(import::Args),
    Check(check::Args),
    Export(export::Args),
}

/// Carries out the action.
///
/// # Errors
/// The action's own.
pub fn run(args: Args, context: &Context) -> eyre::Result<Exit> {
    match args.action {
        Action::Fetch(args) => fetch::run(&args, context),
        Action::Import(args) => import::run(&args, context),
        Action::Check(args) => check::run(&args, context),
        Action::Export(args) => export::run(&args, context),
    }
}

/// Which store.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct StoreArgs {
    /// Where data comes from and is kept; the built-in file by default
    #[arg(long, value_name = "FILE")]
    sources: Option<PathBuf>,
    /// A SQLite file, whatever the sources and DATABASE_URL say
    #[arg(long, value_name = "FILE")]
    store: Option<PathBuf>,
}

impl StoreArgs {
    /// # Errors
    /// All faults of the sources.
    pub(super) fn sources(&self, context: &Context) -> eyre::Result<Sources> {
        Ok(Sources::load(self.sources.as_deref(), &context.environment)?)
    }

    /// # Errors
    /// A server's URL that cannot be used.
    pub(super) fn place(&self, sources: &Sources) -> eyre::Result<Place> {
        Ok(match (&self.store, &sources.store.database) {
            (Some(path), _) => Place::Sqlite(path.clone()),
            (None, Some(url)) => {
                Place::postgres(url.expose()).map_err(|error| Usage(format!("DATABASE_URL: {error}")))?
            }
            (None, None) => Place::Sqlite(sources.store.path.clone()),
        })
    }
}

/// `done` a second since the bar began.
fn rate(bar: &ProgressBar, done: u64) -> f64 {
    done as f64 / bar.elapsed().as_secs_f64().max(1e-3)
}
