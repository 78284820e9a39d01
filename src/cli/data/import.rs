//! `shoal data import`.

use std::path::PathBuf;

use serde_json::json;

use super::{PATIENCE, StoreArgs, fetch, rate};
use crate::{
    cli::{Context, Exit, Usage, progress::bar},
    config::sources::Sources,
    domain::Timeframe,
    io::{clock::Clock, data::Folder},
    service::{
        data::{
            derive::{self, PoolSeries},
            fetch::{Context as Jobs, Keeper, Report},
            import::{self, FileFault, Imported},
        },
        interrupt::Interrupt,
        retry::Patience,
    },
};

/// Import a data folder into the store
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The folder holds any of
  candles/<venue>/<SYMBOL>_<timeframe>.csv[.gz]  known from each bar's close on
  macro/<file>.csv[.gz]                          known as the rule in the sources says of the file
  news/<file>.csv[.gz]                           known from the end of the stamp's day, hour or minute
  dex/<..0xaddress..>.raw_logs.csv[.gz]          of the chain of [dex] in the sources; a file counts
                                                 as whole from its first block to its last;
                                                 of the chain that was fetched from nothing is asked

A faulty file, or one that contradicts what is stored, is told and leaves the others alone; exit
code 1 if there is one. Logs of a file whose name says no address are passed over. From posts
sentiment is derived, from logs the bars of the pools that the markets of --config trade, and
of those and the exchanges' candles the pools' spread.

Rows that are stored already are recognised: the same command again goes on after Ctrl-C or a
crash, without a hole or a double.

Example: shoal data import --data ../data --store data/shoal.sqlite")]
pub(super) struct Args {
    /// The data folder
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Lengths of the bars that are derived from logs: 1m, 5m, 15m, 1h, 4h, 1d
    #[arg(long, value_name = "LENGTH", default_value = "1h")]
    timeframe: Vec<Timeframe>,
    #[command(flatten)]
    store: StoreArgs,
}

/// # Errors
/// A faulty configuration, folder or store; files that are faulty, when the others are imported.
pub(super) fn run(args: &Args, context: &Context) -> eyre::Result<Exit> {
    let sources = args.store.sources(context)?;
    let place = args.store.place(&sources)?;
    let pools = pools(context, &sources)?;
    let chain_id = sources.dex.chain_id;
    let pools: Vec<_> = pools.iter().map(|(name, market)| PoolSeries { name, market, chain_id }).collect();
    let folder = Folder::open(&args.data)?;
    let (clock, interrupt) = (Clock::system(), Interrupt::listen()?);
    let patience = Patience { give_up_after: PATIENCE, interrupt: interrupt.clone() };
    context.block_on(async {
        let keeper = Keeper::open(place.clone(), patience).await?;
        let jobs = Jobs { keeper: &keeper, clock: &clock, interrupt: &interrupt, watch: &|_| () };
        let bar = bar(context, "{msg} [{wide_bar}] {bytes}/{total_bytes}, {eta} left");
        let imported = import::run(&jobs, &folder, &sources, |progress| {
            let rows = progress.written.new + progress.written.same + progress.written.revised;
            bar.set_length(progress.of_bytes);
            bar.set_position(progress.bytes);
            bar.set_message(format!("import: {rows} rows, {:.0}/s", rate(&bar, rows)));
        });
        let imported = imported.await;
        let seconds = bar.elapsed().as_secs_f64();
        bar.finish_and_clear();
        let imported = imported?;
        let finished = imported.progress.finished();
        let derived = if finished {
            let sentiment = imported.posts.then_some(&sources.sentiment);
            derive::all(&jobs, sentiment, &pools, &sources.exchanges, &args.timeframe).await?
        } else {
            Vec::new()
        };
        keeper.close().await?;
        tell(context, &place.to_string(), &imported, seconds, &derived)?;
        match imported.faults.as_slice() {
            _ if !finished => Ok(Exit::Interrupted),
            [] => Ok(Exit::Done),
            faults => Err(eyre::eyre!("{}", lines(faults))),
        }
    })
}

/// The pools that the configuration, if one is named, trades; they are of the logs' chain.
fn pools(context: &Context, sources: &Sources) -> eyre::Result<Vec<(String, crate::domain::Market)>> {
    if context.global.config.is_none() {
        return Ok(Vec::new());
    }
    let (config, chain_id) = (context.config()?, sources.dex.chain_id);
    if config.chain.id != chain_id {
        let file = &sources.file;
        let fault = format!("the configuration is of chain {}, dex.chain_id in {file} is {chain_id}", config.chain.id);
        return Err(Usage(fault).into());
    }
    Ok(derive::traded(&config))
}

fn lines(faults: &[FileFault]) -> String {
    let count = match faults.len() {
        1 => "1 faulty file".to_owned(),
        count => format!("{count} faulty files"),
    };
    faults.iter().fold(count, |lines, fault| format!("{lines}\n  {fault}"))
}

fn tell(
    context: &Context,
    place: &str,
    imported: &Imported,
    seconds: f64,
    derived: &[Report],
) -> eyre::Result<()> {
    let progress = &imported.progress;
    let written = progress.written;
    if context.global.json {
        return context.stdout.json(&json!({
            "store": place,
            "files": progress.files,
            "of_files": progress.of_files,
            "new": written.new,
            "same": written.same,
            "revised": written.revised,
            "left_out": imported.left_out,
            "faults": imported.faults.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "nameless": imported.nameless,
            "derived": derived,
            "seconds": seconds,
            "finished": progress.finished(),
        }));
    }
    context.stdout.line(format_args!(
        "{place}: {} of {} files in {seconds:.1} s: {} rows new, {} there already, {} revised",
        progress.files, progress.of_files, written.new, written.same, written.revised
    ))?;
    for (why, rows) in &imported.left_out {
        context.stdout.line(format_args!("{rows} left out: {why}"))?;
    }
    for file in &imported.nameless {
        context.stdout.line(format_args!("{}: passed over: its name says no contract's address", file.display()))?;
    }
    if !derived.is_empty() {
        context.stdout.line(fetch::text(derived))?;
    }
    if progress.finished() {
        Ok(())
    } else {
        context.stdout.line("stopped; the same command goes on from here")
    }
}
