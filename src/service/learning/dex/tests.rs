//! A few made-up logs of the pool that the shipped configuration trades ETH in.

use std::{fmt::Write as _, fs};

use alloy::primitives::{U256, hex, keccak256};
use tempfile::TempDir;

use super::*;
use crate::{
    amm::{Pool, V3Pool, tick_math::sqrt_ratio_at_tick},
    domain::Reading,
    features::inputs::INPUTS,
    market::{PoolTracker, chain_state::DEPTH_BPS},
    pipeline::{forecaster::Subject, frames::frames},
    service::learning::load::{Loaded, load},
    units::Tick,
};

const HOUR: u64 = 3_600;
/// On the grid of hours.
const T0: u64 = 1_704_412_800;
const HEADER: &str = "block_number,block_timestamp,transaction_hash,transaction_index,log_index,topics,data\n";
/// One WETH is about 2,000 USDC at this tick.
const TICK: i32 = 200_311;

fn sources() -> Sources {
    Sources::load(None, &Environment::default()).unwrap()
}

/// A log of a swap that buys one WETH, so many seconds after `T0`, and leaves this liquidity.
fn swap(block: u64, at: u64, liquidity: u64) -> String {
    let amounts = [U256::from(2_000_000_000_u64), U256::ZERO.wrapping_sub(U256::from(10).pow(U256::from(18)))];
    let root = U256::from(sqrt_ratio_at_tick(Tick::new(TICK).unwrap()).0);
    let words = [amounts[0], amounts[1], root, U256::from(liquidity), U256::from(TICK as u64)];
    let data = words.iter().flat_map(U256::to_be_bytes::<32>).collect::<Vec<u8>>();
    let signature = keccak256("Swap(address,address,int256,int256,uint160,uint128,int24)");
    let (user, hash) = ("00".repeat(32), "ab".repeat(32));
    let topics = format!("['{signature}', '0x{user}', '0x{user}']");
    format!("{block},{},0x{hash},3,0,\"{topics}\",0x{}\n", T0 + at, hex::encode(data))
}

/// Six hourly candles at two venues, and files of logs of the pool of ETH by their names.
fn folder(logs: &[(&str, &[String])]) -> TempDir {
    let dir = TempDir::new().unwrap();
    let candles = (0..6).fold("ts,open,high,low,close,volume\n".to_owned(), |mut text, hour| {
        writeln!(text, "{},1990,1990,1990,1990,5", T0 + hour * HOUR).unwrap();
        text
    });
    for venue in ["binance_perp", "binance_spot"] {
        let venue = dir.path().join("candles").join(venue);
        fs::create_dir_all(&venue).unwrap();
        fs::write(venue.join("ETHUSDT_1h.csv"), &candles).unwrap();
    }
    let (_, market) = traded_pool(&Asset::new("ETH"), &sources()).unwrap().unwrap();
    fs::create_dir_all(dir.path().join("dex")).unwrap();
    for (name, rows) in logs {
        let name = format!("dex/{name}_{:?}.raw_logs.csv", market.pool.address);
        fs::write(dir.path().join(name), format!("{HEADER}{}", rows.concat())).unwrap();
    }
    dir
}

fn read(dir: &TempDir, asset: &str) -> Result<Loaded, String> {
    let subject = Subject { venue: "binance_perp".into(), asset: Asset::new(asset), timeframe: Timeframe::H1 };
    load(&Folder::open(dir.path()).unwrap(), &subject, &sources()).map_err(|error| error.to_string())
}

/// What the frames read of an input, one after another.
fn column(loaded: &Loaded, name: &str) -> Vec<Reading> {
    let input = INPUTS.iter().position(|input| input.name == name).unwrap();
    frames(&loaded.history).unwrap().iter().map(|frame| frame.readings[input]).collect()
}

fn logs() -> [String; 5] {
    [
        swap(100, 10, 5),
        swap(110, HOUR + 5, 6),
        swap(111, HOUR + 9, 7),
        // Seven seconds after the second bar's end: the block that tells it.
        swap(120, 2 * HOUR + 7, 8),
        swap(130, 3 * HOUR, 9),
    ]
}

#[test]
fn a_bar_is_seen_by_the_first_frame_after_the_block_that_told_it() {
    let dir = folder(&[("eth", &logs())]);
    let loaded = read(&dir, "ETH").unwrap();
    let seen = |name| column(&loaded, name).iter().map(|it| (it.value, it.age_hours)).collect::<Vec<_>>();
    for (name, [second, third]) in [("dex_flow", [2.0, 1.0]), ("dex_swaps", [2.0, 1.0]), ("dex_liquidity", [7.0, 8.0])]
    {
        let seen = seen(name);
        // The first bar's beginning was not seen; the second is told after its end, and so not by
        // the frame of its end; the third by a block of the second that it ends in.
        assert!(seen[..2].iter().all(|(value, age)| value.is_nan() && age.is_nan()), "{name}: {seen:?}");
        let expected = [(third, 1.0), (third, 2.0), (third, 3.0), (third, 4.0)];
        assert_eq!(seen[2..], expected, "{name}");
        let input = INPUTS.iter().position(|input| input.name == name).unwrap();
        let told = &loaded.history.inputs[input][0].observations;
        let told: Vec<_> = told.iter().map(|it| (it.ts.0 - T0, it.known_at.0 - T0, it.value)).collect();
        assert_eq!(told, [(HOUR, 2 * HOUR + 7, second), (2 * HOUR, 3 * HOUR, third)], "{name}");
    }
    let spread = seen("dex_spread");
    let price = sqrt_ratio_at_tick(Tick::new(TICK).unwrap()).to_f64(18, 6, false);
    assert!(spread[1].0.is_nan());
    assert!((spread[2].0 - 1e4 * (price / 1_990.0).ln()).abs() < 1e-6 && spread[2].1 == 0.0, "{spread:?}");
    assert!(column(&loaded, "dex_depth").iter().all(|reading| reading.value.is_nan()));
    let names: Vec<_> = loaded.files.iter().map(|(name, _)| name.split("_0x").next().unwrap()).collect();
    assert_eq!(names, ["candles/binance_perp/ETHUSDT_1h.csv", "candles/binance_spot/ETHUSDT_1h.csv", "dex/eth"]);
}

/// A log of these topics after its signature's.
fn log(block: u64, at: u64, index: u64, signature: &str, indexed: &[U256], words: &[U256]) -> String {
    let word = |word: &U256| format!("'0x{}'", hex::encode(word.to_be_bytes::<32>()));
    let topics = std::iter::once(format!("'{}'", keccak256(signature))).chain(indexed.iter().map(word));
    let topics = topics.collect::<Vec<_>>().join(", ");
    let data = words.iter().flat_map(U256::to_be_bytes::<32>).collect::<Vec<u8>>();
    format!("{block},{},0x{},,{index},\"[{topics}]\",0x{}\n", T0 + at, "ab".repeat(32), hex::encode(data))
}

/// Of a pool whose logs begin with it every position is known, and so what it takes to move it.
#[test]
fn depth_is_told_where_the_logs_begin_with_the_pool() {
    const LIQUIDITY: u64 = 1 << 60;
    let tick = |tick| Tick::new(tick).unwrap();
    let (lower, upper) = (TICK / 10 * 10 - 500, TICK / 10 * 10 + 500);
    let (root, number, none) = (sqrt_ratio_at_tick(tick(TICK)), |tick: i32| U256::from(tick as u64), U256::ZERO);
    let begin = [
        log(90, 1, 0, "Initialize(uint160,int24)", &[], &[root.0, number(TICK)]),
        log(
            90,
            1,
            1,
            "Mint(address,address,int24,int24,uint128,uint256,uint256)",
            &[none, number(lower), number(upper)],
            &[none, U256::from(LIQUIDITY), U256::ONE, U256::ONE],
        ),
    ];
    let swaps = [(100, 10), (110, HOUR + 5), (120, 2 * HOUR + 7), (130, 3 * HOUR), (140, 4 * HOUR)]
        .map(|(block, at)| swap(block, at, LIQUIDITY));
    let (_, market) = traded_pool(&Asset::new("ETH"), &sources()).unwrap().unwrap();
    let mut pool = V3Pool::new(market.pool.fee, market.pool.tick_spacing, root).unwrap();
    pool.mint(tick(lower), tick(upper), u128::from(LIQUIDITY)).unwrap();
    let depth = PoolTracker::new(market, Pool::V3(pool)).depth(DEPTH_BPS).buy.unwrap().base.to_f64(18);
    assert!(depth > 0.0);
    let told = read(&folder(&[("eth", &[begin.as_slice(), &swaps].concat())]), "ETH").unwrap();
    let seen: Vec<_> = column(&told, "dex_depth").iter().map(|reading| reading.value).collect();
    assert!(seen[..2].iter().all(|value| value.is_nan()), "{seen:?}");
    assert_eq!(seen[2..], [depth; 4]);
    // With one log fewer at its beginning nothing is made up.
    for some in [begin[1..].to_vec(), begin[..1].to_vec(), Vec::new()] {
        let told = read(&folder(&[("eth", &[some.as_slice(), &swaps].concat())]), "ETH").unwrap();
        assert!(column(&told, "dex_depth").iter().all(|reading| reading.value.is_nan()));
        assert!(column(&told, "dex_liquidity")[2..].iter().all(|reading| reading.value.is_finite()));
    }
}

#[test]
fn files_that_meet_are_one_stretch_and_others_are_not() {
    let all = logs();
    let whole = read(&folder(&[("eth", &all)]), "ETH").unwrap().history;
    // Two files that share a block, the later one's name first.
    let (early, late) = (&all[..3], &all[2..]);
    assert_eq!(read(&folder(&[("b", early), ("a", late)]), "ETH").unwrap().history, whole);
    let apart = read(&folder(&[("a", &all[..2]), ("b", &all[3..])]), "ETH").unwrap();
    assert!(column(&apart, "dex_swaps").iter().all(|reading| reading.value.is_nan()), "no bar was seen whole");
    let error = read(&folder(&[("a", early), ("b", &[swap(111, HOUR + 9, 70), all[3].clone()])]), "ETH").unwrap_err();
    assert!(error.contains("dex/b_0x") && error.contains("of blocks 111 to 111"), "{error}");
}

#[test]
fn without_logs_of_the_asset_s_pool_all_is_missing() {
    let none = read(&folder(&[]), "ETH").unwrap();
    for input in INPUTS.iter().filter(|input| input.name.starts_with("dex_")) {
        assert!(column(&none, input.name).iter().all(|it| it.value.is_nan() && it.age_hours.is_nan()));
    }
    assert_eq!(traded_pool(&Asset::new("SOL"), &sources()).unwrap(), None);
    let mut other = sources();
    other.dex.chain_id = 137;
    assert_eq!(traded_pool(&Asset::new("ETH"), &other).unwrap(), None);
}
