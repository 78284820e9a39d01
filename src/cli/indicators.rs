//! `shoal indicators`: every indicator of a file of candles.

use std::{
    io::{self, BufWriter, IsTerminal},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};
use indicatif::{ProgressBar, ProgressStyle};

use super::{Context, Exit, StdoutClosed, Usage, output::write_file};
use crate::{
    io::data::Candles,
    service::indicators::{IndicatorsError, Summary, write_indicators},
};

/// Steps of the progress bar.
const STEPS: f64 = 1_000.0;

/// Write every indicator and candle pattern of a file of candles
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The candles: CSV with a header that names at least ts,open,high,low,close,volume; ts is the bar's
open in unix seconds UTC and ascends. The table: ts, then a column for each indicator in the order
of docs/INDICATORS.md, which says what each is, its unit and how many bars it needs; before them
its field is empty. Bars are counted, not hours: a gap is told and not filled, and the bars on both
sides of it are neighbours.

Example:
  shoal indicators --candles data/candles/binance_perp/ETHUSDT_1h.csv.gz --out indicators.csv.gz
  shoal indicators --candles candles.csv --out - | head -3")]
pub struct Args {
    /// The candles, plain or, where the name ends in .gz, gzip
    #[arg(long, value_name = "FILE")]
    candles: PathBuf,
    /// The table to write, gzip where the name ends in .gz; - is standard output
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Writes the table.
///
/// # Errors
/// Files that do not fit each other; candles that cannot be read or are none, with the file, the
/// line and the field; a table that cannot be written. An output file is only there if it is whole.
pub fn run(args: Args, context: &Context) -> eyre::Result<Exit> {
    let to_stdout = args.out == Path::new("-");
    check(&args, to_stdout, context.global.json)?;
    let candles = Candles::open(&args.candles)?;
    let progress = progress();
    let mut each = |done: f64| progress.set_position((done * STEPS) as u64);
    if to_stdout {
        let written = write_indicators(candles, BufWriter::new(io::stdout().lock()), &mut each);
        written.map_err(closed)?;
        return Ok(Exit::Done);
    }
    let packed = args.out.extension().is_some_and(|extension| extension == "gz");
    let summary = write_file(&args.out, |out| {
        if !packed {
            return Ok(write_indicators(candles, out, &mut each)?);
        }
        let mut encoder = BufWriter::new(GzEncoder::new(out, Compression::fast()));
        let summary = write_indicators(candles, &mut encoder, &mut each)?;
        encoder.into_inner().map_err(io::IntoInnerError::into_error)?.finish()?.flush()?;
        Ok(summary)
    })?;
    progress.finish_and_clear();
    if context.global.json {
        context.stdout.json(&summary)?;
    } else {
        context.stdout.line(sentence(&summary, &args.out))?;
    }
    Ok(Exit::Done)
}

fn check(args: &Args, to_stdout: bool, json: bool) -> Result<(), Usage> {
    if to_stdout && json {
        return Err(Usage("--json prints a summary to standard output, where --out - writes the table".to_owned()));
    }
    // What cannot be looked at cannot be opened either, which says why.
    let Ok(out) = args.out.metadata() else { return Ok(()) };
    let shown = args.out.display();
    if out.is_dir() {
        return Err(Usage(format!("--out {shown} is a folder: name a file")));
    }
    match args.candles.metadata() {
        Ok(candles) if (candles.dev(), candles.ino()) == (out.dev(), out.ino()) => {
            Err(Usage(format!("--out {shown} is the file that --candles reads: name another")))
        }
        _ => Ok(()),
    }
}

fn closed(error: IndicatorsError) -> eyre::Report {
    if error.is_closed_pipe() { StdoutClosed.into() } else { error.into() }
}

fn progress() -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(STEPS as u64);
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {percent} %, {elapsed}") {
        bar.set_style(style);
    }
    bar
}

fn sentence(summary: &Summary, out: &Path) -> String {
    let Summary { bars, columns, gaps, missing_bars, columns_without_values, .. } = summary;
    let mut text = format!("{bars} bars, {columns} columns into {}", out.display());
    if let Some(first) = summary.first_gap {
        text.push_str(&format!("; {gaps} gaps, {missing_bars} bars missing, the first after {first}"));
    }
    if *columns_without_values > 0 {
        text.push_str(&format!("; {columns_without_values} columns need more bars"));
    }
    text
}
