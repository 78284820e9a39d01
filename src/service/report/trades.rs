//! Fills paired into trades.

use std::collections::BTreeMap;

use alloy::primitives::U256;

use super::{AssetUnit, SignedAmount, Trade, Unit};
use crate::{
    domain::{Asset, Fill, Side},
    units::{Timestamp, TokenAmount},
};

/// A position that is open.
struct Position {
    entry_ts: Timestamp,
    base: TokenAmount,
    paid: TokenAmount,
    gas: TokenAmount,
}

/// The trades of fills in time order, by entry. A sale of a part closes that part, at its share
/// of what the whole cost. The notes name sales of what was never bought.
pub(super) fn pair(fills: &[Fill], quote: &Unit, assets: &[AssetUnit]) -> (Vec<Trade>, Vec<String>) {
    let mut open: BTreeMap<Asset, Position> = BTreeMap::new();
    let mut trades = Vec::new();
    let mut notes = Vec::new();
    let decimals = |asset: &Asset| assets.iter().find(|unit| unit.asset == *asset).map_or(18, |unit| unit.decimals);
    let price = |asset: &Asset, quote_amount: TokenAmount, base: TokenAmount| {
        quote_amount.to_f64(quote.decimals) / base.to_f64(decimals(asset))
    };
    let opened = |asset: &Asset, position: &Position| Trade {
        asset: asset.clone(),
        entry_ts: position.entry_ts,
        exit_ts: None,
        reason: None,
        base: position.base,
        paid: position.paid,
        received: None,
        gas: position.gas,
        entry_price: price(asset, position.paid, position.base),
        exit_price: None,
        profit: None,
        profit_fraction: None,
    };

    for fill in fills {
        let zero =
            || Position { entry_ts: fill.ts, base: TokenAmount::ZERO, paid: TokenAmount::ZERO, gas: TokenAmount::ZERO };
        if fill.side == Side::Buy {
            let position = open.entry(fill.asset.clone()).or_insert_with(zero);
            position.base = add(position.base, fill.amount_out);
            position.paid = add(position.paid, fill.amount_in);
            position.gas = add(position.gas, fill.gas_quote);
            continue;
        }
        let Some(mut position) = open.remove(&fill.asset) else {
            notes.push(format!("{}: a sale at {} of what this run did not buy: in no trade", fill.asset, fill.ts));
            continue;
        };
        let part = if fill.amount_in < position.base {
            let share = |amount: TokenAmount| amount.mul_div(fill.amount_in.0, position.base.0).unwrap_or(amount);
            let part =
                Position { base: fill.amount_in, paid: share(position.paid), gas: share(position.gas), ..position };
            position.base = position.base.saturating_sub(part.base);
            position.paid = position.paid.saturating_sub(part.paid);
            position.gas = position.gas.saturating_sub(part.gas);
            open.insert(fill.asset.clone(), position);
            part
        } else {
            if fill.amount_in > position.base {
                notes.push(format!("{}: the sale at {} sold more than this run bought", fill.asset, fill.ts));
            }
            position
        };
        let mut trade = opened(&fill.asset, &part);
        trade.gas = add(part.gas, fill.gas_quote);
        trade.exit_ts = Some(fill.ts);
        trade.reason = Some(fill.reason);
        trade.received = Some(fill.amount_out);
        trade.exit_price = Some(price(&fill.asset, fill.amount_out, fill.amount_in));
        let profit = SignedAmount::difference(fill.amount_out, add(part.paid, trade.gas));
        trade.profit = Some(profit);
        let paid = part.paid.to_f64(quote.decimals);
        trade.profit_fraction = (paid > 0.0).then(|| profit.to_f64(quote.decimals) / paid);
        trades.push(trade);
    }
    trades.extend(open.iter().map(|(asset, position)| opened(asset, position)));
    trades.sort_by_key(|trade| trade.entry_ts);
    (trades, notes)
}

/// For each of `at`, in order, whether any position was open once its fills were in.
pub(super) fn held(fills: &[Fill], at: impl Iterator<Item = Timestamp>) -> Vec<bool> {
    let mut balances: BTreeMap<&Asset, TokenAmount> = BTreeMap::new();
    let mut next = fills.iter().peekable();
    at.map(|ts| {
        while let Some(fill) = next.next_if(|fill| fill.ts <= ts) {
            let balance = balances.entry(&fill.asset).or_default();
            *balance = match fill.side {
                Side::Buy => add(*balance, fill.amount_out),
                Side::Sell => balance.saturating_sub(fill.amount_in),
            };
        }
        balances.values().any(|balance| !balance.is_zero())
    })
    .collect()
}

/// A sum that cannot overflow for any supply of tokens; held at the top all the same.
pub(super) fn add(a: TokenAmount, b: TokenAmount) -> TokenAmount {
    a.checked_add(b).unwrap_or(TokenAmount(U256::MAX))
}
