//! `shoal train`: a model set from a data folder.

use std::path::PathBuf;

use serde_json::json;

use super::{
    Context, Exit,
    learning::{RangeArgs, SubjectArgs, TrainingArgs, Watch},
};
use crate::{io::artifact, models::threshold::Threshold, pipeline::forecaster::Learned};

/// Train the five specialists and their ensemble
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Reads the asset's candles, those of the other assets and venues, macro series and news of the
folder, as far as they are there. Each bar sees only what was known at its close. The figures told
are of rows that the models had not seen; `shoal evaluate` measures on later ones.

Example: shoal train --data DIR --asset ETH --venue binance_perp --from 2020-10-15 --to 2023-07-01 --out eth.model")]
pub struct Args {
    #[command(flatten)]
    subject: SubjectArgs,
    #[command(flatten)]
    range: RangeArgs,
    #[command(flatten)]
    training: TrainingArgs,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// # Errors
/// A folder without the asset, faulty files, too few rows, a file that cannot be written.
pub fn run(args: Args, context: &Context) -> eyre::Result<Exit> {
    let (from, to) = args.range.range()?;
    let past = args.subject.read(context)?;
    let settings = args.training.settings()?;
    let watch = Watch::new(context);
    let table = past.table(settings.horizon, from, to)?;
    let Learned { set, .. } =
        past.train(&table, (from, to), &settings, &|model, done, of| watch.tell(model, done, of))?;
    let seconds: f64 = watch.seconds().iter().map(|(_, seconds)| seconds).sum();
    let bytes = artifact::write(&args.out, &set)?;
    if context.global.json {
        context.stdout.json(&json!({
            "out": args.out, "bytes": bytes, "seconds": seconds, "rows": table.rows.len(), "reports": set.reports,
            "threshold": set.threshold, "searched": set.parameters.searched,
        }))?;
        return Ok(Exit::Done);
    }
    context.stdout.line(format!("{} into {} ({bytes} bytes, {seconds:.1} s)", set.trained, args.out.display()))?;
    for report in &set.reports {
        let weight = report.weight.map_or(String::new(), |weight| format!(", weight {weight:.3}"));
        context.stdout.line(format!(
            "{:16} {:10} log loss {:.4}, AUC {:.4} of {} rows it had not seen{weight}",
            report.name,
            report.target.as_str(),
            report.log_loss,
            report.auc,
            report.rows,
        ))?;
    }
    let Threshold { best, most } = set.threshold;
    context.stdout.line(format!(
        "of each edge that the ensemble promised the first {:.3}% did not come true; it may well be {:.3}%, which is taken off",
        100.0 * best,
        100.0 * most
    ))?;
    Ok(Exit::Done)
}
