//! `shoal predict`: forecasts of a trained model set.

use std::path::PathBuf;

use serde_json::json;

use super::{
    Context, Exit,
    learning::{RangeArgs, read_past},
    output::write_file,
    progress::spinner,
};
use crate::{
    io::artifact,
    pipeline::forecaster::{ModelSet, Subject},
    service::learning::predictions,
    validation::forecast::{Explained, Prediction, explain},
};

/// Columns told of each specialist and bar.
const REASONS: usize = 5;

/// Forecast every bar of a range with a trained model set
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Writes ts,model,probability,lower,target: a row a model and bar. ts is the bar's open in unix
seconds UTC; the forecast was known at its close and is of the bar `horizon` bars later. target is
price (it closes higher), volatility (the standard deviation of 20 closes is greater) or volume (it
is greater). lower is the least that the probability may well be, by Venn-Abers; 0 where the
ensemble abstains.

Example: shoal predict --model eth.model --data DIR --from 2023-07-01 --to 2024-01-01 --out forecasts.csv")]
pub struct Args {
    /// What `shoal train` wrote
    #[arg(long, value_name = "FILE")]
    model: PathBuf,
    /// The data folder
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    #[command(flatten)]
    range: RangeArgs,
    /// The table to write
    #[arg(long, value_name = "FILE.csv")]
    out: PathBuf,
    /// Write beside it why: ts,model,part,value,log_odds, the five columns that moved each
    /// specialist most, what each brought to the ensemble, and what ensemble, volatility and volume
    /// learnt from outcomes since the training (`learnt`), in nats
    #[arg(long, value_name = "FILE.csv")]
    reasons: Option<PathBuf>,
}

/// # Errors
/// A model file that is none or of another version, faulty data, a table that cannot be written.
pub fn run(args: Args, context: &Context) -> eyre::Result<Exit> {
    let (from, to) = args.range.range()?;
    let set: ModelSet = artifact::read(&args.model)?;
    set.validate().map_err(|why| eyre::eyre!("{}: {why}", args.model.display()))?;
    let past = read_past(context, &args.data, set.subject.clone())?;
    let waiting = spinner(context, "forecasting");
    let columns = if args.reasons.is_some() { REASONS } else { 0 };
    let explained = explain(set, &past.frames, from, to, columns)?;
    waiting.finish_and_clear();
    if explained.is_empty() {
        let Subject { venue, asset, .. } = past.subject;
        return Err(eyre::eyre!("{venue}/{asset} has no bar from {from} to {to}"));
    }
    let bars = explained.len();
    if let Some(path) = &args.reasons {
        write_file(path, |out| Ok::<_, eyre::Report>(predictions::write_reasons(out, &explained)?))?;
    }
    let predictions: Vec<Prediction> = explained.into_iter().flat_map(Explained::predictions).collect();
    write_file(&args.out, |out| Ok::<_, eyre::Report>(predictions::write(out, &predictions)?))?;
    if context.global.json {
        context.stdout.json(&json!({ "out": args.out, "bars": bars, "rows": predictions.len() }))?;
    } else {
        context.stdout.line(format!("{} forecasts of {bars} bars into {}", predictions.len(), args.out.display()))?;
    }
    Ok(Exit::Done)
}
