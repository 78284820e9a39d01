use super::*;
use crate::{
    backtest::testing::{BASE_FEE, START, eth, eth_pool, price},
    domain::{Bracket, OrderId, Reason, Side},
    market::path,
    units::amount::mul_div,
};

fn venue() -> SimulatedVenue {
    SimulatedVenue::new([(eth(), eth_pool())], BASE_FEE)
}

fn buy(venue: &SimulatedVenue, amount_in: u64) -> Order {
    let tracker = &venue.pools[0];
    let quote = tracker.quote(Side::Buy, amount_in.into()).unwrap();
    let market = eth();
    Order {
        id: OrderId(B256::ZERO),
        asset: market.asset,
        side: Side::Buy,
        reason: Reason::Signal,
        pool: market.pool,
        token_in: market.quote.address,
        token_out: market.base.address,
        amount_in: amount_in.into(),
        amount_out_quoted: quote.amount_out,
        fee_quoted: quote.fee,
        amount_out_min: quote.amount_out,
        sqrt_price_x96: tracker.sqrt_price_x96(),
        decided_at: START,
        deadline: START.plus(120),
        gas_expected: 100,
        gas_price_expected: BASE_FEE,
        gas_quote_expected: 1u64.into(),
        bracket: Some(Bracket { stop: 1u64.into(), target: 2u64.into(), expires: START }),
    }
}

#[test]
fn a_move_lands_on_each_target_and_tells_so() {
    let mut venue = venue();
    let targets: Vec<_> = ["2000", "1950.55", "2100", "2100"]
        .into_iter()
        .map(|text| path::target(&eth(), price(text)).unwrap())
        .collect();
    let step = Move { pool: eth().pool.address, targets: targets.clone() };
    let mined = venue.mine(START, &[step]).unwrap();
    let seen: Vec<_> = mined
        .block
        .events
        .iter()
        .map(|event| match event.kind {
            PoolEventKind::V3Swap { sqrt_price_x96, .. } => sqrt_price_x96,
            _ => panic!("only swaps"),
        })
        .collect();
    // The pool stands at the first already, and the last repeats: neither is a swap.
    assert_eq!(seen, targets[1..3]);
    assert_eq!(venue.pools[0].sqrt_price_x96(), targets[2]);
}

#[test]
fn an_order_gets_what_was_quoted() {
    let mut venue = venue();
    let order = buy(&venue, 3_000_000_000);
    venue.queue.push(order.clone());
    let mined = venue.mine(START.plus(12), &[]).unwrap();
    let expected = Outcome::Swapped { amount_in: order.amount_in, amount_out: order.amount_out_quoted };
    assert_eq!(mined.settlements[0].outcome, expected);
    assert_eq!(
        mined.settlements[0].gas_cost.0,
        mul_div(BASE_FEE.0, 100u64.try_into().unwrap(), 1u64.try_into().unwrap()).unwrap()
    );
    assert_eq!(mined.block.events.len(), 1);
}

#[test]
fn late_or_short_orders_revert_and_leave_the_pool_alone() {
    let mut venue = venue();
    let before = venue.pools().unwrap();
    let order = buy(&venue, 3_000_000_000);
    let greedy = Order { amount_out_min: order.amount_out_quoted.checked_add(1u64.into()).unwrap(), ..order.clone() };
    for (order, ts) in [(order, START.plus(121)), (greedy, START)] {
        venue.queue.push(order);
        let mined = venue.mine(ts, &[]).unwrap();
        assert_eq!(mined.settlements[0].outcome, Outcome::Reverted);
        assert!(mined.block.events.is_empty());
        assert_eq!(venue.pools().unwrap(), before);
    }
}
