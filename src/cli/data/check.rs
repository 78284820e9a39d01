//! `shoal data check`: what is wrong with the data.

use std::{path::PathBuf, time::Duration};

use eyre::WrapErr;
use indicatif::{ProgressBar, ProgressDrawTarget};

use super::StoreArgs;
use crate::{
    cli::{Context, Exit, Usage, progress::style},
    io::{clock::Clock, data::Folder, store::DataStore},
    market::quality::{Params, Severity},
    service::data::check::{self, NowFrom, html, text},
    units::Timestamp,
};

/// Work that is over sooner needs no bar.
const PATIENCE: Duration = Duration::from_secs(2);

/// Report gaps, duplicates, spikes, divergence between venues and staleness of stored series
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Severities: an error is a value that cannot be true or a file that cannot be read; a warning a
missing, late or doubtful value; a note a revision or a repetition. Exit code 0 when nothing is as
bad as --fail-on, 1 otherwise.

Example:
  shoal data check --html check.html
  shoal data check --data ../data --fail-on warning")]
pub(super) struct Args {
    /// A data folder, instead of the store
    #[arg(long, value_name = "DIR", conflicts_with = "store")]
    data: Option<PathBuf>,
    #[command(flatten)]
    store: StoreArgs,
    /// Write a page with the picture of all gaps and faults
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// The least severity that fails the check
    #[arg(long, value_name = "SEVERITY", default_value = "error", value_parser = severity)]
    fail_on: Severity,
    /// Judge staleness at this time; without it the store's at the clock's, and a folder's, which
    /// is history, at the newest value of all series
    #[arg(long, value_name = "T")]
    now: Option<Timestamp>,
}

fn severity(text: &str) -> Result<Severity, String> {
    let names = || Severity::ALL.map(Severity::as_str).join(", ");
    Severity::ALL.into_iter().find(|severity| severity.as_str() == text).ok_or_else(|| format!("give one of {}", names()))
}

/// Judges the folder or the store and prints the judgement.
///
/// # Errors
/// No such folder or store, one without any series, or a page that cannot be written.
pub(super) fn run(args: &Args, context: &Context) -> eyre::Result<Exit> {
    let sources = args.store.sources(context)?;
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
    bar.set_style(style("{msg} [{wide_bar}] {pos}/{len} series, {eta} left"));
    let tick = |what: &'static str, done: usize, of: usize| {
        // Hidden still, and by then worth showing; in a pipe it stays hidden.
        if bar.is_hidden() && bar.elapsed() > PATIENCE && !context.global.json {
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        bar.set_message(what);
        bar.set_length(of as u64);
        bar.set_position(done as u64);
    };
    let reading = |done, of| tick("reading", done, of);
    let (source, input) = match &args.data {
        Some(dir) => {
            (dir.display().to_string(), check::folder(&Folder::open(dir)?, &sources.macros.by_file(), reading))
        }
        None => {
            let place = args.store.place(&sources)?;
            let read = async {
                let mut store = DataStore::open_to_read(&place).await?;
                let input = check::stored(&mut store, &sources.macros.by_name(), reading).await?;
                store.close().await.map(|()| input)
            };
            (place.to_string(), context.block_on_value(read)??)
        }
    };
    if input.is_empty() && input.unreadable.is_empty() {
        return Err(Usage(format!("{source} holds no series")).into());
    }
    let all = input.len();
    let now = match (args.now, &args.data) {
        (Some(now), _) => Some((now, NowFrom::Given)),
        (None, Some(_)) => None,
        (None, None) => Some((Clock::system().now(), NowFrom::Clock)),
    };
    let report = check::check(&source, &input, now, &Params::default(), |done| tick("judging", done, all));
    bar.finish_and_clear();

    if let Some(path) = &args.html {
        std::fs::write(path, html::html(&report)).wrap_err_with(|| path.display().to_string())?;
    }
    if context.global.json {
        context.stdout.json(&report)?;
    } else {
        context.stdout.line(text::text(&report))?;
        if let Some(path) = &args.html {
            context.stdout.line(format_args!("page: {}", path.display()))?;
        }
    }
    Ok(if report.is_sound(args.fail_on) { Exit::Done } else { Exit::Failed })
}
