//! `shoal replica`: the offline mainnet replica as a node to work against.

use std::path::PathBuf;

use comfy_table::Table;
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use super::{Context, Exit};
use crate::{
    domain::PoolKind,
    io::replica::{self, Origin, Replica, ReplicaOptions, artifacts},
};

/// Serve the offline mainnet replica as a node to work against
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: shoal replica up --port 8545")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Start the replica and serve it until Ctrl-C
    #[command(after_help = "Example: shoal replica up --port 8545")]
    Up(UpArgs),
}

#[derive(Debug, clap::Args)]
struct UpArgs {
    /// Listen on this port of 127.0.0.1; a free one is picked by default
    #[arg(long)]
    port: Option<u16>,
    /// Keep the built state here instead of in the user's cache folder
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
}

/// # Errors
/// The replica did not start.
pub fn run(args: Args, context: &Context) -> eyre::Result<Exit> {
    let Command::Up(args) = args.command;
    context.block_on(up(args, context))
}

async fn up(args: UpArgs, context: &Context) -> eyre::Result<Exit> {
    // Before the node starts, so that no signal falls into a gap.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let defaults = ReplicaOptions::default();
    let cache_dir = args.cache.unwrap_or(defaults.cache_dir.clone());
    let options = ReplicaOptions { port: args.port, cache_dir, ..defaults };
    let serve = async {
        let replica = replica::start(options).await?;
        // The reader of a pipe may be gone; the node serves all the same.
        let _ = context.stdout.line(if context.global.json { as_json(&replica) } else { as_text(&replica) });
        std::future::pending::<()>().await;
        drop(replica);
        Ok(Exit::Done)
    };
    // Dropping `serve` stops the node.
    tokio::select! {
        outcome = serve => outcome,
        _ = interrupt.recv() => Ok(Exit::Interrupted),
        _ = terminate.recv() => Ok(Exit::Interrupted),
    }
}

fn origin(replica: &Replica) -> &'static str {
    match replica.origin {
        Origin::Built => "built",
        Origin::Cached => "loaded",
    }
}

fn kind(kind: PoolKind) -> &'static str {
    match kind {
        PoolKind::V2 => "V2",
        PoolKind::V3 => "V3",
    }
}

fn as_text(replica: &Replica) -> String {
    let mut contracts = Table::new();
    contracts.set_header(["contract", "address"]);
    for (name, address) in artifacts::contracts() {
        contracts.add_row([name.to_owned(), address.to_string()]);
    }
    contracts.add_row(["Mover (not on mainnet)".to_owned(), replica::MOVER.to_string()]);
    let mut pools = Table::new();
    pools.set_header(["pool", "kind", "fee", "address"]);
    for pool in &replica.plan {
        let name = format!("{}/{}", pool.token0.symbol, pool.token1.symbol);
        let fee = format!("{}%", f64::from(pool.fee.0) / 10_000.0);
        pools.add_row([name, kind(pool.kind).to_owned(), fee, pool.address.to_string()]);
    }
    format!(
        "replica of Ethereum mainnet, {} from {}\nendpoint  {}\nchain id  1\n\n{contracts}\n\n{pools}\n\nCtrl-C stops it.",
        origin(replica),
        replica.cache_file.display(),
        replica.endpoint(),
    )
}

fn as_json(replica: &Replica) -> String {
    let contracts: serde_json::Map<_, _> =
        artifacts::contracts().into_iter().map(|(name, address)| (name.to_owned(), json!(address))).collect();
    let pools: Vec<_> = replica
        .plan
        .iter()
        .map(|pool| {
            json!({
                "kind": kind(pool.kind), "address": pool.address, "fee_pips": pool.fee.0,
                "tick_spacing": pool.tick_spacing, "token0": pool.token0, "token1": pool.token1,
            })
        })
        .collect();
    json!({
        "endpoint": replica.endpoint(), "chain_id": 1, "pid": replica.anvil().pid(), "origin": origin(replica),
        "cache_file": replica.cache_file, "contracts": contracts, "mover": replica::MOVER, "pools": pools,
    })
    .to_string()
}
