//! `shoal backtest`: history on simulated pools, without a node.

use std::ops::ControlFlow;

use super::{
    Context, Exit,
    play::{self, PlayArgs},
};
use crate::service::{backtest, interrupt::Interrupt};

/// Replay history on simulated pools, exact to the wei, without a node
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example: shoal backtest --data ../data --from 2023-07-01 --to 2023-08-01
         shoal backtest --data ../data --from 2023-07-01 --to 2023-08-01 --model eth.model --model btc.model")]
pub struct Args {
    #[command(flatten)]
    play: PlayArgs,
}

/// # Errors
/// A faulty configuration or data folder; a history too short to train on.
pub fn run(Args { play: args }: Args, context: &Context) -> eyre::Result<Exit> {
    let config = context.config_or_demo()?;
    let wanted = args.wanted(context, &config)?;
    if let Some(out) = &args.out {
        play::make_writable(out)?;
    }
    let progress = play::progress(context, "backtest");
    let interrupt = Interrupt::listen()?;
    let run = backtest::run(&config, &wanted, |done, of| {
        play::tick(&progress, done, of);
        if interrupt.requested() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    progress.finish_and_clear();
    play::show(context, &run?.report, args.out.as_deref(), &interrupt)
}
