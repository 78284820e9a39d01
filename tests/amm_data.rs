//! The pool mathematics against what the chain recorded, and against a second implementation on
//! real tick tables. Needs the data folder (`SHOAL_TEST_DATA`, or `../shared/data` beside the
//! project) and skips without it.

#![allow(clippy::print_stdout, reason = "a test says what it skipped and what it counted")]

#[path = "support/data.rs"]
mod data;
mod peer;

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufReader, Read},
    path::{Path, PathBuf},
};

use alloy::primitives::{I256, U256};
use data::data;
use flate2::read::GzDecoder;
use peer::Peer;
use serde_json::Value;
use shoal::{
    amm::{AmmError, TickInfo, V2Pool, V3Pool, V3Swap},
    domain::Dex,
    units::{FeePips, SqrtPriceX96, Tick, TokenAmount},
};

fn tick(tick: i32) -> Tick {
    Tick::new(tick).unwrap()
}

fn int(text: &str) -> I256 {
    text.parse().unwrap()
}

/// The state that an event leaves.
#[derive(Clone, Copy)]
struct State {
    sqrt_price: SqrtPriceX96,
    tick: i32,
    liquidity: u128,
}

struct Event {
    kind: String,
    block: u64,
    amount0: String,
    amount1: String,
    after: State,
    range: Option<(i32, i32)>,
    liquidity: u128,
}

fn events(file: &Path) -> Vec<Event> {
    let mut reader = csv::Reader::from_reader(GzDecoder::new(File::open(file).unwrap()));
    let headers = reader.headers().unwrap().clone();
    let column = |name: &str| headers.iter().position(|header| header == name).unwrap();
    let [block, kind, amount0, amount1, total, price, at, lower, upper, liquidity] = [
        "block_number",
        "tx_type",
        "amount0",
        "amount1",
        "total_liquidity",
        "sqrtPriceX96",
        "current_tick",
        "tick_lower",
        "tick_upper",
        "liquidity",
    ]
    .map(column);
    // Ticks are written as floats: `199045.0`.
    let whole = |text: &str| text.split('.').next().and_then(|text| text.parse().ok());
    let read = |row: csv::StringRecord| Event {
        kind: row[kind].to_owned(),
        block: row[block].parse().unwrap(),
        amount0: row[amount0].to_owned(),
        amount1: row[amount1].to_owned(),
        after: State {
            sqrt_price: SqrtPriceX96(row[price].parse().unwrap()),
            tick: whole(&row[at]).unwrap(),
            liquidity: row[total].parse().unwrap(),
        },
        range: whole(&row[lower]).zip(whole(&row[upper])),
        liquidity: row[liquidity].parse().unwrap_or(0),
    };
    reader.records().map(|row| read(row.unwrap())).collect()
}

/// How the trader asked for what the event records, unknown to us: one of the three must give all
/// of price, tick, liquidity and both amounts.
fn reproduced(pool: &V3Pool, event: &Event) -> Option<&'static str> {
    let (amount0, amount1) = (int(&event.amount0), int(&event.amount1));
    let down = event.after.sqrt_price < pool.sqrt_price_x96();
    let (paid_in, paid_out) = if down { (amount0, amount1) } else { (amount1, amount0) };
    let same = |swap: V3Swap| {
        (swap.amount0, swap.amount1) == (amount0, amount1)
            && (swap.sqrt_price_x96, swap.tick) == (event.after.sqrt_price, tick(event.after.tick))
            && swap.liquidity == event.after.liquidity
    };
    let asked = [
        ("exact input", paid_in, None),
        ("exact output", paid_out, None),
        ("price limit", I256::MAX, Some(event.after.sqrt_price)),
    ];
    let gives = |specified, limit| pool.clone().swap(down, specified, limit).is_ok_and(same);
    asked.into_iter().find(|(_, specified, limit)| gives(*specified, *limit)).map(|(name, ..)| name)
}

/// A day of a pool, each swap from the state before it. Which ticks are initialised is not in the
/// record, so a swap is checked strictly where it stays within one tick spacing, and loosely (with
/// ticks inferred from the change of liquidity) where it crosses one multiple of the spacing, or
/// several without a change of liquidity; others are counted as unknown.
fn replay(name: &str, fee: u32, spacing: i32) -> Option<BTreeMap<String, usize>> {
    let folder = data("dex")?;
    let entry = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let named = |path: &PathBuf| {
        let file = path.file_name().unwrap().to_str().unwrap();
        file.starts_with(name) && file.ends_with(".events.csv.gz")
    };
    let file = entry.filter(named).min().expect("the events of a day");
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut failed = Vec::new();
    let mut before: Option<State> = None;
    for event in events(&file) {
        let mut count = |what: String| *counts.entry(what).or_default() += 1;
        match (event.kind.as_str(), before) {
            ("SWAP", Some(state)) => {
                let (from, to) = (state.tick.div_euclid(spacing), event.after.tick.div_euclid(spacing));
                let delta = event.after.liquidity as i128 - state.liquidity as i128;
                let (low, high) = (from.min(to), from.max(to));
                let mut ticks = Vec::new();
                let class = match high - low {
                    0 => "within one spacing",
                    1 if delta != 0 => {
                        let net = if to < from { -delta } else { delta };
                        let info = TickInfo { liquidity_gross: u128::MAX >> 1, liquidity_net: net };
                        ticks.push((tick(high * spacing), info));
                        "crossing one tick"
                    }
                    _ if delta == 0 => "crossing no tick",
                    _ => {
                        count("swaps unknown".to_owned());
                        before = Some(event.after);
                        continue;
                    }
                };
                let known = (tick(low * spacing), tick((high + 1) * spacing));
                let at = tick(state.tick);
                let fee = FeePips(fee);
                let pool = V3Pool::from_state(fee, spacing, state.sqrt_price, at, state.liquidity, ticks, Some(known));
                match pool.as_ref().ok().and_then(|pool| reproduced(pool, &event)) {
                    Some(how) => count(format!("swaps {class}, {how}")),
                    None => {
                        count(format!("swaps {class}, DIFFERENT"));
                        failed.push((class, event.block, pool.map(|_| ())));
                    }
                }
            }
            ("MINT" | "BURN", Some(state)) if event.liquidity > 0 => {
                let (lower, upper) = event.range.map(|(lower, upper)| (tick(lower), tick(upper))).unwrap();
                let (price, at) = (state.sqrt_price, tick(state.tick));
                // Only the current tick counts as read; a burn that ends there needs its liquidity.
                let info = TickInfo { liquidity_gross: event.liquidity, liquidity_net: 0 };
                let there = event.kind == "BURN" && (lower == at || upper == at);
                let (ticks, only) = (there.then_some((at, info)), Some((at, at)));
                let mut pool =
                    V3Pool::from_state(FeePips(fee), spacing, price, at, state.liquidity, ticks, only).unwrap();
                let amounts = match event.kind.as_str() {
                    "MINT" => pool.mint(lower, upper, event.liquidity),
                    _ => pool.burn(lower, upper, event.liquidity),
                };
                // The file leaves an amount of zero empty.
                let recorded = |text: &str| TokenAmount(text.parse().unwrap_or(U256::ZERO));
                assert_eq!(
                    amounts,
                    Ok((recorded(&event.amount0), recorded(&event.amount1))),
                    "{} in block {}",
                    event.kind,
                    event.block
                );
                // The log of a swap holds the liquidity; beside the other events the file infers it,
                // at times wrongly, so ours goes on and the next swap tells whether it is right.
                before = Some(State { liquidity: pool.liquidity(), ..state });
                count(event.kind.to_lowercase() + "s");
            }
            _ => {}
        }
        if event.kind == "SWAP" {
            before = Some(event.after);
        }
    }
    println!("{name}: {counts:#?}");
    assert!(failed.is_empty(), "{failed:?}");
    Some(counts)
}

fn total(counts: &BTreeMap<String, usize>, prefix: &str) -> usize {
    counts.iter().filter(|(name, _)| name.starts_with(prefix)).map(|(_, count)| count).sum()
}

#[test]
fn a_day_of_usdc_weth() {
    let Some(counts) = replay("univ3_usdc_weth_005_0x88e6", 500, 10) else { return };
    // 6,046 swaps, of which the first has no state before it.
    assert_eq!((total(&counts, "swaps"), total(&counts, "swaps unknown")), (6045, 83));
    assert_eq!(total(&counts, "swaps within one spacing"), 5372);
    assert_eq!((total(&counts, "mints"), total(&counts, "burns")), (54, 55));
}

#[test]
fn a_day_of_osqth_weth() {
    let Some(counts) = replay("univ3_osqth_weth_030_0x82c4", 3000, 60) else { return };
    assert_eq!((total(&counts, "swaps"), total(&counts, "swaps unknown")), (40, 19));
}

fn json(path: &Path) -> Value {
    let mut text = String::new();
    let file = BufReader::new(File::open(path).unwrap());
    let gzip = path.extension().is_some_and(|extension| extension == "gz");
    if gzip { GzDecoder::new(file).read_to_string(&mut text) } else { { file }.read_to_string(&mut text) }.unwrap();
    // Liquidity beyond 64 bits would become a float: read every long number as text.
    let mut quoted = String::with_capacity(text.len());
    let mut number = String::new();
    for c in text.chars().chain([' ']) {
        if c.is_ascii_digit() || (c == '-' && number.is_empty()) {
            number.push(c);
            continue;
        }
        let long = number.len() > 15 && !quoted.ends_with(|c: char| c == '"' || c.is_alphanumeric());
        quoted.push_str(&if long { format!("\"{number}\"") } else { std::mem::take(&mut number) });
        number.clear();
        quoted.push(c);
    }
    serde_json::from_str(&quoted).unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn number<T: std::str::FromStr>(value: &Value) -> T {
    text(value).parse().ok().unwrap()
}

/// Many magnitudes of input and output both ways, twenty in sequence, beside the second implementation.
fn beside_the_peer(start: &V3Pool, unit0: u128, unit1: u128) -> (usize, u32) {
    let (mut pool, mut peer) = (start.clone(), Peer::of(start));
    let (mut same, mut crossed) = (0, 0);
    for round in 1..=400u128 {
        if round % 20 == 0 {
            (pool, peer) = (start.clone(), Peer::of(start));
        }
        // A fixed, coprime walk over directions and sizes.
        let (down, exact_in) = (round * 7 % 5 < 2 || round % 9 == 0, round % 3 != 0);
        let unit = if down == exact_in { unit0 } else { unit1 };
        let size = I256::try_from(unit * (round * 7919 % 10_007) / 10u128.pow((round % 8) as u32) + 1).unwrap();
        let specified = if exact_in { size } else { -size };
        match pool.swap(down, specified, None) {
            Ok(swap) => {
                assert_eq!((swap.amount0, swap.amount1), peer.swap(down, specified), "round {round}");
                assert_eq!(
                    (swap.sqrt_price_x96.0, swap.tick.get(), swap.liquidity),
                    (peer.sqrt_price, peer.tick, peer.liquidity)
                );
                same += 1;
                crossed += swap.ticks_crossed;
                // A swap that emptied one side leaves no price to go on from.
                if swap.tick.get().abs() > 880_000 {
                    (pool, peer) = (start.clone(), Peer::of(start));
                }
            }
            Err(error) => assert!(error.to_string().contains("known ticks"), "{error}"),
        }
    }
    (same, crossed)
}

#[test]
fn whole_tick_tables_of_usdc_weth() {
    let Some(folder) = data("dex") else { return };
    for name in ["univ3_usdc_weth_030_pool_state_15488.json.gz", "univ3_usdc_weth_030_pool_state_4327.json.gz"] {
        let state = json(&folder.join(name));
        let info = |entry: &Value| TickInfo {
            liquidity_gross: number(&entry["liquidityGross"]),
            liquidity_net: number(&entry["liquidityNet"]),
        };
        let ticks = state["ticks"].as_array().unwrap().iter().map(|entry| (tick(number(&entry["tick"])), info(entry)));
        let price = SqrtPriceX96(number(&state["sqrtPriceX96"]));
        let (at, liquidity) = (tick(number(&state["tick"])), number(&state["liquidity"]));
        let pool = V3Pool::from_state(FeePips(3000), 60, price, at, liquidity, ticks, None).unwrap();
        let (same, crossed) = beside_the_peer(&pool, 5_000_000_000, 2_000_000_000_000_000_000);
        println!("{name}: {same} swaps equal to the peer, {crossed} ticks crossed");
        assert_eq!(same, 400);
        assert!(crossed > 100);
    }
}

#[test]
fn one_word_of_wbtc_weth() {
    let Some(folder) = data("dex") else { return };
    let state = json(&folder.join("degenbot/golden_uniswap__v3__wbtc_weth__17600000.json"));
    let info = |entry: &Value| TickInfo {
        liquidity_gross: number(&entry["liquidity_gross"]),
        liquidity_net: number(&entry["liquidity_net"]),
    };
    let ticks: Vec<_> = state["tick_data"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(at, entry)| (tick(at.parse().unwrap()), info(entry)))
        .collect();
    let price = SqrtPriceX96(number(&state["sqrt_price_x96"]));
    let (at, liquidity) = (tick(number(&state["tick"])), number(&state["liquidity"]));
    let word = 16 * 256 * 60;
    let known = Some((tick(word), tick(word + 255 * 60)));
    let pool = V3Pool::from_state(FeePips(3000), 60, price, at, liquidity, ticks, known).unwrap();
    // The bitmap read from the chain names the same ticks.
    let bitmap: U256 = number(&state["tick_bitmap"]["16"]["bitmap"]);
    let ours = pool.ticks().fold(U256::ZERO, |bits, (tick, _)| {
        bits | (U256::from(1) << usize::try_from((tick.get() - word) / 60).unwrap())
    });
    assert_eq!(ours, bitmap);
    let (same, crossed) = beside_the_peer(&pool, 10_000_000, 1_500_000_000_000_000_000);
    println!("wbtc_weth: {same} swaps equal to the peer, {crossed} ticks crossed");
    assert!(same > 300 && crossed > 20);
}

#[test]
fn reserves_of_wbtc_weth() {
    let Some(folder) = data("dex") else { return };
    let state = json(&folder.join("degenbot/golden_uniswap__v2__wbtc_weth__17600000.json"));
    let reserve = |name: &str| -> u128 { number(&state[name]) };
    let (reserve0, reserve1) = (reserve("reserves_token0"), reserve("reserves_token1"));
    let pool = V2Pool::new(reserve0.into(), reserve1.into(), FeePips(3000)).unwrap();
    for amount in [100u128, 100_000_000, 16_231_137_593] {
        let out = pool.quote_exact_in(true, amount.into()).unwrap().amount_out;
        let (taken, reserve0) = (U256::from(amount * 997), U256::from(reserve0 * 1000));
        assert_eq!(out.0, taken * U256::from(reserve1) / (reserve0 + taken));
    }
}

/// PancakeSwap's `getAmountOut` takes 9975/10000 of the input.
#[test]
fn reserves_of_a_pancake_pair() {
    let Some(folder) = data("dex") else { return };
    let state = json(&folder.join("degenbot/fixtures_chain_data__8453__pancakeswap_v2_weth_usdbc_block_46875151.json"));
    let reserve = |name: &str| -> u128 { number(&state[name]) };
    let (reserve0, reserve1) = (reserve("reserves_token0"), reserve("reserves_token1"));
    assert_eq!((number::<u128>(&state["fee_numer"]), number::<u128>(&state["fee_denom"])), (25, 10_000));
    let pool = V2Pool::new(reserve0.into(), reserve1.into(), Dex::Pancake.v2_fee()).unwrap();
    for (down, amounts) in
        [(true, [1u128 << 30, 12_282_455_599_528, 1 << 60]), (false, [100, 1_000_000, 22_045_620_000])]
    {
        let (reserve_in, reserve_out) = if down { (reserve0, reserve1) } else { (reserve1, reserve0) };
        for amount in amounts {
            let out = pool.quote_exact_in(down, amount.into()).map(|quote| quote.amount_out);
            let taken = U256::from(amount) * U256::from(9_975);
            let expected = taken * U256::from(reserve_out) / (U256::from(reserve_in) * U256::from(10_000) + taken);
            if expected.is_zero() {
                assert_eq!(out, Err(AmmError::ZeroOutput));
            } else {
                assert_eq!(out.unwrap().0, expected);
                // The pair's own check takes it, and not a unit more.
                let none = TokenAmount::ZERO;
                let swap = |out: U256| {
                    let (amount, out, mut pool) = (TokenAmount::from(amount), TokenAmount(out), pool);
                    if down {
                        pool.apply_swap(amount, none, none, out)
                    } else {
                        pool.apply_swap(none, amount, out, none)
                    }
                };
                assert_eq!(swap(expected), Ok(()));
                assert!(swap(expected + U256::from(1)).is_err());
            }
        }
    }
}
