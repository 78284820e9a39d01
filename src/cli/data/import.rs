//! `shoal data import`.

use std::path::PathBuf;

use serde_json::json;

use super::{StoreArgs, bar, rate};
use crate::{
    cli::{Context, Exit},
    io::{data::Folder, store::DataStore},
    service::{data::import, interrupt::Interrupt},
};

/// Import a data folder into the store
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Rows that are stored already are recognised: the same command again goes on after Ctrl-C or a
crash, without a hole or a double.

Example: shoal data import --data ../data --store data/shoal.sqlite")]
pub(super) struct Args {
    /// The data folder: DIR/candles/<venue>/<SYMBOL>_<timeframe>.csv[.gz]
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    #[command(flatten)]
    store: StoreArgs,
}

/// # Errors
/// A faulty folder, file or store.
pub(super) fn run(args: &Args, context: &Context) -> eyre::Result<Exit> {
    let place = args.store.place(&args.store.sources(context)?);
    let folder = Folder::open(&args.data)?;
    let interrupt = Interrupt::listen()?;
    context.block_on(async {
        let mut store = DataStore::open(&place).await?;
        let bar = bar(context, "{msg} [{wide_bar}] {bytes}/{total_bytes}, {eta} left");
        let imported = import::run(&mut store, &folder, &interrupt, |progress| {
            let rows = progress.written.new + progress.written.same + progress.written.revised;
            bar.set_length(progress.of_bytes);
            bar.set_position(progress.bytes);
            bar.set_message(format!("import: {rows} rows, {:.0}/s", rate(&bar, rows)));
        });
        let imported = imported.await;
        let seconds = bar.elapsed().as_secs_f64();
        bar.finish_and_clear();
        let imported = imported?;
        store.close().await?;
        let (written, finished) = (imported.written, imported.finished());
        if context.global.json {
            context.stdout.json(&json!({
                "store": place.to_string(),
                "files": imported.files,
                "of_files": imported.of_files,
                "new": written.new,
                "same": written.same,
                "revised": written.revised,
                "seconds": seconds,
                "finished": finished,
            }))?;
        } else {
            context.stdout.line(format_args!(
                "{place}: {} of {} files in {seconds:.1} s: {} rows new, {} there already, {} revised",
                imported.files, imported.of_files, written.new, written.same, written.revised
            ))?;
            if !finished {
                context.stdout.line("stopped; the same command goes on from here")?;
            }
        }
        Ok(if finished { Exit::Done } else { Exit::Interrupted })
    })
}
