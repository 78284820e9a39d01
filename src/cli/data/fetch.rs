//! `shoal data fetch`.

use std::{collections::BTreeMap, sync::Mutex};

use comfy_table::{Table, presets};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget};
use serde_json::json;

use super::{PATIENCE, StoreArgs};
use crate::{
    cli::{Context, Exit, Usage, progress::style},
    domain::Timeframe,
    io::{clock::Clock, exchange},
    service::{
        data::fetch::{
            self, Event, Keeper,
            follow::Pace,
            plan::{Kind, Plan, PlanError, Wanted},
            report::{End, Report},
        },
        interrupt::Interrupt,
        retry::Patience,
    },
    units::{BlockNumber, Timestamp},
};

/// How far back candles and logs are fetched where --from does not say.
const DAYS: u64 = 30;

/// Fetch candles, macro series, news and pool logs into the store
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Everything is resumable: the same command again goes on after Ctrl-C or a crash, without a hole
or a double. A source that fails is told and leaves the others alone; exit code 1 if one failed.
Sources without their key are off (shoal doctor). Pool logs need --config, for the node and pools.

With --again what was fetched before is asked for once more, from --from on (candles to --to, posts
the newest page alone). What a source says otherwise by now is a revision known from now on; what it
said before stands before that. Logs of known blocks must be as they are stored: others are a fault.

A fetch of logs goes on only from blocks that are the chain's. Where the last 64 that are known hold
the place where the chain parted, the replaced ones are taken back by themselves; a deeper
difference is an error that names the BLOCK to give to --undo-from.

A store holds the pools of one chain, that of the node that they were first fetched from: a
configuration of another is refused. A node of mainnet whose newest block is older than max_head_age
of [dex] in the sources fails its jobs; what it holds is stored.

Example:
  shoal data fetch
  shoal data fetch candles --venue binance_spot --asset ETH --timeframe 1h --from 2024-01-01
  shoal data fetch dex --config config/mainnet.toml --from 2024-01-01
  shoal data fetch candles --venue kraken_spot --from 2024-01-05 --to 2024-01-06 --again
  shoal data fetch dex --config config/mainnet.toml --undo-from 19000000
  shoal data fetch --follow")]
pub(super) struct Args {
    /// What to fetch; without any: candles, macro and news
    #[arg(value_name = "KIND", value_parser = kind)]
    kinds: Vec<Kind>,
    /// Of these venues alone
    #[arg(long, value_name = "VENUE")]
    venue: Vec<String>,
    /// Of these assets alone
    #[arg(long, value_name = "ASSET")]
    asset: Vec<String>,
    /// Lengths of candles: 1m, 5m, 15m, 1h, 4h, 1d
    #[arg(long, value_name = "LENGTH", default_value = "1h")]
    timeframe: Vec<Timeframe>,
    /// Where candles and logs begin, UTC: 2024-01-05 or unix seconds; without it 30 days ago
    #[arg(long, value_name = "T")]
    from: Option<Timestamp>,
    /// Where candles end; without it at the last one that is final
    #[arg(long, value_name = "T")]
    to: Option<Timestamp>,
    /// After that go on with what comes new, until Ctrl-C
    #[arg(long, conflicts_with = "to")]
    follow: bool,
    /// Ask also for what was fetched before, and store what changed as revisions
    #[arg(long, conflicts_with = "follow")]
    again: bool,
    /// Of dex: first take back what is stored of blocks from this one on, and what was made of it
    #[arg(long, value_name = "BLOCK", conflicts_with = "again")]
    undo_from: Option<u64>,
    #[command(flatten)]
    store: StoreArgs,
}

fn kind(text: &str) -> Result<Kind, String> {
    let names = || Kind::ALL.map(Kind::as_str).join(", ");
    Kind::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| format!("give one of {}", names()))
}

/// # Errors
/// A faulty configuration or store; what a source does wrong is in the table.
pub(super) fn run(args: &Args, context: &Context) -> eyre::Result<Exit> {
    let sources = args.store.sources(context)?;
    let place = args.store.place(&sources)?;
    let clock = Clock::system();
    let now = clock.now();
    let kinds = match args.kinds.as_slice() {
        [] => vec![Kind::Candles, Kind::Macro, Kind::News],
        kinds => kinds.to_vec(),
    };
    if args.undo_from.is_some() && !kinds.contains(&Kind::Dex) {
        return Err(Usage("--undo-from speaks of blocks: fetch dex with it".to_owned()).into());
    }
    let config = if kinds.contains(&Kind::Dex) { Some(context.config()?) } else { None };
    let wanted = Wanted {
        kinds,
        venues: args.venue.clone(),
        assets: args.asset.clone(),
        timeframes: args.timeframe.clone(),
        from: args.from.unwrap_or(now.minus(DAYS * 24 * Timestamp::HOUR)),
        to: args.to.unwrap_or(now),
    };
    if wanted.from >= wanted.to {
        return Err(Usage(format!("--from {} is not before --to {}", wanted.from, wanted.to)).into());
    }
    let pace = Pace {
        series: sources.fetch.poll_macro,
        posts: sources.fetch.poll_news,
        // Without a configuration there are no blocks to look for.
        blocks: config.as_ref().map_or(sources.fetch.poll_news, |config| config.chain.poll),
        pools: sources.fetch.poll_pools,
        feeds: exchange::Patience::default(),
    };
    let interrupt = Interrupt::listen()?;
    let patience = Patience { give_up_after: PATIENCE, interrupt: interrupt.clone() };
    let bars = Bars::new(context.global.json);
    let usage = |error: PlanError| match error.is_usage() {
        true => eyre::Report::from(Usage(error.to_string())),
        false => error.into(),
    };
    let plan = Plan::new(&sources, config.as_ref(), &wanted, &clock, patience.clone()).map_err(usage)?;
    let plan = if args.again { plan.again() } else { plan };
    let plan = match args.undo_from {
        Some(block) => plan.undo_from(BlockNumber(block)),
        None => plan,
    };
    context.block_on(async {
        let keeper = Keeper::open(place.clone(), patience).await?;
        let watch = |event: Event<'_>| bars.show(event);
        let jobs = fetch::Context { keeper: &keeper, clock: &clock, interrupt: &interrupt, watch: &watch };
        let fetched = plan.run(&jobs).await;
        bars.clear();
        let reports = fetched.map_err(usage)?;
        let (json, stdout) = (context.global.json, &context.stdout);
        if !json {
            stdout.line(text(&reports))?;
        }
        let mut followed = Vec::new();
        if args.follow && !interrupt.requested() {
            if !json {
                stdout.line("following until Ctrl-C")?;
            }
            let fetched = plan.follow(&jobs, &pace).await;
            bars.clear();
            followed = fetched?;
            if !json {
                stdout.line(text(&followed))?;
            }
        }
        keeper.close().await?;
        if json {
            stdout.json(&json!({ "store": place.to_string(), "jobs": reports, "followed": followed }))?;
        }
        if interrupt.requested() {
            if !json {
                stdout.line(match args.again {
                    true => "stopped; what came is stored; the same command asks for all of it again",
                    false => "stopped; the same command goes on from here",
                })?;
            }
            return Ok(Exit::Interrupted);
        }
        let failed = reports.iter().any(|report| matches!(report.end, End::Failed(_)));
        Ok(if failed { Exit::Failed } else { Exit::Done })
    })
}

pub(super) fn text(reports: &[Report]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["job", "new", "there", "revised", "dropped", "end"]);
    let mut lines = Vec::new();
    for report in reports {
        let dropped: u64 = report.dropped.iter().map(|(_, count)| count).sum();
        let end = match &report.end {
            End::Done => "done".to_owned(),
            End::Interrupted => "stopped".to_owned(),
            End::Off(variable) => format!("off: {variable} is not set"),
            End::Failed(_) => "failed".to_owned(),
        };
        let numbers = [report.new, report.same, report.revised, dropped].map(|number| number.to_string());
        table.add_row([std::slice::from_ref(&report.job), numbers.as_slice(), &[end]].concat());
        if let End::Failed(why) = &report.end {
            lines.push(format!("{}: {why}", report.job));
        }
        lines.extend(report.dropped.iter().filter(|(_, count)| *count > 0).map(|(reason, count)| {
            format!("{}: {count} dropped: {reason}", report.job)
        }));
        let notes = report.undone.iter().chain(&report.notes);
        lines.extend(notes.map(|note| format!("{}: {note}", report.job)));
    }
    let rows = table.lines().map(|line| line.trim_end().to_owned());
    rows.chain(lines).collect::<Vec<_>>().join("\n")
}

/// A progress bar a job, on a terminal alone.
struct Bars {
    all: MultiProgress,
    jobs: Mutex<BTreeMap<String, ProgressBar>>,
}

impl Bars {
    fn new(json: bool) -> Self {
        let all = MultiProgress::new();
        if json {
            all.set_draw_target(ProgressDrawTarget::hidden());
        }
        Self { all, jobs: Mutex::default() }
    }

    fn show(&self, event: Event<'_>) {
        let mut jobs = self.jobs.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match event {
            Event::Began { job, total, unit } => {
                let bar = match total {
                    Some(total) => ProgressBar::new(total)
                        .with_style(style(&format!("{{msg}} [{{wide_bar}}] {{pos}}/{{len}} {unit}, {{per_sec}}, {{eta}} left"))),
                    None => ProgressBar::new_spinner().with_style(style(&format!("{{msg}} {{spinner}} {{pos}} {unit}"))),
                };
                jobs.insert(job.to_owned(), self.all.add(bar.with_message(job.to_owned())));
            }
            Event::Advanced { job, by } => {
                if let Some(bar) = jobs.get(job) {
                    bar.inc(by);
                }
            }
            Event::Ended { report } => {
                if let Some(bar) = jobs.remove(&report.job) {
                    bar.finish_and_clear();
                    self.all.remove(&bar);
                }
            }
        }
    }

    fn clear(&self) {
        // A terminal that is gone needs no clearing.
        let _ = self.all.clear();
    }
}
