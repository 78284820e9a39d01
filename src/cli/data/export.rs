//! `shoal data export`.

use std::path::PathBuf;

use serde_json::json;

use super::{StoreArgs, rate};
use crate::{
    cli::{Context, Exit, progress::bar},
    io::store::DataStore,
    service::{
        data::export::{Export, Progress},
        interrupt::Interrupt,
    },
    units::Timestamp,
};

/// Export the store as a data folder
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Candles, the macro series that have a file in the sources, the posts that came from files, and
pools' logs:
  DIR/candles/<venue>/<SYMBOL>_<timeframe>.csv.gz
  DIR/macro/<file>.csv.gz
  DIR/news/<file>.csv.gz
  DIR/dex/<address>_<first block>_<last block>.raw_logs.csv.gz
The folder appears, or takes the place of an earlier export, when all of it is whole; export.json
in it lists its files. A folder that holds any other file is refused.

Such files do not say when a row was known; readers follow rules: a bar from its close on, a macro
value by its series' rule, a post by its stamp, a log at its block's time. Only rows of which that is true are written, so
that importing an export says nothing new. Rows that were known later are counted and left out:
revisions, bars of pools and of live streams, fetched posts.

A file of logs counts as whole from its first block to its last. So there is a file for each stretch
of blocks that is stored without a hole, and a long one is cut into several that share a block.
That blocks before its first log and after its last were read too, a file cannot say; it says
neither the blocks' hashes nor the transactions' places in them. Logs are those of the chain of
[dex] in the sources.

Example: shoal data export --out exported --as-of 2024-01-05")]
pub(super) struct Args {
    /// The folder to write
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
    let sources = args.store.sources(context)?;
    let place = args.store.place(&sources)?;
    let interrupt = Interrupt::listen()?;
    context.block_on(async {
        let mut store = DataStore::open_to_read(&place).await?;
        let bar = bar(context, "{msg} [{wide_bar}] {pos}/{len} series, {eta} left");
        let export = Export {
            out: &args.out,
            as_of: args.as_of,
            macros: &sources.macros,
            chain_id: sources.dex.chain_id,
            interrupt: &interrupt,
        };
        let exported = export.run(&mut store, |progress| {
            bar.set_length(progress.of_series as u64);
            bar.set_position(progress.series as u64);
            let rows = progress.bars + progress.logs;
            bar.set_message(format!("export: {rows} bars and logs, {:.0}/s", rate(&bar, rows)));
        });
        let exported = exported.await;
        bar.finish_and_clear();
        let exported = exported?;
        tell(args, context, &exported)?;
        Ok(if exported.finished() { Exit::Done } else { Exit::Interrupted })
    })
}

fn tell(args: &Args, context: &Context, exported: &Progress) -> eyre::Result<()> {
    let Progress { series, of_series, bars, values, posts, logs, later, without_file, elsewhere, .. } = *exported;
    if context.global.json {
        return context.stdout.json(&json!({
            "out": args.out,
            "series": series,
            "of_series": of_series,
            "bars": bars,
            "values": values,
            "posts": posts,
            "logs": logs,
            "known_later": later,
            "series_without_file": without_file,
            "pools_of_other_chains": elsewhere,
            "finished": exported.finished(),
        }));
    }
    context.stdout.line(format_args!(
        "{}: {series} of {of_series} series, {bars} bars, {values} values, {posts} posts, {logs} logs",
        args.out.display()
    ))?;
    if later.bars + later.values + later.posts > 0 {
        context.stdout.line(format_args!(
            "left out, being known later than such a file can say: {} bars, {} values, {} posts",
            later.bars, later.values, later.posts
        ))?;
    }
    if without_file > 0 {
        context.stdout.line(format_args!("left out, having no file: {without_file} series of numbers"))?;
    }
    if elsewhere > 0 {
        context.stdout.line(format_args!("left out, being of another chain: the logs of {elsewhere} pools"))?;
    }
    if !exported.finished() {
        context.stdout.line("stopped; what was there before is there still")?;
    }
    Ok(())
}
