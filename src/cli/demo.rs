//! `shoal demo`: history through the whole bot, on a local node.

use std::path::PathBuf;

use super::{
    Context, Exit,
    play::{self, PlayArgs},
};
use crate::service::{demo, interrupt::Interrupt};

/// Drive history through the whole bot on an offline mainnet replica: real contracts, signed swaps
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example: shoal demo --data ../data --from 2023-07-01 --to 2023-08-01 --out out/july
         shoal demo --data ../data --from 2023-07-01 --hours 48 --model eth.model --model btc.model")]
pub struct Args {
    #[command(flatten)]
    play: PlayArgs,
}

/// # Errors
/// No Anvil, a faulty configuration or data folder, a node that dies.
pub fn run(Args { play: args }: Args, context: &Context) -> eyre::Result<Exit> {
    let config = context.config_or_demo()?;
    let wanted = args.wanted(context, &config)?;
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from("out/demo"));
    let interrupt = Interrupt::listen()?;
    let progress = play::progress(context, "demo");
    let bar = progress.clone();
    let run = context.block_on_value(demo::run(&config, &wanted, &out, &interrupt, move |done, of| {
        play::tick(&bar, done, of);
    }));
    progress.finish_and_clear();
    match run? {
        Err(demo::DemoError::Interrupted) => Ok(Exit::Interrupted),
        run => play::show(context, &run?.report, Some(&out), &interrupt),
    }
}
