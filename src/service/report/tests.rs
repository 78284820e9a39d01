//! A run small enough to be reckoned by hand, seen in all three views.

use alloy::primitives::B256;
use serde_json::Value;

use super::{html::html, text::text, *};
use crate::{
    domain::{
        Action, Asset, Combined, Decision, Doubt, Fill, Forecast, Grounds, OrderId, Part, Reason, Rejection, Side,
        Verdict,
    },
    units::{Bps, Timestamp, TokenAmount, Wei},
};

const START: u64 = 1_704_067_200;
const WEI: u128 = 1_000_000_000_000_000_000;

fn usdc(units: f64) -> TokenAmount {
    TokenAmount::from((units * 1e6).round() as u64)
}

fn fill(hour: u64, asset: &str, side: Side, reason: Reason, quote: f64, base: u128) -> Fill {
    let (amount_in, amount_out) = match side {
        Side::Buy => (usdc(quote), TokenAmount::from(base)),
        Side::Sell => (TokenAmount::from(base), usdc(quote)),
    };
    Fill {
        order: OrderId(B256::with_last_byte(hour as u8)),
        ts: Timestamp(START + hour * 3_600),
        asset: Asset::new(asset),
        side,
        reason,
        amount_in,
        amount_out,
        fee: TokenAmount::from(3u64),
        fee_quote: usdc(0.5),
        impact_quote: usdc(0.25),
        gas_used: 150_000,
        gas_expected: 150_000,
        gas_cost: Wei::from(3_000_000_000_000_000u64),
        gas_quote: usdc(6.0),
        block: None,
        tx: None,
    }
}

/// Capital 10,000. ETH: bought for 1,000, sold for 1,100: +88 after two times 6 of gas. BTC:
/// bought for 2,000, sold for 1,900: -112. ETH again, still open.
fn inputs() -> Inputs {
    let equity = [10_000.0, 9_994.0, 10_200.0, 9_690.0, 9_900.0, 10_098.0];
    let hold = [10_000.0, 10_100.0, 9_595.0, 9_800.0, 9_900.0, 10_000.0];
    let points = equity.iter().zip(hold).enumerate();
    let at = |hour: usize| Timestamp(START + (hour as u64 + 1) * 3_600);
    let series = |asset: &str, start: f64| PriceSeries {
        asset: Asset::new(asset),
        points: (0..6).map(|hour| PricePoint { ts: at(hour), close: start + hour as f64 * 10.0 }).collect(),
    };
    Inputs {
        title: "A run by hand".to_owned(),
        source: Source::Simulated { seed: 7 },
        from: Timestamp(START),
        to: Timestamp(START + 6 * 3_600),
        quote: Unit { symbol: "USDC".to_owned(), decimals: 6 },
        assets: vec![
            AssetUnit { asset: Asset::new("ETH"), decimals: 18 },
            AssetUnit { asset: Asset::new("BTC"), decimals: 8 },
        ],
        capital: usdc(10_000.0),
        equity: points
            .map(|(hour, (equity, hold))| EquityPoint {
                ts: at(hour),
                equity_quote: usdc(*equity),
                hold_quote: usdc(hold),
            })
            .collect(),
        prices: vec![series("ETH", 2_000.0), series("BTC", 40_000.0)],
        fills: vec![
            fill(2, "ETH", Side::Buy, Reason::Signal, 1_000.0, WEI / 2),
            fill(3, "ETH", Side::Sell, Reason::TakeProfit, 1_100.0, WEI / 2),
            fill(3, "BTC", Side::Buy, Reason::Signal, 2_000.0, 5_000_000),
            fill(4, "BTC", Side::Sell, Reason::StopLoss, 1_900.0, 5_000_000),
            fill(6, "ETH", Side::Buy, Reason::Signal, 1_050.0, WEI / 2),
        ],
        failed: Failed { orders: 1, gas_quote: usdc(4.0) },
        forecast: Some(ForecastQuality {
            samples: 12,
            accuracy: 0.5833,
            log_loss: 0.6812,
            base_rate_accuracy: 0.5,
            base_rate_log_loss: 0.6921,
        }),
        signals: decided(),
        training: vec!["5 models on 8,760 hours".to_owned()],
        notes: vec!["the base fee is taken as constant".to_owned()],
        timing: vec![Timing { stage: "training".to_owned(), seconds: 1.25 }],
    }
}

/// Two entries, one of them by an ensemble, and ten edges below their cost.
fn decided() -> Signals {
    let decision = |hour: u64, asset: &str, action: Action, grounds: Option<Grounds>| Decision {
        ts: Timestamp(START + hour * 3_600),
        asset: Asset::new(asset),
        price: usdc(2_000.0),
        forecast: Some(Forecast {
            horizon_hours: 1,
            probability_up: 0.625,
            lower: 0.5625,
            gain: 0.02,
            loss: 0.02,
            atr: 0.01,
        }),
        grounds,
        equity: usdc(10_000.0),
        drawdown: Bps(0),
        action,
    };
    let part = |member: &str, weight: f64, contribution: f64| Part {
        member: member.into(),
        probability: 0.6,
        weight,
        contribution,
    };
    let combined = Combined {
        probability: 0.625,
        log_odds: 0.625,
        intercept: 0.0,
        parts: vec![part("macro", 0.25, -0.25), part("price_direction", 0.75, 0.75)],
        learnt: 0.125,
    };
    let ensemble = Verdict::Forecast { combined, absent: vec![], doubt: Doubt::default() };
    let grounds = Grounds { told: vec![], ensemble };
    let enter = |edge: f64| Action::Enter { order: OrderId(B256::ZERO), amount_in: usdc(500.0), edge, cost: 0.001 };
    let below = |hour: u32| Rejection::EdgeBelowCost { edge: f64::from(hour) * 1e-4, cost: 0.002 };
    let passes = (0..10).map(|hour| decision(u64::from(hour), "ETH", Action::Pass(below(hour)), None));
    let mut all: Vec<Decision> = passes.collect();
    all.push(decision(10, "ETH", enter(0.0025), Some(grounds)));
    all.push(decision(11, "BTC", enter(0.005), None));
    signals(all.iter())
}

fn near(a: f64, b: f64) {
    assert!((a - b).abs() < 1e-9, "{a} is not {b}");
}

#[test]
fn every_figure_is_as_reckoned_by_hand() {
    let report = report(inputs());
    let s = &report.summary;
    assert_eq!(s.profit.to_string(), "98000000");
    assert_eq!(s.hold_profit.to_string(), "0");
    near(s.total_return.unwrap(), 0.0098);
    near(s.hold_return.unwrap(), 0.0);
    near(s.max_drawdown, 1.0 - 9_690.0 / 10_200.0);
    near(s.hold_max_drawdown, 1.0 - 9_595.0 / 10_100.0);
    // Points close at hours 1 to 6; positions stand at the closes of 2, 3 and 6.
    near(s.exposure.unwrap(), 0.5);
    assert_eq!((s.fills, s.closed_trades, s.open_trades, s.wins), (5, 2, 1, 1));
    near(s.win_rate.unwrap(), 0.5);
    near(s.profit_factor.unwrap(), 88.0 / 112.0);
    let c = &report.costs;
    let expected = [usdc(2.5), usdc(1.25), usdc(30.0), usdc(4.0), usdc(37.75)];
    assert_eq!([c.pool_fee, c.price_impact, c.gas, c.failed_gas, c.total], expected);
    near(c.of_capital.unwrap(), 0.003775);

    let trades: Vec<_> =
        report.trades.iter().map(|trade| (trade.asset.as_str(), trade.profit.map(|p| p.to_string()))).collect();
    let expected = [("ETH", Some("88000000")), ("BTC", Some("-112000000")), ("ETH", None)];
    assert_eq!(trades, expected.map(|(asset, profit)| (asset, profit.map(str::to_owned))));
    near(report.trades[0].entry_price, 2_000.0);
    near(report.trades[0].exit_price.unwrap(), 2_200.0);
    near(report.trades[0].profit_fraction.unwrap(), 0.088);
    near(report.trades[1].entry_price, 40_000.0);
    assert_eq!(report.trades[2].exit_ts, None);
}

#[test]
fn a_partial_sale_takes_its_share_and_a_foreign_one_is_noted() {
    let mut run = inputs();
    run.fills = vec![
        fill(1, "ETH", Side::Sell, Reason::Signal, 10.0, WEI),
        fill(2, "ETH", Side::Buy, Reason::Signal, 2_000.0, WEI),
        fill(3, "ETH", Side::Sell, Reason::Horizon, 550.0, WEI / 4),
        fill(4, "ETH", Side::Sell, Reason::Horizon, 1_500.0, WEI / 4 * 3),
    ];
    let report = report(run);
    let profits: Vec<_> = report.trades.iter().map(|trade| trade.profit.unwrap().to_string()).collect();
    // 550 - 500 - 1.5 - 6 and 1500 - 1500 - 4.5 - 6.
    assert_eq!(profits, ["42500000", "-10500000"]);
    assert!(report.notes.iter().any(|note| note.contains("did not buy")), "{:?}", report.notes);
}

#[test]
fn a_run_without_anything_has_no_figures_and_does_not_fail() {
    let mut run = inputs();
    run.equity.clear();
    run.fills.clear();
    run.prices.clear();
    run.capital = TokenAmount::ZERO;
    let report = report(run);
    let s = &report.summary;
    assert_eq!([s.total_return, s.sharpe, s.exposure, s.win_rate, s.profit_factor], [None; 5]);
    assert!(text(&report).contains("none") && html(&report).contains("No trade was made"));
}

#[test]
fn the_text_is_as_recorded() {
    assert_eq!(text(&report(inputs())), include_str!("tests/report.txt"));
}

#[test]
fn the_text_is_ascii_and_cannot_steer_a_terminal() {
    let mut run = inputs();
    run.source = Source::Real { venue: "v".to_owned(), dir: "a\u{1b}[31mb\nc".to_owned() };
    let text = text(&report(run));
    assert!(text.is_ascii() && text.chars().all(|c| c == '\n' || !c.is_control()));
    assert!(text.starts_with("real: v, a?[31mb?c\n"));
}

#[test]
fn long_runs_show_the_last_trades_and_count_the_others() {
    let mut run = inputs();
    run.fills = (0..60)
        .map(|n| {
            let side = if n % 2 == 0 { Side::Buy } else { Side::Sell };
            fill(n, "ETH", side, Reason::Signal, 1_000.0 + n as f64, WEI / 2)
        })
        .collect();
    let text = text(&report(run));
    assert!(text.contains("(10 earlier trades are not shown here; the JSON has all.)"));
    assert!(text.contains("1,058.00") && !text.contains("1,018.00") && text.contains("1,020.00"));
}

#[test]
fn simulated_results_say_so_in_every_view() {
    let simulated = report(inputs());
    let text = text(&simulated);
    assert_eq!(text.matches("SIMULATED market, seed 7").count(), 2);
    assert!(text.find("SIMULATED") < text.find("Summary"));
    let page = html(&simulated);
    assert!(page.contains("<strong>SIMULATED market, seed 7</strong>"));
    assert!(page.find("<strong>SIMULATED") < page.find("Summary"));
    let json = serde_json::to_value(&simulated).unwrap();
    assert_eq!(json["banner"], "SIMULATED market, seed 7");
    assert_eq!(json["source"], serde_json::json!({"kind": "simulated", "seed": 7}));

    let mut run = inputs();
    run.source = Source::Real { venue: "binance_spot".to_owned(), dir: "data".to_owned() };
    let real = report(run);
    assert!(!html(&real).contains("SIMULATED") && html(&real).contains("real: binance_spot, data"));
}

#[test]
fn the_json_has_its_shape() {
    let json = serde_json::to_value(report(inputs())).unwrap();
    let keys: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "assets", "banner", "costs", "equity", "fills", "forecast", "from", "hours", "notes", "prices", "quote",
        "signals", "source", "summary", "timing", "title", "to", "trades", "training",
    ];
    let mut sorted = keys.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, expected);
    let fill = &json["fills"][1];
    assert_eq!(fill["ts"], START + 3 * 3_600);
    assert_eq!(
        (&fill["asset"], &fill["side"], &fill["reason"]),
        (&"ETH".into(), &"sell".into(), &"take_profit".into())
    );
    assert_eq!((&fill["amount_in"], &fill["amount_out"]), (&"500000000000000000".into(), &"1100000000".into()));
    assert_eq!((&fill["fee"], &fill["gas_used"]), (&"3".into(), &150_000.into()));
    assert_eq!(
        json["equity"][0],
        serde_json::json!({"ts": START + 3_600, "equity_quote": "10000000000", "hold_quote": "10000000000"})
    );
    assert_eq!(json["summary"]["return"].as_f64().map(|r| (r * 1e6).round()), Some(9_800.0));
    assert_eq!(json["trades"][1]["profit"], "-112000000");
    assert_eq!(json["trades"][2]["profit"], Value::Null);
}

/// Everything in the JSON as a person might read it: units, percent, the digits of texts.
fn figures(json: &Value, found: &mut Vec<f64>) {
    match json {
        Value::Number(number) => {
            let number = number.as_f64().unwrap();
            found.extend([number, number * 100.0]);
        }
        Value::String(text) => match text.parse::<f64>() {
            Ok(number) => found.extend([number / 1e6, number / 1e8, number / 1e18]),
            Err(_) => found.extend(tokens(text)),
        },
        Value::Array(items) => items.iter().for_each(|item| figures(item, found)),
        Value::Object(items) => items.values().for_each(|item| figures(item, found)),
        Value::Null | Value::Bool(_) => {}
    }
}

/// The numbers in a text, thousands separators read away.
fn tokens(text: &str) -> Vec<f64> {
    let parts = text.split(|c: char| !(c.is_ascii_digit() || ".,".contains(c)));
    parts.filter_map(|part| part.trim_matches(['.', ',']).replace(',', "").parse().ok()).collect()
}

#[test]
fn every_figure_of_the_text_is_in_the_json() {
    let report = report(inputs());
    let mut text = text(&report);
    // Times are shown as dates: each must be one of the report's.
    let times = [report.from, report.to].into_iter();
    let times = times.chain(report.trades.iter().flat_map(|trade| [Some(trade.entry_ts), trade.exit_ts]).flatten());
    let times = times.chain(report.signals.entries.iter().map(|entry| entry.ts));
    times.for_each(|ts| text = text.replace(&format::minute(ts), ""));
    let mut known = Vec::new();
    figures(&serde_json::to_value(&report).unwrap(), &mut known);
    let shown = tokens(&text);
    assert!(shown.len() > 40, "{shown:?}");
    for figure in shown {
        let found = known.iter().any(|known| (known.abs() - figure).abs() <= 0.005 + 1e-9);
        assert!(found, "{figure} is not in the JSON");
    }
}

mod page;
