//! `shoal sentiment`: scores a file of texts.

use std::{
    io::{self, BufWriter, IsTerminal},
    path::{Path, PathBuf},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};

use super::{Context, Exit, StdoutClosed, Usage, output::write_file};
use crate::{
    io::lines::Lines,
    sentiment::{Classes, Scorer, Vader},
    service::scoring::{Summary, score_lines},
};

/// Far more than a post or an article has; a file without line ends is found out by it.
const LONGEST_LINE: usize = 64 * 1_024;

/// Score the sentiment of a file with one text a line
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Writes CSV, `text,score,confidence`: a row for each line, blank lines with zeros. The score runs
from -1, negative, to 1. The confidence, 0 to 1, is no probability. VADER's says how much
evidence its lexicon found and how far it points one way: n / (n + 1) * |p - q| / (p + q), with n
words that carry sentiment, whose positive valences add up to p and negative ones to q. A
transformer's says how far its likeliest class stands above chance.

Example:
  shoal sentiment --in headlines.txt --out scores.csv
  zcat posts.txt.gz | shoal sentiment --in - --out - | head
  ORT_DYLIB_PATH=libonnxruntime.so shoal sentiment --in headlines.txt --out scores.csv \\
    --model finbert.onnx --tokenizer tokenizer.json --labels positive,negative,neutral")]
pub struct Args {
    /// One text a line, plain or gzip; - is standard input
    #[arg(long = "in", value_name = "FILE")]
    input: PathBuf,
    /// The table to write; - is standard output
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Score by this transformer (ONNX) instead of VADER
    #[arg(long, value_name = "FILE.onnx", requires = "tokenizer")]
    model: Option<PathBuf>,
    /// The transformer's tokenizer.json
    #[arg(long, value_name = "FILE", requires = "model")]
    tokenizer: Option<PathBuf>,
    /// The transformer's classes in the order of its outputs
    #[arg(long, value_name = "LABELS", value_delimiter = ',', requires = "model",
          default_values = ["positive", "negative", "neutral"])]
    labels: Vec<String>,
}

/// Scores the file.
///
/// # Errors
/// Arguments that do not fit each other; a file that cannot be read, scored or written. An
/// output file is only there if it is whole.
pub fn run(args: Args, context: &Context) -> eyre::Result<Exit> {
    let to_stdout = args.out == Path::new("-");
    if to_stdout && context.global.json {
        return Err(Usage("--json prints a summary to standard output, where --out - writes the table".to_owned()).into());
    }
    let scorer = scorer(&args, context)?;
    let lines = Lines::open(&args.input, LONGEST_LINE)?;
    let progress = progress();
    let mut each = |line: u64| {
        if line.is_multiple_of(1_000) {
            progress.set_position(line);
        }
    };
    let summary = if to_stdout {
        let written = score_lines(scorer.as_ref(), lines, BufWriter::new(io::stdout().lock()), &mut each);
        written.map_err(|error| if error.is_closed_pipe() { StdoutClosed.into() } else { eyre::Report::from(error) })?
    } else {
        write_file(&args.out, |out| Ok(score_lines(scorer.as_ref(), lines, out, &mut each)?))?
    };
    progress.finish_and_clear();
    match (to_stdout, context.global.json) {
        (true, _) => {}
        (false, true) => context.stdout.json(&summary)?,
        (false, false) => context.stdout.line(sentence(&summary, &args.out))?,
    }
    Ok(Exit::Done)
}

fn scorer(args: &Args, context: &Context) -> eyre::Result<Box<dyn Scorer>> {
    match (&args.model, &args.tokenizer) {
        (Some(model), Some(tokenizer)) => {
            let classes = Classes::new(&args.labels).map_err(|error| Usage(error.to_string()))?;
            transformer(model, tokenizer, classes, context)
        }
        _ => Ok(Box::new(Vader)),
    }
}

#[cfg(feature = "transformer")]
fn transformer(model: &Path, tokenizer: &Path, classes: Classes, context: &Context) -> eyre::Result<Box<dyn Scorer>> {
    use crate::{io::onnx::Classifier, service::transformer::Transformer};

    // By its plain name the system's loader finds an installed one.
    let library = context.environment.get("ORT_DYLIB_PATH").unwrap_or("libonnxruntime.so");
    let classifier = Classifier::open(Path::new(library), model, tokenizer)?;
    Ok(Box::new(Transformer::new(classifier, classes)?))
}

#[cfg(not(feature = "transformer"))]
fn transformer(_: &Path, _: &Path, _: Classes, _: &Context) -> eyre::Result<Box<dyn Scorer>> {
    let why = "this shoal was built without the transformer scorer: build it with `--features transformer`";
    Err(Usage(why.to_owned()).into())
}

fn progress() -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::no_length();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {human_pos} texts, {per_sec}, {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

fn sentence(summary: &Summary, out: &Path) -> String {
    let Summary { scorer, texts, positive, neutral, negative, .. } = summary;
    let out = out.display();
    format!("{texts} texts scored by {scorer} into {out}: {positive} positive, {neutral} neutral, {negative} negative")
}
