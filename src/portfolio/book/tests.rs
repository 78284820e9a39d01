use alloy::primitives::{Address, B256, U256};

use super::*;
use crate::{
    domain::{OrderId, PoolKind, PoolSpec, Reason},
    units::{SqrtPriceX96, Timestamp},
};

/// Base is token1, one base unit is worth four quote units (root price one half).
fn order(side: Side, amount_in: u64, quoted: u64) -> Order {
    let (quote, base) = (Address::ZERO, Address::repeat_byte(1));
    let (token_in, token_out) = if side == Side::Buy { (quote, base) } else { (base, quote) };
    let bracket = Bracket { stop: 1u64.into(), target: 9u64.into(), expires: Timestamp(9) };
    Order {
        id: OrderId(B256::repeat_byte(7)),
        asset: Asset::new("ETH"),
        side,
        reason: Reason::Signal,
        pool: PoolSpec { kind: PoolKind::V3, address: Address::ZERO, fee: FeePips(3_000), tick_spacing: 60 },
        token_in,
        token_out,
        amount_in: amount_in.into(),
        amount_out_quoted: quoted.into(),
        fee_quoted: 13u64.into(),
        amount_out_min: 1u64.into(),
        sqrt_price_x96: SqrtPriceX96(U256::from(1u64) << 95),
        decided_at: Timestamp(0),
        deadline: Timestamp(120),
        gas_expected: 100,
        gas_price_expected: 2u64.into(),
        gas_quote_expected: 50u64.into(),
        bracket: (side == Side::Buy).then_some(bracket),
    }
}

fn settlement(order: &Order, outcome: Outcome, gas_cost: u64) -> Settlement {
    let (block, tx) = (None, None);
    Settlement { order: order.id, ts: Timestamp(5), outcome, gas_used: 110, gas_cost: gas_cost.into(), block, tx }
}

fn swapped(amount_in: u64, amount_out: u64) -> Outcome {
    Outcome::Swapped { amount_in: amount_in.into(), amount_out: amount_out.into() }
}

#[test]
fn a_buy_and_a_sell_to_the_unit() {
    let mut book = Book::new(10_000u64.into(), 1_000u64.into());
    let buy = order(Side::Buy, 4_000, 980);
    let fill = book.settle(&buy, &settlement(&buy, swapped(4_000, 980), 240)).unwrap().unwrap();
    assert_eq!((book.quote, book.ether), (6_000u64.into(), 760u64.into()));
    assert_eq!(book.positions[&buy.asset].amount, 980u64.into());
    // Quoted exactly: the quote's own fee. 4000 - 13 paid, 980 * 4 got.
    assert_eq!((fill.fee, fill.fee_quote, fill.impact_quote), (13u64.into(), 13u64.into(), 67u64.into()));
    // 200 wei were expected for 50 quote units, 240 were spent.
    assert_eq!((fill.gas_quote, book.gas_quote, book.gas_quote_expected), (60u64.into(), 60u64.into(), 50u64.into()));
    assert_eq!(book.ether_expected, 800u64.into());

    let sell = order(Side::Sell, 980, 3_900);
    let fill = book.settle(&sell, &settlement(&sell, swapped(980, 3_890), 0)).unwrap().unwrap();
    assert_eq!(book.quote, 9_890u64.into());
    assert!(book.positions.is_empty());
    // Not as quoted: 980 * 0.3% = 2.94, rounded up; 977 * 4 sold for 3,890.
    assert_eq!((fill.fee, fill.fee_quote, fill.impact_quote), (3u64.into(), 12u64.into(), 18u64.into()));
}

#[test]
fn a_revert_costs_gas_alone() {
    let mut book = Book::new(10_000u64.into(), 1_000u64.into());
    let buy = order(Side::Buy, 4_000, 980);
    assert_eq!(book.settle(&buy, &settlement(&buy, Outcome::Reverted, 100)), Ok(None));
    assert_eq!((book.quote, book.ether), (10_000u64.into(), 900u64.into()));
    assert!(book.positions.is_empty());
}

#[test]
fn a_settlement_that_does_not_fit_changes_nothing() {
    let mut book = Book::new(10u64.into(), 1_000u64.into());
    let before = book.clone();
    let buy = order(Side::Buy, 4_000, 980);
    let error = book.settle(&buy, &settlement(&buy, swapped(4_000, 980), 1)).unwrap_err();
    assert!(matches!(error, BookError::Overspent { .. }), "{error}");
    let sell = order(Side::Sell, 5, 20);
    assert!(book.settle(&sell, &settlement(&sell, swapped(5, 20), 1)).is_err());
    assert_eq!(book, before);
}

#[test]
fn a_partial_sell_keeps_the_rest_of_the_position() {
    let mut book = Book::new(10_000u64.into(), 1_000u64.into());
    let buy = order(Side::Buy, 4_000, 980);
    book.settle(&buy, &settlement(&buy, swapped(4_000, 980), 0)).unwrap();
    let sell = order(Side::Sell, 980, 3_900);
    book.settle(&sell, &settlement(&sell, swapped(900, 3_590), 0)).unwrap();
    assert_eq!(book.positions[&sell.asset].amount, 80u64.into());
    assert_eq!(book.positions[&sell.asset].bracket, buy.bracket.unwrap());
}

#[test]
fn what_expired_changes_nothing_and_gas_beyond_the_tank_is_no_error() {
    let mut book = Book::new(10_000u64.into(), 1_000u64.into());
    let before = book.clone();
    let buy = order(Side::Buy, 4_000, 980);
    assert_eq!(book.settle(&buy, &settlement(&buy, Outcome::Expired, 0)), Ok(None));
    assert_eq!(book, before);
    assert_eq!(book.settle(&buy, &settlement(&buy, Outcome::Reverted, 1_001)), Ok(None));
    assert_eq!(book.ether, Wei::ZERO);
}
