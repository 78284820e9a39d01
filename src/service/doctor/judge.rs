//! What measurements mean. Pure.

use alloy::primitives::Address;

use super::Finding;
use crate::{
    config::{Config, Mode, PaperSettings},
    domain::{BlockHeader, Market, Token},
    execution::{self, fees},
    io::chain::PoolFacts,
    units::{Timestamp, TokenAmount, Wei},
};

/// A head older than this many block times: the node lags or the clock is wrong.
const MOST_BLOCKS_BEHIND: u64 = 10;
/// Initialised ticks that a large order may cross: more than any order within `max_impact_bps`
/// of a deep pool does.
const MOST_TICKS_CROSSED: u32 = 10;
const ETHER_DECIMALS: u8 = 18;

pub(super) fn chain_id(actual: u64, expected: u64) -> Finding {
    if actual == expected {
        return Finding::ok("chain id", format!("{actual}, as configured"));
    }
    let mend = format!(
        "name a node of chain {expected} in SHOAL_RPC_URL or chain.rpc; or set chain.id = {actual}, with the contracts, tokens and pools of that chain"
    );
    Finding::problem("chain id", format!("the node's chain is {actual}, chain.id is {expected}"), mend)
}

/// The head's age by the host's clock. A development node keeps a time of its own, so that on a
/// fork an odd age is only worth a note.
pub(super) fn head(head: &BlockHeader, now: Timestamp, block_seconds: u64, mode: Mode) -> Finding {
    let (number, time) = (head.number, head.timestamp);
    let (behind, ahead) = (now.since(time), time.since(now));
    let found = if ahead > 0 {
        format!("block {number} of {time}, {} ahead of this host's clock", span(ahead))
    } else {
        format!("block {number} of {time}, {} old", span(behind))
    };
    let late = behind > block_seconds.saturating_mul(MOST_BLOCKS_BEHIND);
    let early = ahead > block_seconds;
    match (mode, late, early) {
        (_, false, false) => Finding::ok("head", found),
        (Mode::Fork, ..) => Finding::note("head", format!("{found}: a development node keeps its own time")),
        (Mode::Mainnet, true, _) => Finding::problem(
            "head",
            format!("{found}: the node lags behind the chain, or this host's clock is wrong"),
            "wait until the node has caught up, or use another; check the clock (`timedatectl`)",
        ),
        (Mode::Mainnet, ..) => Finding::problem(
            "head",
            format!("{found}: the clock is behind"),
            "set this host's clock by the network (`timedatectl set-ntp true`)",
        ),
    }
}

/// Seconds in the largest unit that fits.
fn span(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

pub(super) fn decimals(token: &Token, actual: u8) -> Finding {
    let name = token_name(token);
    if actual == token.decimals {
        return Finding::ok(name, format!("{}, {actual} decimals", token.address));
    }
    let found =
        format!("{} has {actual} decimals on the chain, {} in the configuration", token.address, token.decimals);
    Finding::problem(name, found, format!("set tokens.{}.decimals = {actual}, if the address is right", token.symbol))
}

pub(super) fn token_name(token: &Token) -> String {
    format!("token {}", token.symbol)
}

/// The pool's own facts against the market's.
pub(super) fn pool(name: String, market: &Market, facts: &PoolFacts) -> Finding {
    let spec = &market.pool;
    let (token0, token1) = match market.base_is_token0() {
        true => (&market.base, &market.quote),
        false => (&market.quote, &market.base),
    };
    let mut differences = Vec::new();
    for (key, token, actual) in [("token0", token0, facts.token0), ("token1", token1, facts.token1)] {
        if token.address != actual {
            differences.push(format!("{key} is {actual}, not {} ({})", token.address, token.symbol));
        }
    }
    if let Some(fee) = facts.fee.filter(|fee| *fee != spec.fee) {
        differences.push(format!("fee_pips is {}, not {}", fee.0, spec.fee.0));
    }
    if let Some(spacing) = facts.tick_spacing.filter(|spacing| *spacing != spec.tick_spacing) {
        differences.push(format!("tick_spacing is {spacing}, not {}", spec.tick_spacing));
    }
    if differences.is_empty() {
        let pair = format!("{}/{}", token0.symbol, token1.symbol);
        return Finding::ok(name, format!("{}, {pair}, fee_pips {}", spec.address, spec.fee.0));
    }
    let found = format!("{}: {}", spec.address, differences.join("; "));
    Finding::problem(name, found, "correct the pool's entry in pools.toml: on the chain it is as found here")
}

/// The most ether that one order may burn at this base fee.
pub(super) fn worst_gas_cost(params: &execution::Params, base_fee: Wei) -> Option<Wei> {
    let max_fee = fees::max_fee_per_gas(base_fee, params.priority_fee)?;
    fees::worst_gas_cost(&params.gas, params.gas.expected(MOST_TICKS_CROSSED), max_fee)
}

pub(super) fn ether(config: &Config, account: Address, balance: Wei, base_fee: Wei) -> Finding {
    let amount = |wei: Wei| wei.to_decimal(ETHER_DECIMALS);
    let Some(worst) = worst_gas_cost(&config.execution, base_fee) else {
        let mend = "correct the gas and fees in [execution], or use another node";
        return Finding::problem("ether", format!("a base fee of {base_fee} wei overflows"), mend);
    };
    let found = format!("{account} holds {}; an order burns {} at most", amount(balance), amount(worst));
    if balance >= worst {
        return Finding::ok("ether", found);
    }
    Finding::problem("ether", found, format!("send ether to {account}{}", on_paper(config)))
}

/// `holds_base`: a bot between buying and selling has reason to hold little quote token.
pub(super) fn quote(config: &Config, account: Address, balance: TokenAmount, holds_base: bool) -> Finding {
    let quote = &config.quote;
    let name = quote_name(quote);
    let least = config.risk.min_order;
    let found = format!("{account} holds {} {}", balance.to_decimal(quote.decimals), quote.symbol);
    if balance >= least {
        return Finding::ok(name, found);
    }
    let found = format!("{found}, less than risk.min_order ({})", least.to_decimal(quote.decimals));
    if holds_base {
        return Finding::note(name, format!("{found}: it can sell what it holds, and buy nothing"));
    }
    Finding::problem(name, found, format!("send {} to {account}{}", quote.symbol, on_paper(config)))
}

pub(super) fn quote_name(quote: &Token) -> String {
    format!("balance {}", quote.symbol)
}

fn on_paper(config: &Config) -> &'static str {
    if config.paper.is_some() { " (a dry run needs none: it uses [paper])" } else { "" }
}

pub(super) fn paper(paper: &PaperSettings, quote: &Token) -> Finding {
    let (capital, ether) = (paper.capital.to_decimal(quote.decimals), paper.ether.to_decimal(ETHER_DECIMALS));
    Finding::note(
        "paper",
        format!("a dry run without funds pretends to hold {capital} {} and {ether} ether", quote.symbol),
    )
}
