//! What `demo` and `backtest` have in common on the command line.

use std::path::{Path, PathBuf};

use eyre::WrapErr;
use indicatif::ProgressBar;

use super::{Context, Exit, Usage, progress::bar};
use crate::{
    config::{Config, sources::Sources},
    service::{
        interrupt::Interrupt,
        models::{Models, ModelsError},
        report::{RunReport, html, text},
        scenario::Wanted,
    },
    units::Timestamp,
};

/// Which hours to play, and where to write the report.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct PlayArgs {
    /// Read real candles from this data folder (without it: a simulated market)
    #[arg(long, value_name = "DIR")]
    pub(super) data: Option<PathBuf>,
    /// The venue in the data folder; the first that covers the range by default
    #[arg(long, requires = "data")]
    pub(super) venue: Option<String>,
    /// First hour, UTC: 2023-07-01, 2023-07-01T12:00:00Z or unix seconds
    #[arg(long, value_name = "T")]
    pub(super) from: Option<Timestamp>,
    /// End of the last hour, UTC
    #[arg(long, value_name = "T")]
    pub(super) to: Option<Timestamp>,
    /// How many hours, where --from and --to do not both say
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) hours: Option<u32>,
    /// Leave hours out that the data lacks, instead of refusing them
    #[arg(long)]
    pub(super) allow_gaps: bool,
    /// Trade by what `shoal train` wrote, one file for each configured market (without any, and
    /// without [model] files: a small model is trained on the spot)
    #[arg(long = "model", value_name = "FILE", requires = "data")]
    models: Vec<PathBuf>,
    /// Write report.html and report.json into this folder; a demo writes its journal there too
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
}

impl PlayArgs {
    fn models(&self, context: &Context, config: &Config) -> eyre::Result<Option<Models>> {
        let sources = Sources::load(None, &context.environment)?;
        let models = models(config, &self.models, self.venue.as_deref(), sources)?;
        if models.is_some() && self.data.is_none() {
            let file = &config.file;
            return Err(Usage(format!("{file}: model.files need --data: they read its candles and series")).into());
        }
        Ok(models)
    }

    /// # Errors
    /// A range that no data can have, and models that do not fit the markets: refused before any
    /// work.
    pub(super) fn wanted(&self, context: &Context, config: &Config) -> eyre::Result<Wanted> {
        for (name, at) in [("--from", self.from), ("--to", self.to)] {
            if let Some(at) = at.filter(|at| at.hour() != *at) {
                let (before, after) = (at.hour(), at.hour().plus(Timestamp::HOUR));
                return Err(Usage(format!("{name} {at} is not on the hour: give {before} or {after}")).into());
            }
        }
        if let (Some(from), Some(to)) = (self.from, self.to)
            && from >= to
        {
            return Err(Usage(format!("--from {from} must lie before --to {to}")).into());
        }
        Ok(Wanted {
            data: self.data.clone(),
            venue: self.venue.clone(),
            from: self.from,
            to: self.to,
            hours: self.hours,
            allow_gaps: self.allow_gaps,
            models: self.models(context, config)?,
        })
    }
}

/// Reads the model files; `None` where none is named.
///
/// # Errors
/// Models that do not fit the markets, as bad usage; files that are none.
pub(super) fn models(
    config: &Config,
    named: &[PathBuf],
    venue: Option<&str>,
    sources: Sources,
) -> eyre::Result<Option<Models>> {
    let files = if named.is_empty() { &config.model.files } else { named };
    if files.is_empty() {
        return Ok(None);
    }
    match Models::read(files, &config.markets, venue, sources) {
        Ok(models) => Ok(Some(models)),
        Err(ModelsError::Unsuited(why)) => Err(Usage(why.to_string()).into()),
        Err(error) => Err(error.into()),
    }
}

/// A bar on a terminal; nothing in a pipe and with `--json`.
pub(super) fn progress(context: &Context, what: &str) -> ProgressBar {
    bar(context, "{msg} [{wide_bar}] {pos}/{len} hours, {per_sec}, {eta} left").with_message(what.to_owned())
}

/// Moves the bar.
pub(super) fn tick(bar: &ProgressBar, done: usize, of: usize) {
    bar.set_length(of as u64);
    bar.set_position(done as u64);
}

/// Makes the folder and a file in it: that nothing can be written there should be known before
/// the work, not after it.
///
/// # Errors
/// When either cannot be made.
pub(super) fn make_writable(dir: &Path) -> eyre::Result<()> {
    std::fs::create_dir_all(dir).wrap_err_with(|| format!("--out {}", dir.display()))?;
    let made = tempfile::Builder::new().prefix(".shoal").tempfile_in(dir);
    // The probe's own name would only puzzle.
    let reason = |error: std::io::Error| eyre::Report::new(std::io::Error::from(error.kind()));
    made.map(drop).map_err(reason).wrap_err_with(|| format!("--out {}", dir.display()))
}

/// Writes the report's files and prints it.
///
/// # Errors
/// When a file cannot be written.
pub(super) fn show(
    context: &Context,
    report: &RunReport,
    out: Option<&Path>,
    interrupt: &Interrupt,
) -> eyre::Result<Exit> {
    if let Some(dir) = out {
        let write = |name: &str, content: String| {
            let path = dir.join(name);
            std::fs::write(&path, content).wrap_err_with(|| path.display().to_string())
        };
        std::fs::create_dir_all(dir).wrap_err_with(|| dir.display().to_string())?;
        write("report.html", html::html(report))?;
        write("report.json", serde_json::to_string_pretty(report)?)?;
    }
    if context.global.json {
        context.stdout.json(report)?;
    } else {
        context.stdout.line(text::text(report))?;
        if let Some(dir) = out {
            context.stdout.line(format_args!("report: {}", dir.join("report.html").display()))?;
        }
    }
    Ok(if interrupt.requested() { Exit::Interrupted } else { Exit::Done })
}
