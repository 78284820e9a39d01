//! From what a run left behind to its report.

use super::{
    Costs, Inputs, RunReport, SignedAmount, Summary, Trade, metrics,
    trades::{add, held, pair},
};
use crate::{domain::Fill, units::TokenAmount};

/// Computes every figure. Fills and points are brought into time order first.
pub fn report(mut inputs: Inputs) -> RunReport {
    inputs.fills.sort_by_key(|fill| fill.ts);
    inputs.equity.sort_by_key(|point| point.ts);
    let (trades, notes) = pair(&inputs.fills, &inputs.quote, &inputs.assets);
    inputs.notes.extend(notes);
    let costs = costs(&inputs);
    RunReport {
        banner: inputs.source.banner(),
        summary: summary(&inputs, &trades),
        costs,
        hours: inputs.equity.len(),
        title: inputs.title,
        source: inputs.source,
        from: inputs.from,
        to: inputs.to,
        quote: inputs.quote,
        assets: inputs.assets,
        forecast: inputs.forecast,
        signals: inputs.signals,
        training: inputs.training,
        notes: inputs.notes,
        timing: inputs.timing,
        trades,
        fills: inputs.fills,
        equity: inputs.equity,
        prices: inputs.prices,
    }
}

fn summary(inputs: &Inputs, trades: &[Trade]) -> Summary {
    let number = |amount: TokenAmount| amount.to_f64(inputs.quote.decimals);
    let capital = inputs.capital;
    let (final_equity, final_hold) =
        inputs.equity.last().map_or((capital, capital), |last| (last.equity_quote, last.hold_quote));
    // The capital before the first hour is a point of both curves.
    let curve = |values: Vec<TokenAmount>| std::iter::once(capital).chain(values).map(number).collect::<Vec<f64>>();
    let equity = curve(inputs.equity.iter().map(|point| point.equity_quote).collect());
    let hold = curve(inputs.equity.iter().map(|point| point.hold_quote).collect());
    let profits: Vec<f64> =
        trades.iter().filter_map(|trade| trade.profit).map(|profit| profit.to_f64(inputs.quote.decimals)).collect();
    Summary {
        capital,
        final_equity,
        final_hold,
        profit: SignedAmount::difference(final_equity, capital),
        hold_profit: SignedAmount::difference(final_hold, capital),
        total_return: metrics::total_return(number(capital), number(final_equity)),
        hold_return: metrics::total_return(number(capital), number(final_hold)),
        max_drawdown: metrics::max_drawdown(&equity),
        hold_max_drawdown: metrics::max_drawdown(&hold),
        sharpe: metrics::sharpe(&equity),
        hold_sharpe: metrics::sharpe(&hold),
        exposure: metrics::exposure(&held(&inputs.fills, inputs.equity.iter().map(|point| point.ts))),
        fills: inputs.fills.len(),
        closed_trades: profits.len(),
        open_trades: trades.len() - profits.len(),
        wins: profits.iter().filter(|profit| **profit > 0.0).count(),
        win_rate: metrics::win_rate(&profits),
        profit_factor: metrics::profit_factor(&profits),
    }
}

fn costs(inputs: &Inputs) -> Costs {
    let sum = |of: fn(&Fill) -> TokenAmount| inputs.fills.iter().map(of).fold(TokenAmount::ZERO, add);
    let pool_fee = sum(|fill| fill.fee_quote);
    let price_impact = sum(|fill| fill.impact_quote);
    let gas = sum(|fill| fill.gas_quote);
    let failed_gas = inputs.failed.gas_quote;
    let total = [pool_fee, price_impact, gas, failed_gas].into_iter().fold(TokenAmount::ZERO, add);
    let capital = inputs.capital.to_f64(inputs.quote.decimals);
    let of_capital = (capital > 0.0).then(|| total.to_f64(inputs.quote.decimals) / capital);
    Costs { pool_fee, price_impact, gas, failed_gas, failed_orders: inputs.failed.orders, total, of_capital }
}
