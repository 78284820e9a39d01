//! `shoal run`: the bot on a living chain, dry unless told otherwise.

use std::{
    io::{self, Write},
    path::PathBuf,
};

use super::{Context, Exit, Refused, data::StoreArgs, play};
use crate::{
    config::Config,
    domain::{Action, Decision, Fill, Outcome, Record, Side},
    io::{clock::Clock, store::StoreError, wallet::Wallet},
    service::{
        interrupt::Interrupt,
        live::{self, Event, LiveError, Trading},
    },
};

/// Follow a chain and trade on it: a dry run unless --live is given
#[derive(Debug, clap::Args)]
#[command(after_help = "\
With models, `shoal data fetch --from DATE --follow` must keep the store, DATE 26 weeks ago or
earlier, better 26 weeks before the end of their training, to learn from all outcomes since: each
bar is read from it ten seconds after its close, with what was known by then. Without its bar an
asset is not bought, and exits are watched all the same. With --live they are refused (exit code 3):
what a failing store does to open positions is not proven yet.

Example: shoal run --config config/mainnet.toml        (dry: simulates, sends nothing)
         shoal run --config config/mainnet.toml --live (sends signed swaps: real money)
         shoal run --config config/mainnet.toml --model eth.model --model btc.model (dry)")]
pub struct Args {
    /// Send transactions. Without it every order is simulated by eth_call and booked on paper
    #[arg(long)]
    live: bool,
    /// Trade by what `shoal train` wrote, one file for each configured market (without any, and
    /// without [model] files: a small model is trained on [history])
    #[arg(long = "model", value_name = "FILE")]
    models: Vec<PathBuf>,
    #[command(flatten)]
    store: StoreArgs,
}

/// # Errors
/// A faulty configuration or key; a node of another chain; a node that stays away; a journal
/// that another process writes.
pub fn run(Args { live, models, store }: Args, context: &Context) -> eyre::Result<Exit> {
    let config = context.config()?;
    let sources = store.sources(context)?;
    let place = store.place(&sources)?;
    let models = play::models(&config, &models, None, sources)?;
    let trading = models.map(|models| Trading { models, store: place, clock: Clock::system() });
    let wallet = Wallet::open(&context.key_sources(Some(&config)))?;
    let interrupt = Interrupt::listen()?;
    let json = context.global.json;
    let watch = |event: Event<'_>| {
        let text = if json { as_json(&event) } else { as_text(&config, &event, live) };
        // A closed stdout must not stop a bot that holds positions.
        if let Some(text) = text {
            let _ = writeln!(io::stdout(), "{text}");
        }
    };
    match context.block_on_value(live::run(&config, wallet, live, trading.as_ref(), &interrupt, watch))? {
        Ok(()) => Ok(Exit::Interrupted),
        Err(error) if is_refusal(&error) => Err(Refused(error.to_string()).into()),
        Err(error) => Err(error.into()),
    }
}

/// What a safety rule forbids, as against what failed.
fn is_refusal(error: &LiveError) -> bool {
    matches!(
        error,
        LiveError::WrongChain { .. }
            | LiveError::WrongMode { .. }
            | LiveError::WrongVenue { .. }
            | LiveError::Disagreement { .. }
            | LiveError::NotADevelopmentNode { .. }
            | LiveError::SimulatedHistory
            | LiveError::UnprovenModels
            | LiveError::Store(StoreError::Locked { .. })
    )
}

/// One JSON object a line. Signed bytes never reach a watcher.
fn as_json(event: &Event<'_>) -> Option<String> {
    let value = match event {
        Event::Record(record) => serde_json::to_value(record).ok()?,
        Event::Ready { account, capital, ether, head, models } => serde_json::json!({
            "event": "ready", "account": account, "capital": capital, "ether": ether,
            "block": head.number, "ts": head.timestamp, "models": models,
        }),
        Event::NoFrame { block, why } => serde_json::json!({ "event": "no_frame", "block": block, "why": why }),
        Event::Reorganised { block, expected, found } => serde_json::json!({
            "event": "reorganised", "block": block, "expected_parent": expected, "found_parent": found,
        }),
    };
    Some(value.to_string())
}

fn as_text(config: &Config, event: &Event<'_>, live: bool) -> Option<String> {
    let quote = |amount: crate::units::TokenAmount| {
        format!("{} {}", amount.to_decimal(config.quote.decimals), config.quote.symbol)
    };
    Some(match event {
        Event::Ready { account, capital, head, models, .. } => {
            let mode = if live { "LIVE: signed swaps are sent" } else { "dry run: nothing is sent" };
            format!(
                "{mode}\naccount {account}, {} to trade with, block {} of {}\n{}",
                quote(*capital), head.number, head.timestamp, models.join("\n")
            )
        }
        Event::Reorganised { block, .. } => format!("block {block}: the chain was reorganised; reading it again"),
        Event::NoFrame { block, why } => format!("block {block}: no forecast: {why}"),
        Event::Record(Record::Decision(decision)) => decision_line(decision, &quote),
        Event::Record(Record::Fill(fill)) => fill_line(config, fill, live, &quote),
        Event::Record(Record::Simulated { outcome: Outcome::Reverted, revert, order, .. }) => format!(
            "  order {} would have reverted: {}",
            order.0,
            revert.as_deref().unwrap_or("no reason given")
        ),
        Event::Record(Record::Broadcast { order, hashes }) => {
            format!("  order {} sent as {}", order.0, hashes.last().map_or_else(String::new, ToString::to_string))
        }
        Event::Record(Record::Halted { ts, equity, peak }) => {
            format!("{ts} HALTED: equity {} after a peak of {}", quote(*equity), quote(*peak))
        }
        Event::Record(_) => return None,
    })
}

fn decision_line(decision: &Decision, quote: &dyn Fn(crate::units::TokenAmount) -> String) -> String {
    let forecast = decision.forecast.map_or_else(String::new, |f| format!(", up in {} h: {:.3}, at least {:.3}", f.horizon_hours, f.probability_up, f.lower));
    let action = match &decision.action {
        Action::Enter { amount_in, edge, cost, .. } => {
            format!("buy for {} (edge {:.2}%, cost {:.2}%)", quote(*amount_in), edge * 100.0, cost * 100.0)
        }
        Action::Exit { reason, .. } => format!("sell ({})", name(reason)),
        Action::Keep => "keep".to_owned(),
        Action::Pass(why) => format!("pass ({})", name(why)),
    };
    format!("{} {} at {}{forecast}: {action}", decision.ts, decision.asset, quote(decision.price))
}

fn fill_line(config: &Config, fill: &Fill, live: bool, quote: &dyn Fn(crate::units::TokenAmount) -> String) -> String {
    let decimals = config.markets.iter().find(|market| market.asset == fill.asset).map_or(18, |m| m.base.decimals);
    let (base, paid) = match fill.side {
        Side::Buy => (fill.amount_out, fill.amount_in),
        Side::Sell => (fill.amount_in, fill.amount_out),
    };
    let verb = match (fill.side, live) {
        (Side::Buy, true) => "bought",
        (Side::Sell, true) => "sold",
        (Side::Buy, false) => "would have bought",
        (Side::Sell, false) => "would have sold",
    };
    format!("  {verb} {} {} for {}", base.to_decimal(decimals), fill.asset, quote(paid))
}

/// The name that the journal uses.
fn name(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name.replace('_', " "),
        Ok(value) => value.get("why").and_then(|why| why.as_str()).unwrap_or("?").replace('_', " "),
        Err(_) => "?".to_owned(),
    }
}
