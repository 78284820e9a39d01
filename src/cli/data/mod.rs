//! `shoal data`: the store of what was observed.

mod export;
mod import;

use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Context, Exit};
use crate::{
    config::sources::Sources,
    io::{secret::Secret, store::Place},
};

/// Import data into the store, or export it
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The store is the SQLite file that sources.toml names, or the PostgreSQL server of DATABASE_URL.

Example:
  shoal data import --data ../data
  shoal data export --out exported")]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    Import(import::Args),
    Export(export::Args),
}

/// # Errors
/// The action's own.
pub fn run(args: Args, context: &Context) -> eyre::Result<Exit> {
    match args.action {
        Action::Import(args) => import::run(&args, context),
        Action::Export(args) => export::run(&args, context),
    }
}

/// Which store.
#[derive(Clone, Debug, clap::Args)]
struct StoreArgs {
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
    fn place(&self, context: &Context) -> eyre::Result<Place> {
        if let Some(path) = &self.store {
            return Ok(Place::Sqlite(path.clone()));
        }
        let settings = Sources::load(self.sources.as_deref(), &context.environment)?.store;
        Ok(match settings.database {
            Some(url) => Place::Postgres(Secret::new(url.expose())),
            None => Place::Sqlite(settings.path),
        })
    }
}

/// A bar on a terminal; nothing in a pipe and with `--json`.
fn bar(context: &Context, template: &str) -> ProgressBar {
    let bar = ProgressBar::new(0);
    if context.global.json {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

/// `done` a second since the bar began.
fn rate(bar: &ProgressBar, done: u64) -> f64 {
    done as f64 / bar.elapsed().as_secs_f64().max(1e-3)
}
