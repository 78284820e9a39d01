use alloy::primitives::{Address, Bytes};

use super::*;
use crate::{
    domain::{Asset, Outcome, PoolKind, PoolSpec, Reason, Settlement, Side},
    units::{FeePips, SqrtPriceX96, Timestamp},
};

fn order(number: u64) -> Order {
    let mut order = Order {
        id: OrderId(B256::ZERO),
        asset: Asset::new("ETH"),
        side: Side::Sell,
        reason: Reason::StopLoss,
        pool: PoolSpec { kind: PoolKind::V3, address: Address::ZERO, fee: FeePips(500), tick_spacing: 10 },
        token_in: Address::ZERO,
        token_out: Address::repeat_byte(1),
        amount_in: number.into(),
        amount_out_quoted: 1u64.into(),
        fee_quoted: 1u64.into(),
        amount_out_min: 1u64.into(),
        sqrt_price_x96: SqrtPriceX96(alloy::primitives::U256::from(1)),
        decided_at: Timestamp(0),
        deadline: Timestamp(120),
        gas_expected: 1,
        gas_price_expected: 1u64.into(),
        gas_quote_expected: 1u64.into(),
        bracket: None,
    };
    order.id = order.content_id();
    order
}

fn records(order: &Order) -> [Record; 4] {
    let signed = SignedTransaction { hash: B256::repeat_byte(1), nonce: 3, raw: Bytes::from_static(b"raw") };
    let settlement = Settlement {
        order: order.id,
        ts: Timestamp(9),
        outcome: Outcome::Reverted,
        gas_used: 1,
        gas_cost: 1u64.into(),
        block: None,
        tx: None,
    };
    [
        Record::Intent(order.clone()),
        Record::Signed { order: order.id, transactions: vec![signed] },
        Record::Broadcast { order: order.id, hashes: vec![B256::repeat_byte(1)] },
        Record::Settled(settlement),
    ]
}

#[test]
fn a_journal_cut_anywhere_tells_how_far_each_order_got() {
    let (a, b) = (order(1), order(2));
    let mut all = records(&a).to_vec();
    all.extend(records(&b));
    let stage = |cut: usize| {
        let open = open_orders(&all[..cut]).unwrap();
        open.iter().map(|o| (o.order.id, o.signed.len(), o.broadcast.len())).collect::<Vec<_>>()
    };
    assert_eq!(stage(0), []);
    assert_eq!(stage(1), [(a.id, 0, 0)]);
    assert_eq!(stage(2), [(a.id, 1, 0)]);
    assert_eq!(stage(3), [(a.id, 1, 1)]);
    assert_eq!(stage(4), []);
    assert_eq!(stage(7), [(b.id, 1, 1)]);
    assert_eq!(stage(8), []);
}

#[test]
fn an_order_is_intended_once_and_settled_once() {
    let order = order(1);
    let all = records(&order);
    let twice = [all[0].clone(), all[3].clone(), all[0].clone()];
    assert_eq!(open_orders(&twice), Err(ReplayError::Twice { index: 2, order: order.id }));
    let settled_twice = [all[0].clone(), all[3].clone(), all[3].clone()];
    assert_eq!(open_orders(&settled_twice), Err(ReplayError::Unknown { index: 2, order: order.id }));
    assert_eq!(open_orders(&all[1..2]), Err(ReplayError::Unknown { index: 0, order: order.id }));
}

#[test]
fn the_same_content_has_the_same_id() {
    assert_eq!(order(1).id, order(1).id);
    assert_ne!(order(1).id, order(2).id);
}
