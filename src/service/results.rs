//! A run's journal as a report.

use std::collections::BTreeMap;

use alloy::primitives::{B256, keccak256};

use crate::{
    config::Config,
    domain::{Asset, Decision, Fill, HourBars, Outcome, Record},
    service::{
        prepare::Origin,
        report::{
            AssetUnit, EquityPoint, Failed, ForecastQuality, Inputs, PricePoint, PriceSeries, RunReport, Timing, Unit,
            report, signals,
        },
        scenario::Scenario,
    },
    units::{Price, Timestamp, TokenAmount},
};

/// A finished run, for [`run_report`].
#[derive(Debug)]
pub struct Finished<'a> {
    pub title: &'a str,
    pub config: &'a Config,
    pub scenario: &'a Scenario,
    pub origin: &'a Origin,
    pub journal: &'a [Record],
    pub notes: Vec<String>,
    pub timing: Vec<Timing>,
}

/// The report of a run, every figure from its journal and its scenario.
pub fn run_report(run: Finished<'_>) -> RunReport {
    let Finished { title, config, scenario, origin, journal, mut notes, timing } = run;
    notes.extend(scenario.notes.iter().chain(&origin.notes).cloned());
    notes.push(format!(
        "decisions {}, fills {}: equal digests are equal runs",
        decisions_digest(journal),
        fills_digest(journal)
    ));
    let played = journal.iter().filter(|record| matches!(record, Record::Equity { .. })).count();
    if played < scenario.hours.len() {
        notes.push(format!("broken off after {played} of {} hours: every figure is of those", scenario.hours.len()));
    }
    if let Some(Record::Halted { ts, .. }) = journal.iter().find(|record| matches!(record, Record::Halted { .. })) {
        notes.push(format!("the drawdown halt went on at {ts}: positions were closed and none opened after it"));
    }
    let units =
        config.markets.iter().map(|market| AssetUnit { asset: market.asset.clone(), decimals: market.base.decimals });
    report(Inputs {
        title: title.to_owned(),
        source: scenario.source.clone(),
        from: scenario.from,
        to: scenario.to,
        quote: Unit { symbol: config.quote.symbol.clone(), decimals: config.quote.decimals },
        assets: units.collect(),
        capital: config.demo.capital,
        equity: equity(config.demo.capital, &scenario.hours, journal),
        prices: prices(config, &scenario.hours),
        fills: fills(journal).cloned().collect(),
        failed: failed(journal),
        forecast: forecast_quality(config, journal, &scenario.hours, &origin.base_rates),
        signals: signals(decisions(journal)),
        training: origin.lines.clone(),
        notes,
        timing,
    })
}

fn decisions(journal: &[Record]) -> impl Iterator<Item = &Decision> {
    journal.iter().filter_map(|record| match record {
        Record::Decision(decision) => Some(decision),
        _ => None,
    })
}

fn fills(journal: &[Record]) -> impl Iterator<Item = &Fill> {
    journal.iter().filter_map(|record| match record {
        Record::Fill(fill) => Some(fill),
        _ => None,
    })
}

/// Keccak-256 over the decisions' JSON lines: two runs that decided alike to the byte share it.
pub fn decisions_digest(journal: &[Record]) -> B256 {
    digest(decisions(journal).map(|decision| serde_json::to_string(decision).unwrap_or_default()))
}

/// Keccak-256 over what the fills exchanged, to the base unit: order, time, amounts and fee, but
/// not what only a node knows (gas spent, block, transaction).
pub fn fills_digest(journal: &[Record]) -> B256 {
    digest(fills(journal).map(|f| format!("{} {} {} {} {}", f.order.0, f.ts.0, f.amount_in, f.amount_out, f.fee)))
}

fn digest(lines: impl Iterator<Item = String>) -> B256 {
    keccak256(lines.map(|line| line + "\n").collect::<String>())
}

/// Equity at each hour's close beside an equal split bought at the first open and held, without
/// costs.
fn equity(capital: TokenAmount, hours: &[HourBars], journal: &[Record]) -> Vec<EquityPoint> {
    let mut hours = hours.iter().peekable();
    let first: Vec<Option<Price>> =
        hours.peek().map(|hour| hour.bars.iter().map(|bar| bar.map(|bar| bar.open)).collect()).unwrap_or_default();
    let mut last = first.clone();
    let mut points = Vec::new();
    for record in journal {
        let Record::Equity { ts, equity, .. } = *record else { continue };
        while let Some(hour) = hours.next_if(|hour| hour.ts < ts) {
            for (last, bar) in last.iter_mut().zip(&hour.bars) {
                *last = bar.map(|bar| bar.close).or(*last);
            }
        }
        points.push(EquityPoint { ts, equity_quote: equity, hold_quote: held(capital, &first, &last) });
    }
    points
}

fn held(capital: TokenAmount, first: &[Option<Price>], last: &[Option<Price>]) -> TokenAmount {
    let count = first.len().max(1) as u64;
    let share = capital.mul_div(1u64.try_into().unwrap_or_default(), count.try_into().unwrap_or_default());
    let share = share.unwrap_or(TokenAmount::ZERO);
    let worth = |(first, last): (&Option<Price>, &Option<Price>)| match (first, last) {
        (Some(first), Some(last)) => {
            share.mul_div(last.raw().try_into().unwrap_or_default(), first.raw().try_into().unwrap_or_default())
        }
        _ => Some(share),
    };
    let parts = first.iter().zip(last).filter_map(worth);
    parts.fold(TokenAmount::ZERO, |sum, part| sum.checked_add(part).unwrap_or(sum))
}

fn prices(config: &Config, hours: &[HourBars]) -> Vec<PriceSeries> {
    let series = config.markets.iter().enumerate().map(|(index, market)| {
        let point = |hour: &HourBars| {
            let bar = (*hour.bars.get(index)?)?;
            Some(PricePoint { ts: hour.ts.plus(Timestamp::HOUR), close: bar.close.to_f64() })
        };
        PriceSeries { asset: market.asset.clone(), points: hours.iter().filter_map(point).collect() }
    });
    series.collect()
}

/// Orders that came to nothing, and the gas they burnt all the same.
fn failed(journal: &[Record]) -> Failed {
    let mut failed = Failed { orders: 0, gas_quote: TokenAmount::ZERO };
    for record in journal {
        let Record::Settled(settlement) = record else { continue };
        if matches!(settlement.outcome, Outcome::Swapped { .. }) {
            continue;
        }
        failed.orders += 1;
        let intent = journal.iter().find_map(|record| match record {
            Record::Intent(order) if order.id == settlement.order => Some(order),
            _ => None,
        });
        let expected = intent.and_then(|order| {
            let expected = order.gas_cost_expected()?;
            order.gas_quote_expected.mul_div(settlement.gas_cost.0, expected.0)
        });
        failed.gas_quote = expected.and_then(|gas| failed.gas_quote.checked_add(gas)).unwrap_or(failed.gas_quote);
    }
    failed
}

/// How the hourly forecasts did on the run's own hours, where their horizon ended within it,
/// beside always saying the training range's base rate.
fn forecast_quality(
    config: &Config,
    journal: &[Record],
    hours: &[HourBars],
    base_rates: &BTreeMap<Asset, f64>,
) -> Option<ForecastQuality> {
    let mut said = Vec::new();
    for decision in decisions(journal) {
        let Some(forecast) = decision.forecast else { continue };
        if decision.ts != decision.ts.hour() {
            continue;
        }
        let horizon = u64::from(forecast.horizon_hours) * Timestamp::HOUR;
        let now = close(config, hours, &decision.asset, decision.ts);
        let then = close(config, hours, &decision.asset, decision.ts.plus(horizon));
        if let (Some(now), Some(then)) = (now, then) {
            // Half where nothing is known of the asset's past.
            let rate = base_rates.get(&decision.asset).copied().unwrap_or(0.5).clamp(1e-6, 1.0 - 1e-6);
            said.push((forecast.probability_up, then > now, rate));
        }
    }
    let log_loss = |p: f64, up: bool| -(if up { p } else { 1.0 - p }).ln();
    let mean = |value: &dyn Fn(&(f64, bool, f64)) -> f64| said.iter().map(value).sum::<f64>() / said.len() as f64;
    (!said.is_empty()).then(|| ForecastQuality {
        samples: said.len(),
        accuracy: mean(&|&(p, up, _)| f64::from(u8::from((p > 0.5) == up))),
        log_loss: mean(&|&(p, up, _)| log_loss(p, up)),
        base_rate_accuracy: mean(&|&(_, up, rate)| f64::from(u8::from((rate > 0.5) == up))),
        base_rate_log_loss: mean(&|&(_, up, rate)| log_loss(rate, up)),
    })
}

/// The close of the hour that ended at `ts`.
fn close(config: &Config, hours: &[HourBars], asset: &Asset, ts: Timestamp) -> Option<Price> {
    let index = config.markets.iter().position(|market| market.asset == *asset)?;
    let at = hours.binary_search_by_key(&ts.minus(Timestamp::HOUR), |hour| hour.ts).ok()?;
    (*hours.get(at)?.bars.get(index)?).map(|bar| bar.close)
}
