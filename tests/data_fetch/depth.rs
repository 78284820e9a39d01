//! Depth of bars, from the logs of a real pool, beside what the pool itself says.

use alloy::{
    eips::BlockId,
    primitives::{Address, U256, aliases::I24},
    sol,
    sol_types::SolCall,
};
use shoal::{
    amm::tick_math::sqrt_ratio_at_tick,
    config::{self, Environment},
    domain::Timeframe,
    io::{
        anvil::control::Impersonated,
        replica::{DRIVER, MOVER, artifacts, mover},
    },
    units::{SqrtPriceX96, Tick, Timestamp, Wei},
};

use crate::{
    bench::Bench,
    host::Host,
    states::{createPoolCall, getPoolCall, with_pools},
};

sol! {
    function initialize(uint160 sqrtPriceX96) external;
    function mint(address pool, int24 tickLower, int24 tickUpper, uint128 liquidity) external;
    function burn(int24 tickLower, int24 tickUpper, uint128 amount) external;
}

/// One WETH is about 2,000 USDC at this tick.
const TICK: i32 = 200_311;
const LIQUIDITY: u128 = 1 << 58;

async fn send(host: &mut Host, from: Address, to: Address, input: Vec<u8>) {
    let sent = Impersonated { from, to: Some(to), input: input.into(), value: Wei::ZERO, gas_limit: 8_000_000 };
    host.control.send(&sent).await.unwrap();
    host.mine_after(12).await;
}

async fn deposit(host: &mut Host, pool: Address, (lower, upper): (i32, i32), liquidity: u128) {
    let (tick_lower, tick_upper) = (I24::try_from(lower).unwrap(), I24::try_from(upper).unwrap());
    let mint = mintCall { pool, tickLower: tick_lower, tickUpper: tick_upper, liquidity };
    send(host, DRIVER, MOVER, mint.abi_encode()).await;
}

async fn withdraw(host: &mut Host, pool: Address, (lower, upper): (i32, i32), amount: u128) {
    let (tick_lower, tick_upper) = (I24::try_from(lower).unwrap(), I24::try_from(upper).unwrap());
    let burn = burnCall { tickLower: tick_lower, tickUpper: tick_upper, amount };
    send(host, MOVER, pool, burn.abi_encode()).await;
}

async fn move_to(host: &mut Host, pool: Address, tick: i32) {
    let root = SqrtPriceX96(sqrt_ratio_at_tick(Tick::new(tick).unwrap()).0 + U256::from(12_345));
    host.control.send(&mover::moves([(pool, root)]).unwrap()).await.unwrap();
    host.mine_after(12).await;
}

/// So that all before counts.
async fn bury(host: &mut Host) {
    for _ in 0..64 {
        host.mine_after(12).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_bar_s_depth_is_what_the_pool_says() {
    let mut host = Host::start().await;
    host.control.set_ether(MOVER, Wei::from(10u128.pow(24))).await.unwrap();
    host.mine_after(12).await;
    let begin = host.chain.head_header().await.unwrap().timestamp;
    let shipped = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("config/fork.toml");
    let shipped = config::load(&shipped, &Environment::default()).unwrap();
    let [usdc, weth] = {
        let pool = &shipped.pools["usdc-weth-005"];
        [pool.token0.address, pool.token1.address]
    };
    // A pool of which every log is there.
    let fee = 10_000u16.try_into().unwrap();
    send(&mut host, DRIVER, artifacts::V3_FACTORY, createPoolCall { tokenA: usdc, tokenB: weth, fee }.abi_encode())
        .await;
    let find = getPoolCall { tokenA: usdc, tokenB: weth, fee }.abi_encode().into();
    let at = BlockId::latest();
    let found = host.chain.call(DRIVER, artifacts::V3_FACTORY, find, Wei::ZERO, at, Default::default()).await.unwrap();
    let pool = Address::from_slice(&found[12..32]);
    let root = sqrt_ratio_at_tick(Tick::new(TICK).unwrap()).0;
    send(&mut host, DRIVER, pool, initializeCall { sqrtPriceX96: root.to() }.abi_encode()).await;
    let around = |below: i32, above: i32| (TICK / 200 * 200 - below * 200, TICK / 200 * 200 + above * 200);
    deposit(&mut host, pool, around(50, 50), LIQUIDITY).await;

    let mut bench = Bench::new();
    bench.key("SHOAL_RPC_URL", &host.anvil.endpoint);
    let fresh = format!(
        "\n[pools.fresh]\nkind = \"v3\"\naddress = \"{pool}\"\ntoken0 = \"USDC\"\ntoken1 = \"WETH\"\n\
         fee_pips = 10000\ntick_spacing = 200\n"
    );
    let file = with_pools(&bench, &fresh);
    let text = std::fs::read_to_string(&file).unwrap().replace("pool = \"usdc-weth-005\"", "pool = \"fresh\"");
    std::fs::write(&file, text).unwrap();
    let from = begin.0.to_string();
    let args = ["fetch", "dex", "--asset", "ETH", "--config", &file, "--from", &from, "--json"];
    let bars = async |what: &str| bench.numbers(&format!("pool:fresh:{what}:1h")).await;

    for round in 0..5 {
        // Positions come, overlap and go, and the price crosses their ends.
        move_to(&mut host, pool, TICK + 170 * (round - 2)).await;
        deposit(&mut host, pool, around(1, 1), LIQUIDITY * 3).await;
        deposit(&mut host, pool, around(0, 2 + round), LIQUIDITY / 7).await;
        move_to(&mut host, pool, TICK - 150 * (round - 2)).await;
        withdraw(&mut host, pool, around(1, 1), LIQUIDITY * 2).await;
        host.mine_after(3_600).await;
    }
    bury(&mut host).await;
    // The head, read while every log of the last hours was a while ago.
    let read = bench.run(&args).await.ended(0);
    assert_eq!(read.job("bars 1/fresh 1h")["notes"].to_string(), "[]");
    let mut head = Vec::new();
    for side in ["depth_buy", "depth_sell"] {
        let values = bench.numbers(&format!("pool:fresh:{side}")).await;
        head.push(values.last().unwrap().value);
    }
    let before = bars("depth_buy").await;
    assert!(before.windows(2).any(|pair| pair[0].value != pair[1].value), "{before:?}");

    // A log hours later tells the bars up to it, of which the last one ended with that same pool.
    host.mine_after(2 * 3_600).await;
    let last = host.chain.head_header().await.unwrap().timestamp;
    move_to(&mut host, pool, TICK).await;
    bury(&mut host).await;
    bench.run(&args).await.ended(0);
    for (side, head) in ["depth_buy", "depth_sell"].into_iter().zip(head) {
        let told = bars(side).await;
        let newest = told.last().unwrap();
        assert!(head > 0.0 && newest.value == head, "{side}: {head} and {newest:?}");
        assert!(Timeframe::H1.close(newest.ts) <= last.plus(12) && newest.ts > before.last().unwrap().ts);
        // Beside each bar, but for the first, which nobody saw whole.
        let swaps: Vec<Timestamp> = bars("swaps").await.iter().map(|row| row.ts).collect();
        assert_eq!(told.iter().map(|row| row.ts).collect::<Vec<_>>(), swaps);
    }
    host.anvil.stop().await;
}
