//! The logs of 2024-01-05 as the node gave them, through the reader, the decoder and the market
//! state, beside two other people's decoding of the same day.

use std::{
    collections::BTreeMap,
    fs::File,
    path::{Path, PathBuf},
};

use alloy::primitives::{Address, B256, I256, U256, address, keccak256};
use flate2::read::GzDecoder;
use shoal::{
    amm::{Pool, V3Pool},
    domain::{Asset, Block, BlockHeader, Market, PoolEvent, PoolEventKind, PoolKind, PoolSpec, Timeframe, Token},
    io::data::{LogRow, raw_logs},
    market::{ChainState, decode},
    units::{BlockNumber, FeePips, SqrtPriceX96, Tick, Timestamp, Wei},
};

use crate::support::data::data;

pub(super) const USDC_WETH: (&str, Address) =
    ("univ3_usdc_weth_005_0x88e6", address!("0x88e6A0c2dDD26FEEb64F039a2c41296FcB3f5640"));
const OSQTH_WETH: (&str, Address) =
    ("univ3_osqth_weth_030_0x82c4", address!("0x82c427AdFDf2d245Ec51D8046b41c4ee87F0d29C"));

pub(super) fn file(folder: &Path, begins: &str, ends: &str) -> PathBuf {
    let entries = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let named = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.starts_with(begins) && name.ends_with(ends)
    };
    entries.filter(named).min().unwrap_or_else(|| panic!("no {begins}*{ends}"))
}

type Row = BTreeMap<String, String>;

fn table(file: &Path) -> Vec<Row> {
    let mut reader = csv::Reader::from_reader(GzDecoder::new(File::open(file).unwrap()));
    reader.deserialize().map(|row| row.unwrap()).collect()
}

pub(super) fn decoded(pool: Address, row: &LogRow) -> Option<PoolEvent> {
    decode(pool, &row.topics, &row.data, row.log_index).unwrap()
}

/// A column of whole numbers, some of which the file writes as floats, and zero at times as
/// nothing.
fn whole<T: std::str::FromStr>(row: &Row, column: &str) -> T {
    let text = row[column].split('.').next().unwrap();
    let text = if text.is_empty() { "0" } else { text };
    text.parse().ok().unwrap_or_else(|| panic!("{column}: {text}"))
}

fn every_field_equals((name, pool): (&str, Address)) -> Option<[usize; 4]> {
    let folder = data("dex")?;
    let rows = raw_logs(&file(&folder, name, ".raw_logs.csv.gz")).unwrap();
    let expected = table(&file(&folder, name, ".events.csv.gz"));
    assert_eq!(rows.len(), expected.len());
    let tick = |row: &Row, column| Tick::new(whole(row, column)).unwrap();
    let mut counts = [0; 4];
    for (row, expected) in rows.iter().zip(&expected) {
        assert_eq!((row.block.0, row.log_index), (whole(expected, "block_number"), whole(expected, "log_index")));
        assert_eq!(row.transaction_index, Some(whole::<u64>(expected, "tx_index")));
        assert_eq!(row.transaction_hash.to_string(), expected["transaction_hash"]);
        let time: jiff::civil::DateTime = expected["block_timestamp"].parse().unwrap();
        let time = time.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp().as_second();
        assert_eq!(row.timestamp, Timestamp(time as u64));
        let event = decoded(pool, row);
        let kind = event.as_ref().map(|event| event.kind.clone());
        let (index, wanted) = match expected["tx_type"].as_str() {
            "SWAP" => (
                0,
                Some(PoolEventKind::V3Swap {
                    amount0: whole::<I256>(expected, "amount0"),
                    amount1: whole::<I256>(expected, "amount1"),
                    sqrt_price_x96: SqrtPriceX96(whole(expected, "sqrtPriceX96")),
                    liquidity: whole(expected, "total_liquidity"),
                    tick: tick(expected, "current_tick"),
                }),
            ),
            which @ ("MINT" | "BURN") => {
                let (tick_lower, tick_upper) = (tick(expected, "tick_lower"), tick(expected, "tick_upper"));
                let liquidity = whole(expected, "liquidity");
                let (amount0, amount1) = (whole::<U256>(expected, "amount0"), whole::<U256>(expected, "amount1"));
                if which == "MINT" {
                    (1, Some(PoolEventKind::V3Mint { tick_lower, tick_upper, liquidity, amount0, amount1 }))
                } else {
                    (2, Some(PoolEventKind::V3Burn { tick_lower, tick_upper, liquidity, amount0, amount1 }))
                }
            }
            _ => (3, None),
        };
        counts[index] += 1;
        assert_eq!(kind, wanted, "log {} of block {}", row.log_index, row.block);
    }
    println!("{name}: {counts:?} swaps, mints, burns and others equal");
    Some(counts)
}

#[test]
fn every_decoded_field_of_usdc_weth_equals_the_recorded_event() {
    let Some(counts) = every_field_equals(USDC_WETH) else { return };
    assert_eq!(counts, [6_046, 54, 69, 65]);
}

#[test]
fn every_decoded_field_of_osqth_weth_equals_the_recorded_event() {
    let Some(counts) = every_field_equals(OSQTH_WETH) else { return };
    assert_eq!(counts, [41, 1, 1, 1]);
}

/// The position manager's `IncreaseLiquidity`, `DecreaseLiquidity` and `Collect`: the last has
/// the name, but not the topic, of a pool's event.
#[test]
fn the_position_managers_logs_are_passed_over() {
    let Some(folder) = data("dex") else { return };
    let rows = raw_logs(&file(&folder, "univ3_nft_position_manager", ".raw_logs.csv.gz")).unwrap();
    assert_eq!(rows.len(), 3_853);
    assert!(rows.iter().all(|row| decoded(Address::ZERO, row).is_none()));
}

pub(super) fn usdc_weth() -> Market {
    let token = |symbol: &str, address, decimals| Token { symbol: symbol.to_owned(), address, decimals };
    Market {
        asset: Asset::new("ETH"),
        base: token("WETH", address!("0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"), 18),
        quote: token("USDC", address!("0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"), 6),
        pool: PoolSpec { kind: PoolKind::V3, address: USDC_WETH.1, fee: FeePips(500), tick_spacing: 10 },
    }
}

/// The blocks that hold logs of the pool, each the child of the one before.
fn blocks(rows: &[LogRow]) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for row in rows {
        if blocks.last().is_none_or(|block| block.header.number != row.block) {
            let parent_hash = blocks.last().map_or(B256::ZERO, |block| block.header.hash);
            let hash = keccak256(row.block.0.to_be_bytes());
            let BlockNumber(_) = row.block;
            let header = BlockHeader {
                number: row.block,
                hash,
                parent_hash,
                timestamp: row.timestamp,
                base_fee_per_gas: Wei::ZERO,
            };
            blocks.push(Block { header, events: Vec::new() });
        }
        blocks.last_mut().unwrap().events.extend(decoded(USDC_WETH.1, row));
    }
    blocks
}

/// The whole day through the market state: each minute's signed flow, price and liquidity are
/// those that another decoder counted, and undoing the last blocks and playing them again, or
/// never having seen them, ends alike.
#[test]
fn a_day_of_bars_equals_the_recorded_minutes() {
    let Some(folder) = data("dex") else { return };
    let rows = raw_logs(&file(&folder, USDC_WETH.0, ".raw_logs.csv.gz")).unwrap();
    let blocks = blocks(&rows);
    // The state that the first swap left; of the ticks, only the one in force counts as known.
    let Some(PoolEventKind::V3Swap { sqrt_price_x96, liquidity, tick, .. }) =
        blocks[0].events.first().map(|event| event.kind.clone())
    else {
        panic!()
    };
    let pool = V3Pool::from_state(FeePips(500), 10, sqrt_price_x96, tick, liquidity, [], Some((tick, tick))).unwrap();
    let midnight = BlockHeader {
        number: BlockNumber(blocks[0].header.number.0 - 1),
        hash: B256::ZERO,
        timestamp: Timestamp(1_704_412_800),
        ..blocks[0].header
    };
    let begin = || ChainState::new(midnight, [(usdc_weth(), Pool::V3(pool.clone()))], &Timeframe::ALL, 64);
    let mut state = begin();
    let mut closed = Vec::new();
    for block in &blocks {
        closed.extend(state.apply(block).unwrap().closed);
    }
    let minutes: Vec<_> = closed.iter().filter(|bar| bar.timeframe == Timeframe::M1).collect();
    let recorded = table(&file(&folder, "univ3_usdc_weth_005_2024-01-05", ".minute.csv.gz"));
    // The last minutes are closed by no block of the day.
    assert!(minutes.len() > 1_400, "{}", minutes.len());
    let mut checked = 0;
    for (minute, row) in minutes.iter().zip(&recorded) {
        let at = &row["timestamp"];
        let net: f64 = row["netAmount1"].parse::<f64>().unwrap() / 1e18;
        assert!((minute.bar.net_flow() + net).abs() < 1e-9 * (1.0 + minute.bar.candle.volume), "{at}: {minute:?}");
        if minute.bar.swaps > 0 {
            let tick: i32 = whole(row, "closeTick");
            let price = 1e12 / 1.0001f64.powi(tick);
            assert!((minute.bar.candle.close / price - 1.0).abs() < 1.1e-4, "{at}: {minute:?}");
            checked += 1;
        }
    }
    println!("{} minutes, {checked} with swaps", minutes.len());
    // Every timeframe adds up to the same day.
    let volume = |timeframe| -> f64 {
        let closed: f64 = closed.iter().filter(|b| b.timeframe == timeframe).map(|b| b.bar.candle.volume).sum();
        let forming = state.pools()[0].bars().iter().find(|b| b.timeframe() == timeframe).unwrap();
        closed + forming.forming().candle.volume
    };
    for timeframe in Timeframe::ALL {
        assert!((volume(timeframe) / volume(Timeframe::M1) - 1.0).abs() < 1e-9, "{timeframe}");
    }
    assert_eq!(state.pools()[0].flow().swaps, 6_046);

    // A branch of other blocks in place of the last fifty, and back again.
    let expected = state.clone();
    let (kept, last) = blocks.split_at(blocks.len() - 50);
    let parent = kept.last().unwrap().header;
    let other =
        BlockHeader { number: last[0].header.number, hash: B256::repeat_byte(7), parent_hash: parent.hash, ..parent };
    assert_eq!(state.apply(&Block { header: other, events: Vec::new() }).unwrap().undone.len(), 50);
    assert_eq!(state.apply(&last[0]).unwrap().undone.len(), 1);
    for block in &last[1..] {
        state.apply(block).unwrap();
    }
    assert_eq!(state.pools(), expected.pools());
}
