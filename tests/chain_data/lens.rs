//! Many pools in one request, and the average prices that they keep.

use alloy::{
    eips::BlockId,
    primitives::{Address, Bytes, U160, U256, address},
    sol,
    sol_types::SolCall,
};
use shoal::{
    domain::PoolKind,
    io::{
        advice::{Advice, Advised},
        anvil::control::Impersonated,
        chain::{Chain, PoolReading, TwapError},
        replica::{DRIVER, artifacts},
    },
    service::snapshot,
    units::{SqrtPriceX96, Tick, TokenAmount, Wei},
};

use super::host::{Host, addresses, markets};
use crate::support::proxy::Proxy;

sol! {
    interface IFactories {
        function createPool(address tokenA, address tokenB, uint24 fee) external returns (address pool);
        function createPair(address tokenA, address tokenB) external returns (address pair);
        function initialize(uint160 sqrtPriceX96) external;
        function increaseObservationCardinalityNext(uint16 observationCardinalityNext) external;
        function getPool(address tokenA, address tokenB, uint24 fee) external view returns (address pool);
        function getPair(address tokenA, address tokenB) external view returns (address pair);
    }
}

fn send(to: Address, call: &impl SolCall) -> Impersonated {
    Impersonated { from: DRIVER, to: Some(to), input: call.abi_encode().into(), value: Wei::ZERO, gas_limit: 8_000_000 }
}

async fn ask<C: SolCall>(chain: &Chain, to: Address, call: &C) -> C::Return {
    let data = Bytes::from(call.abi_encode());
    let answer = chain.call(DRIVER, to, data, Wei::ZERO, BlockId::latest(), Default::default()).await.unwrap();
    C::abi_decode_returns(&answer).unwrap()
}

/// A token's address that nothing stands at; factories do not look.
fn token(index: u8) -> Address {
    Address::left_padding_from(&[0x70, index])
}

/// Fifty new V3 pools, each at a price of its own, and fifty new pairs.
async fn hundred(host: &mut Host) -> Vec<Address> {
    host.control.set_block_gas_limit(2_000_000_000).await.unwrap();
    let (v3, v2) = (artifacts::V3_FACTORY, artifacts::V2_FACTORY);
    for index in 0..50 {
        let (one, other) = (token(index), token(index + 1));
        let fee = 3_000u16.try_into().unwrap();
        host.control.send(&send(v3, &IFactories::createPoolCall { tokenA: one, tokenB: other, fee })).await.unwrap();
        host.control.send(&send(v2, &IFactories::createPairCall { tokenA: one, tokenB: other })).await.unwrap();
    }
    host.mine_after(12).await;
    let mut pools = Vec::new();
    for index in 0..50 {
        let (one, other) = (token(index), token(index + 1));
        let fee = 3_000u16.try_into().unwrap();
        let pool = ask(&host.chain, v3, &IFactories::getPoolCall { tokenA: one, tokenB: other, fee }).await;
        let root = U160::from(1_000 + u64::from(index)) << 90;
        host.control.send(&send(pool, &IFactories::initializeCall { sqrtPriceX96: root })).await.unwrap();
        pools.push(pool);
        pools.push(ask(&host.chain, v2, &IFactories::getPairCall { tokenA: one, tokenB: other }).await);
    }
    host.mine_after(12).await;
    pools
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_pools_in_one_request() {
    let mut host = Host::start().await;
    let created = hundred(&mut host).await;
    // The replica's own pools hold liquidity; three addresses are no pools.
    let planned = markets();
    let mut asked = addresses(&planned);
    let bad = [Address::ZERO, DRIVER, artifacts::SWAP_ROUTER_02];
    asked.extend(bad);
    asked.extend(&created[..100 - planned.len()]);
    let proxy = Proxy::start(&host.anvil.endpoint).await;
    let chain = Chain::connect(&proxy.url("http"), Chain::DEFAULT_TIMEOUT, None).await.unwrap();
    assert_eq!(chain.chain_id().await.unwrap(), 1);
    let head = host.chain.head().await.unwrap();
    for ticks_around in [None, Some(0)] {
        let before = proxy.requests();
        let begin = tokio::time::Instant::now();
        let readings = chain.pool_readings(&asked, ticks_around, BlockId::number(head.0)).await.unwrap();
        let took = begin.elapsed();
        assert_eq!(proxy.requests() - before, 1, "one request");
        assert_eq!((readings.block, readings.pools.len()), (head, 103));
        println!("103 addresses, ticks around: {ticks_around:?}: {:.1} ms", took.as_secs_f64() * 1e3);
        let (own, rest) = readings.pools.split_at(planned.len());
        let (none, new) = rest.split_at(bad.len());
        assert!(none.iter().all(Option::is_none), "{none:?}");
        for (market, reading) in planned.iter().zip(own) {
            let pool = market.pool.address;
            match (market.pool.kind, reading.as_ref().unwrap()) {
                (PoolKind::V2, PoolReading::V2 { reserve0, reserve1 }) => {
                    let truth = host.chain.pool_state_v2(pool, BlockId::latest()).await.unwrap();
                    assert_eq!((*reserve0, *reserve1), truth);
                }
                (PoolKind::V3, PoolReading::V3 { state, tick_spacing, known }) => {
                    let range = known.map_or(Tick::MIN..=Tick::MIN, |(low, high)| low..=high);
                    let truth = host.chain.pool_state_v3(&market.pool, range, BlockId::latest()).await.unwrap();
                    assert_eq!((state, *tick_spacing), (&truth, market.pool.tick_spacing));
                    assert_eq!(ticks_around.is_some(), !state.ticks.is_empty());
                }
                other => panic!("{other:?}"),
            }
        }
        for (index, reading) in new.iter().enumerate() {
            match reading.as_ref().unwrap() {
                PoolReading::V3 { state, .. } => {
                    let root = SqrtPriceX96(U256::from(1_000 + index as u64 / 2) << 90);
                    assert_eq!((state.sqrt_price_x96, index % 2), (root, 0));
                }
                PoolReading::V2 { reserve0, .. } => assert_eq!((*reserve0, index % 2), (TokenAmount::ZERO, 1)),
                other @ PoolReading::Malformed(_) => panic!("{other:?}"),
            }
        }
    }
    // As pools to quote with: where the ticks near the price suffice, quotes are those of all ticks.
    let near = snapshot::pools_near(&chain, &planned, 1, BlockId::number(head.0)).await.unwrap();
    let whole = snapshot::pools_at(&host.chain, &planned, head).await.unwrap();
    for (near, whole) in near.iter().zip(&whole) {
        let near = near.as_ref().unwrap().as_ref().unwrap();
        for down in [true, false] {
            let amount = TokenAmount::from(1_000_000_000u64);
            assert_eq!(near.quote_exact_in(down, amount), whole.quote_exact_in(down, amount));
        }
    }
    host.anvil.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn average_prices_are_those_of_the_moves() {
    let pool = address!("0x88e6A0c2dDD26FEEb64F039a2c41296FcB3f5640");
    let mut host = Host::start().await;
    let market = markets().into_iter().find(|market| market.pool.address == pool).unwrap();
    let grow = IFactories::increaseObservationCardinalityNextCall { observationCardinalityNext: 50 };
    host.control.send(&send(pool, &grow)).await.unwrap();
    host.mine_after(12).await;
    // The tick that each time began with, by the pool's own slot0.
    let mut ticks = Vec::new();
    for round in 0..6 {
        let head = host.swaps(std::slice::from_ref(&market), round).await;
        let at = BlockId::number(head.0);
        ticks.push(host.chain.pool_state_v3(&market.pool, Tick::MIN..=Tick::MIN, at).await.unwrap().tick.get());
    }
    let head = host.mine_after(60).await;
    // At the head Anvil calls by the clock, below it by the block's time.
    host.mine_after(12).await;
    let at = BlockId::number(head.0);
    let twap = async |seconds| host.chain.twap(pool, seconds, at).await;
    let last = ticks[5];
    assert_eq!(twap(60).await.unwrap().tick.get(), last);
    let mean = |sum: i32, seconds: i32| sum.div_euclid(seconds);
    assert_eq!(twap(66).await.unwrap().tick.get(), mean(60 * last + 6 * ticks[4], 66));
    let all: i32 = ticks[..5].iter().map(|tick| 12 * tick).sum();
    let whole = twap(120).await.unwrap();
    assert_eq!(whole.tick.get(), mean(60 * last + all, 120));
    assert_eq!(whole.sqrt_price_x96, shoal::amm::tick_math::sqrt_ratio_at_tick(whole.tick));
    let old = twap(1_000_000_000).await.unwrap_err();
    assert!(matches!(old, TwapError::Old { seconds: 1_000_000_000, .. }), "{old}");
    assert_eq!(old.advice(), Advice::Drop);
    assert!(matches!(twap(0).await, Err(TwapError::NoTime)));
    host.anvil.stop().await;
}
