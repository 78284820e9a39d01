//! `shoal causality`: nothing before a time depends on anything after it.

use serde_json::json;

use super::{
    Context, Exit, Usage,
    learning::{RangeArgs, SubjectArgs, TrainingArgs},
    progress::bar,
};
use crate::{
    pipeline::forecaster::{EMBARGO_BARS, Settings},
    validation::causality::{Plan, Program, Report, check, cuts},
};

/// Half-life of the losses that move the ensemble's weights, in bars: a week of hours.
const RECENCY_BARS: u32 = 168;
/// Leaks that are told one by one; `--json` tells all.
const TOLD: usize = 20;

/// Prove that no forecast depends on what came after it
#[derive(Debug, clap::Args)]
#[command(after_help = "\
At each cut the data that became known later is left out, and separately replaced, and what was
known is revised later. Feature rows, labels, trained models and forecasts up to the cut must stay
as they were to the bit. At the middle cut models are trained, as `shoal train` does but with
weights that move; of each member it is checked that it was not trained on rows that it speaks of,
nor on their neighbours. docs/CAUSALITY.md says what this proves and what it does not. Training
takes most of the time: --folds 2 --sets 1 makes it quick.

Exits with 0 where nothing was found, and with 3 where something reached back in time.

Example: shoal causality --data DIR --asset ETH --venue binance_perp --from 2022-01-01 --to 2023-01-01 --cuts 4")]
pub struct Args {
    #[command(flatten)]
    subject: SubjectArgs,
    #[command(flatten)]
    range: RangeArgs,
    /// Times at which the data is cut, spread over the range
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u8).range(2..=100))]
    cuts: u8,
    /// Members that are grown again without the rows they may not see; each costs a training
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=100))]
    probes: u8,
    #[command(flatten)]
    training: TrainingArgs,
}

/// # Errors
/// A folder without the asset, faulty files, too few rows.
pub fn run(args: Args, context: &Context) -> eyre::Result<Exit> {
    let (from, to) = args.range.range()?;
    let settings = args.training.settings()?;
    let (subject, history) = args.subject.history(context)?;
    let times = cuts(subject.timeframe, from, to, args.cuts.into(), settings.seed);
    if times.len() < usize::from(args.cuts) {
        let cuts = args.cuts;
        return Err(Usage(format!("from {from} to {to} there is no room for {cuts} cuts")).into());
    }
    let plan = Plan {
        cuts: times,
        to,
        embargo: u64::from(EMBARGO_BARS) * subject.timeframe.seconds(),
        probes: usize::from(args.probes).min(settings.folds * settings.sets),
        seed: settings.seed,
    };
    let settings = Settings { recency_bars: settings.recency_bars.or(Some(RECENCY_BARS)), ..settings };
    let program = Program { subject, from, settings };
    let bar = bar(context, "{msg} [{wide_bar}] {pos}/{len}, {elapsed}");
    let report = check(&program, &history, &plan, &|doing, done, of| {
        bar.set_message(doing.to_owned());
        bar.set_length(of as u64);
        bar.set_position(done as u64);
    })?;
    bar.finish_and_clear();
    if context.global.json {
        let mut told = json!(report);
        told["causal"] = json!(report.leaks.is_empty());
        context.stdout.json(&told)?;
    } else {
        show(context, &report)?;
    }
    Ok(exit(&report))
}

/// What reaches back in time must not go on: a safety rule refuses it.
fn exit(report: &Report) -> Exit {
    if report.leaks.is_empty() { Exit::Done } else { Exit::Refused }
}

fn show(context: &Context, report: &Report) -> eyre::Result<()> {
    let stdout = &context.stdout;
    let Report { cuts, trained_at, compared, leaks } = report;
    let times: Vec<String> = cuts.iter().map(ToString::to_string).collect();
    stdout.line(format!("cut at {}; trained at {trained_at}", times.join(", ")))?;
    for (count, what) in [
        (compared.features, "values of feature columns"),
        (compared.labels, "labels"),
        (compared.models, "trained parts"),
        (compared.training_rows, "pairs of a member and a row that it was trained on"),
        (compared.members, "members grown again without the rows they may not see"),
        (compared.out_of_fold, "forecasts of members that had not seen the row"),
        (compared.forecasts, "forecasts"),
    ] {
        stdout.line(format!("{count:>14} {what}"))?;
    }
    for leak in leaks.iter().take(TOLD) {
        stdout.line(format!("leak: {leak}"))?;
    }
    let rest = leaks.len().saturating_sub(TOLD);
    if rest > 0 {
        stdout.line(format!("and {rest} more: --json tells them all"))?;
    }
    stdout.line(if leaks.is_empty() {
        "causal: nothing up to a cut depends on anything after it".to_owned()
    } else {
        format!("not causal: {} things depend on what came after them", leaks.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        units::Timestamp,
        validation::causality::{Compared, Leak, Place, Stage, Trial},
    };

    #[test]
    fn a_leak_is_told_in_full_and_refused() {
        let (cut, bar) = (Timestamp(7_200), Timestamp(3_600));
        let mut report = Report { cuts: vec![cut], trained_at: cut, compared: Compared::default(), leaks: vec![] };
        assert_eq!(exit(&report), Exit::Done);
        report.leaks.push(Leak {
            stage: Stage::Feature,
            subject: "z_1".to_owned(),
            trial: Trial::Cut,
            cut,
            first: Some(Place { row: 4, bar }),
            before: "0.25".to_owned(),
            after: "missing".to_owned(),
        });
        assert_eq!(exit(&report), Exit::Refused);
        assert_eq!(
            report.leaks[0].to_string(),
            "feature column z_1, cut at 1970-01-01T02:00:00Z: 0.25 became missing without the data after the cut, \
             first at row 4, the bar of 1970-01-01T01:00:00Z"
        );
        assert_eq!(
            json!(report.leaks[0]),
            json!({
                "stage": "feature", "subject": "z_1", "trial": "cut", "cut": 7_200,
                "first": { "row": 4, "bar": 3_600 }, "before": "0.25", "after": "missing",
            })
        );
    }
}
