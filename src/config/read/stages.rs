//! The stages' own parameters, and what a run starts from.

use alloy::primitives::U256;

use crate::{
    config::{
        DemoSettings, HistorySettings, HistorySource, ModelSettings, PaperSettings,
        section::{Interval, Section},
    },
    execution, risk,
    units::{Bps, TokenAmount, Wei},
};

const ETHER_DECIMALS: u8 = 18;
const GWEI_DECIMALS: u8 = 9;
/// No base fee nor tip of mainnet ever stood near this: above it a unit was mistaken.
const MAX_GWEI: u64 = 100_000;

pub(in crate::config) fn history(root: &mut Section<'_>, model: Option<&ModelSettings>) -> Option<HistorySettings> {
    use HistorySource::{Chain, Data, Simulated};
    let mut section = root.section("history")?;
    let source = section.choice("source", &[("chain", Chain), ("data", Data), ("simulated", Simulated)]);
    let hours = section.integer("hours", 1..=1_000_000u32);
    let wanted = source == Some(Data);
    let data = if wanted || section.has("data") { section.name("data").map(Some) } else { Some(None) };
    let venues = if wanted || section.has("venues") { section.names("venues") } else { Some(Vec::new()) };
    if wanted && venues.as_ref().is_some_and(Vec::is_empty) {
        section.fault("venues", "must not be empty where source = \"data\"");
    }
    if let (Some(hours), Some(model)) = (hours, model) {
        let least = model.min_train_hours.saturating_add(model.horizon_hours);
        if hours < least {
            let message = format!("must be at least model.min_train_hours + model.horizon_hours ({least}), is {hours}");
            section.fault("hours", message);
        }
    }
    Some(HistorySettings { source: source?, hours: hours?, data: data?.map(Into::into), venues: venues? })
}

pub(in crate::config) fn model(root: &mut Section<'_>) -> Option<ModelSettings> {
    let mut section = root.section("model")?;
    let files = if section.has("files") { section.names("files") } else { Some(Vec::new()) };
    let horizon_hours = section.integer("horizon_hours", 1..=720u32);
    let train_hours = section.integer("train_hours", 1..=1_000_000u32);
    let min_train_hours = section.integer("min_train_hours", 1..=1_000_000u32);
    let seed = section.integer("seed", 0..=u64::MAX);
    if let (Some(least), Some(hours)) = (min_train_hours, train_hours)
        && hours < least
    {
        section.fault("train_hours", format!("must be at least min_train_hours ({least}), is {hours}"));
    }
    if let (Some(horizon), Some(least)) = (horizon_hours, min_train_hours)
        && least <= horizon
    {
        section.fault("min_train_hours", format!("must exceed horizon_hours ({horizon}), is {least}"));
    }
    Some(ModelSettings {
        files: files?.into_iter().map(Into::into).collect(),
        horizon_hours: horizon_hours?,
        train_hours: train_hours?,
        min_train_hours: min_train_hours?,
        seed: seed?,
    })
}

/// `quote_decimals` is absent where the quote token is faulty; the amounts' form is then
/// checked against the most decimals there are.
pub(in crate::config) fn risk(root: &mut Section<'_>, quote_decimals: Option<u8>) -> Option<risk::Params> {
    let mut section = root.section("risk")?;
    let kelly_fraction = section.number("kelly_fraction", Interval::Above(0.0, 1.0));
    let max_position = section.integer("max_position_bps", 1..=Bps::ONE).map(Bps);
    let edge_over_cost = section.number("edge_over_cost", Interval::From(1.0, 100.0));
    let stop_atr = section.number("stop_atr", Interval::Above(0.0, 100.0));
    let reward_to_risk = section.number("reward_to_risk", Interval::Above(0.0, 100.0));
    let max_drawdown = section.integer("max_drawdown_bps", 1..=Bps::ONE - 1).map(Bps);
    let max_impact = section.integer("max_impact_bps", 1..=Bps::ONE - 1).map(Bps);
    let min_order = quote(&mut section, "min_order", quote_decimals);
    Some(risk::Params {
        kelly_fraction: kelly_fraction?,
        max_position: max_position?,
        edge_over_cost: edge_over_cost?,
        stop_atr: stop_atr?,
        reward_to_risk: reward_to_risk?,
        max_drawdown: max_drawdown?,
        max_impact: max_impact?,
        min_order: min_order?,
    })
}

pub(in crate::config) fn execution(root: &mut Section<'_>, block_seconds: Option<u64>) -> Option<execution::Params> {
    let mut section = root.section("execution")?;
    // 10%: whoever tolerates more gives the difference to the first sandwich.
    let slippage_tolerance = section.integer("slippage_tolerance_bps", 0..=1_000).map(Bps);
    let deadline_seconds = section.integer("deadline_seconds", 1..=86_400u64);
    if let (Some(deadline), Some(block)) = (deadline_seconds, block_seconds)
        && deadline < block.saturating_mul(2)
    {
        let message = format!("must be at least two blocks (2 x chain.block_seconds = {}), is {deadline}", block * 2);
        section.fault("deadline_seconds", message);
    }
    let priority_fee = gwei(&mut section, "priority_fee_gwei");
    let approve = section.integer("gas_approve", 21_000..=30_000_000);
    let swap = section.integer("gas_swap", 21_000..=30_000_000);
    let tick_crossed = section.integer("gas_tick_crossed", 0..=1_000_000);
    let margin = section.integer("gas_margin_bps", 0..=2 * Bps::ONE).map(Bps);
    Some(execution::Params {
        slippage_tolerance: slippage_tolerance?,
        deadline_seconds: deadline_seconds?,
        priority_fee: priority_fee?,
        gas: execution::GasModel { approve: approve?, swap: swap?, tick_crossed: tick_crossed?, margin: margin? },
    })
}

pub(in crate::config) fn demo(
    root: &mut Section<'_>,
    quote_decimals: Option<u8>,
    risk: Option<&risk::Params>,
) -> Option<DemoSettings> {
    let mut section = root.section("demo")?;
    let capital = capital(&mut section, quote_decimals, risk);
    let ether = ether(&mut section);
    let base_fee = gwei(&mut section, "base_fee_gwei");
    let hours = section.integer("hours", 1..=100_000u32);
    Some(DemoSettings { capital: capital?, ether: ether?, base_fee: base_fee?, hours: hours? })
}

pub(in crate::config) fn paper(
    root: &mut Section<'_>,
    quote_decimals: Option<u8>,
    risk: Option<&risk::Params>,
) -> Option<PaperSettings> {
    let mut section = root.section("paper")?;
    let capital = capital(&mut section, quote_decimals, risk);
    let ether = ether(&mut section);
    Some(PaperSettings { capital: capital?, ether: ether? })
}

/// Capital from which the largest allowed position is worth no order can never trade.
fn capital(section: &mut Section<'_>, decimals: Option<u8>, risk: Option<&risk::Params>) -> Option<TokenAmount> {
    let capital = quote(section, "capital", decimals)?;
    if let (Some(risk), Some(decimals)) = (risk, decimals)
        && risk.max_position.of(capital).is_none_or(|largest| largest < risk.min_order)
    {
        let least = risk.min_order.to_decimal(decimals);
        section.fault("capital", format!("too little: risk.max_position_bps of it is below risk.min_order ({least})"));
        return None;
    }
    Some(capital)
}

/// `None` without a report where the quote token is faulty: that fault is reported already.
fn quote(section: &mut Section<'_>, key: &str, decimals: Option<u8>) -> Option<TokenAmount> {
    let amount = section.amount(key, decimals.unwrap_or(36), true)?;
    decimals.map(|_| TokenAmount(amount))
}

fn ether(section: &mut Section<'_>) -> Option<Wei> {
    section.amount("ether", ETHER_DECIMALS, true).map(Wei)
}

fn gwei(section: &mut Section<'_>, key: &str) -> Option<Wei> {
    let wei = section.amount(key, GWEI_DECIMALS, false)?;
    if wei > U256::from(MAX_GWEI) * U256::from(10u64.pow(u32::from(GWEI_DECIMALS))) {
        section.fault(key, format!("must not exceed {MAX_GWEI} gwei"));
        return None;
    }
    Some(Wei(wei))
}
