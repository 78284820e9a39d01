//! `shoal data export`.

use std::path::PathBuf;

use serde_json::json;

use super::{StoreArgs, bar, rate};
use crate::{
    cli::{Context, Exit},
    io::store::DataStore,
    service::{data::export, interrupt::Interrupt},
    units::Timestamp,
};

/// Export the store's candles as a data folder
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A file appears, or takes the place of an earlier one, when it is whole.

Example: shoal data export --out exported --as-of 2024-01-05")]
pub(super) struct Args {
    /// The folder to write: DIR/candles/<venue>/<SYMBOL>_<timeframe>.csv.gz
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Only what was known by then, UTC: 2024-01-05, 2024-01-05T12:00:00Z or unix seconds
    #[arg(long, value_name = "T")]
    as_of: Option<Timestamp>,
    #[command(flatten)]
    store: StoreArgs,
}

/// # Errors
/// A faulty store, or a folder that cannot be written.
pub(super) fn run(args: &Args, context: &Context) -> eyre::Result<Exit> {
    let place = args.store.place(&args.store.sources(context)?);
    let interrupt = Interrupt::listen()?;
    context.block_on(async {
        let mut store = DataStore::open_to_read(&place).await?;
        let bar = bar(context, "{msg} [{wide_bar}] {pos}/{len} series, {eta} left");
        let exported = export::run(&mut store, &args.out, args.as_of, &interrupt, |progress| {
            bar.set_length(progress.of_series as u64);
            bar.set_position(progress.series as u64);
            bar.set_message(format!("export: {} bars, {:.0}/s", progress.bars, rate(&bar, progress.bars)));
        });
        let exported = exported.await;
        bar.finish_and_clear();
        let exported = exported?;
        let finished = exported.finished();
        if context.global.json {
            context.stdout.json(&json!({
                "out": args.out,
                "series": exported.series,
                "of_series": exported.of_series,
                "bars": exported.bars,
                "finished": finished,
            }))?;
        } else {
            context.stdout.line(format_args!(
                "{}: {} of {} series, {} bars",
                args.out.display(),
                exported.series,
                exported.of_series,
                exported.bars
            ))?;
            if !finished {
                context.stdout.line("stopped; the files that are there are whole")?;
            }
        }
        Ok(if finished { Exit::Done } else { Exit::Interrupted })
    })
}
