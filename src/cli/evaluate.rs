//! `shoal evaluate`: what the models are worth on rows after those they were trained on.

use std::{collections::BTreeMap, path::PathBuf};

use serde_json::{Value, json};

use super::{
    Context, Exit, Usage,
    learning::{SubjectArgs, TrainingArgs, Watch},
    output::write_file,
    progress::spinner,
};
use crate::{
    service::learning::predictions,
    units::Timestamp,
    validation::{
        Score,
        evaluate::{Evaluation, judge},
        forecast::predict,
    },
};

/// Train up to a day and measure on what came after it, beside floors
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Every figure is of the bars from --split to --end, which nothing was fitted on or chosen by before
they came; the ensemble, volatility and volume learn from each outcome once it is known, as they do
in a run. `methods` are ways to combine as trained, without what outcomes add. The floors cost
nothing to say: always the base rate, what followed the last move, and a plain logistic regression
on fourteen lags. A model that does not beat them has learnt nothing.

Example: shoal evaluate --data DIR --asset ETH --venue binance_perp --train-from 2020-10-15 \\
           --split 2023-07-01 --end 2024-04-18 --json")]
pub struct Args {
    #[command(flatten)]
    subject: SubjectArgs,
    /// The open of the first bar trained on, UTC
    #[arg(long, value_name = "D")]
    train_from: Timestamp,
    /// The end of the training and the open of the first bar measured, UTC
    #[arg(long, value_name = "D")]
    split: Timestamp,
    /// The end of the last bar, UTC
    #[arg(long, value_name = "D")]
    end: Timestamp,
    #[command(flatten)]
    training: TrainingArgs,
    /// Write the forecasts of the bars measured, as `shoal predict` does
    #[arg(long, value_name = "FILE")]
    predictions: Option<PathBuf>,
}

/// # Errors
/// A folder without the asset, faulty files, too few rows.
pub fn run(args: Args, context: &Context) -> eyre::Result<Exit> {
    if args.train_from >= args.split || args.split >= args.end {
        return Err(Usage("--train-from, --split and --end must follow each other".to_owned()).into());
    }
    let past = args.subject.read(context)?;
    let settings = args.training.settings()?;
    let watch = Watch::new(context);
    let train = past.table(settings.horizon, args.train_from, args.split)?;
    let learned =
        past.train(&train, (args.train_from, args.split), &settings, &|model, done, of| watch.tell(model, done, of))?;
    let seconds: BTreeMap<String, f64> = watch.seconds().into_iter().collect();
    let waiting = spinner(context, "measuring");
    let test = past.table(settings.horizon, args.split, args.end)?;
    let told = predict(learned.set.clone(), &past.frames, args.split, args.end)?;
    let evaluation = judge(&learned, &told, &train, &test)?;
    waiting.finish_and_clear();
    if let Some(out) = &args.predictions {
        write_file(out, |out| Ok::<_, eyre::Report>(predictions::write(out, &told)?))?;
    }
    if context.global.json {
        context.stdout.json(&as_json(&evaluation, &seconds))?;
    } else {
        show(context, &evaluation, &seconds)?;
    }
    Ok(Exit::Done)
}

fn as_json(evaluation: &Evaluation, seconds: &BTreeMap<String, f64>) -> Value {
    let models: BTreeMap<&String, Value> = evaluation
        .models
        .iter()
        .map(|(name, (target, score))| {
            let mut value = json!(score);
            value["target"] = json!(target.as_str());
            value["train_s"] = json!(seconds.get(name));
            (name, value)
        })
        .collect();
    json!({
        "rows": { "train": evaluation.train_rows, "test": evaluation.test_rows },
        "models": models,
        "floors": evaluation.floors,
        "methods": evaluation.methods,
        "importance": evaluation.importance,
    })
}

fn show(context: &Context, evaluation: &Evaluation, seconds: &BTreeMap<String, f64>) -> eyre::Result<()> {
    let stdout = &context.stdout;
    stdout.line(format!("{} rows trained on, {} measured", evaluation.train_rows, evaluation.test_rows))?;
    stdout.line(format!("{:28} {:>9} {:>9} {:>7} {:>7} {:>7}", "", "accuracy", "log loss", "AUC", "Brier", "ECE"))?;
    let line = |name: String, score: &Score, after: String| {
        let told = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.4}"));
        stdout.line(format!(
            "{name:28} {:>9} {:>9} {:>7} {:>7} {:>7}{after}",
            told(score.accuracy),
            told(score.logloss),
            told(score.auc),
            told(score.brier),
            told(score.ece),
        ))
    };
    for (target, floors) in &evaluation.floors {
        for (name, (_, score)) in evaluation.models.iter().filter(|(_, (of, _))| of.as_str() == *target) {
            let after = seconds.get(name).map_or(String::new(), |seconds| format!("  {seconds:.1} s"));
            line(format!("{target}: {name}"), score, after)?;
        }
        for (name, score) in
            [("majority", &floors.majority), ("last move", &floors.last_move), ("logistic", &floors.logistic)]
        {
            line(format!("{target}: floor, {name}"), score, String::new())?;
        }
    }
    for (name, score) in &evaluation.methods {
        line(format!("price: ensemble by {name}"), score, String::new())?;
    }
    for (name, moved) in &evaluation.importance {
        let columns: Vec<String> = moved.iter().take(6).map(|(column, by)| format!("{column} {by:.3}")).collect();
        stdout.line(format!("{name} is moved most by {}", columns.join(", ")))?;
    }
    Ok(())
}
