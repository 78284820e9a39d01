use alloy::primitives::{Address, B256};

use super::*;
use crate::{
    domain::{Asset, Bracket, OrderId, PoolKind, PoolSpec, Reason},
    units::{FeePips, SqrtPriceX96, Timestamp},
};

fn params() -> Params {
    Params {
        kelly_fraction: 0.25,
        max_position: Bps(4_000),
        edge_over_cost: 1.0,
        stop_atr: 2.0,
        reward_to_risk: 2.0,
        max_drawdown: Bps(1_500),
        max_impact: Bps(50),
        min_order: TokenAmount::from(50u64),
    }
}

fn order(side: Side) -> Order {
    let bracket = Bracket { stop: 1u64.into(), target: 3u64.into(), expires: Timestamp(9) };
    Order {
        id: OrderId(B256::ZERO),
        asset: Asset::new("ETH"),
        side,
        reason: Reason::Signal,
        pool: PoolSpec { kind: PoolKind::V3, address: Address::ZERO, fee: FeePips(500), tick_spacing: 10 },
        token_in: Address::ZERO,
        token_out: Address::repeat_byte(1),
        amount_in: 100u64.into(),
        amount_out_quoted: 1_000u64.into(),
        fee_quoted: 1u64.into(),
        amount_out_min: 995u64.into(),
        sqrt_price_x96: SqrtPriceX96(alloy::primitives::U256::from(1u64) << 96),
        decided_at: Timestamp(0),
        deadline: Timestamp(120),
        gas_expected: 1,
        gas_price_expected: 1u64.into(),
        gas_quote_expected: 1u64.into(),
        bracket: Some(bracket),
    }
}

fn bounds() -> Bounds {
    Bounds {
        equity: 1_000u64.into(),
        available: 1_000u64.into(),
        impact: Bps(50),
        least_out: 995u64.into(),
        ether: 10u64.into(),
        gas_worst: 10u64.into(),
        halted: false,
    }
}

#[test]
fn an_order_within_every_bound_passes_unchanged() {
    for side in [Side::Buy, Side::Sell] {
        let approved = gate(&params(), order(side), &bounds()).unwrap();
        assert_eq!(approved.get(), &order(side));
    }
}

#[test]
fn each_bound_bites_on_its_own() {
    let check = |change: &dyn Fn(&mut Order, &mut Bounds), expected: Rejection| {
        let (mut order, mut bounds) = (order(Side::Buy), bounds());
        change(&mut order, &mut bounds);
        assert_eq!(gate(&params(), order, &bounds), Err(expected));
    };
    check(&|_, bounds| bounds.halted = true, Rejection::Halted);
    check(&|order, _| order.amount_in = 49u64.into(), Rejection::StakeTooSmall);
    check(&|order, _| order.bracket = None, Rejection::StakeTooSmall);
    check(&|_, bounds| bounds.impact = Bps(51), Rejection::ImpactAboveLimit { impact: Bps(51) });
    check(&|order, _| order.amount_in = 401u64.into(), Rejection::AboveMaxPosition);
    check(&|_, bounds| bounds.available = 99u64.into(), Rejection::NotCovered);
    check(&|order, _| order.amount_out_min = 994u64.into(), Rejection::Unguarded);
    check(&|_, bounds| bounds.ether = 9u64.into(), Rejection::GasTankEmpty);
}

#[test]
fn the_way_out_is_barred_by_no_limit_on_entries() {
    let mut sell = order(Side::Sell);
    sell.amount_in = 1u64.into();
    sell.bracket = None;
    let hard = Bounds { halted: true, impact: Bps(9_000), equity: TokenAmount::ZERO, ether: Wei::ZERO, ..bounds() };
    assert!(gate(&params(), sell.clone(), &hard).is_ok());
    sell.amount_in = TokenAmount::ZERO;
    assert_eq!(gate(&params(), sell.clone(), &hard), Err(Rejection::NotCovered));
    sell.amount_in = 1u64.into();
    sell.amount_out_min = TokenAmount::ZERO;
    assert_eq!(gate(&params(), sell, &Bounds { least_out: TokenAmount::ZERO, ..hard }), Err(Rejection::Unguarded));
}
