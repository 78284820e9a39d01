//! What decoding costs: a real day of a V3 pool's logs (`SHOAL_TEST_DATA`, or `../shared/data`
//! beside the project), or without it as many made-up swaps. One iteration decodes the whole day.

#[path = "../tests/support/data.rs"]
mod data;

use std::hint::black_box;

use alloy::primitives::{Address, B256, Bytes, b256};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use data::data;
use shoal::{io::data::raw_logs, market::decode};

const SWAP: B256 = b256!("0xc42079f94a6350d7e6235f29174924f928cc2ac818eb64fed8004e115fbcca67");

type Logs = Vec<(Vec<B256>, Bytes)>;

fn real() -> Option<Logs> {
    let name = "dex/univ3_usdc_weth_005_0x88e6a0c2ddd26feeb64f039a2c41296fcb3f5640_2024-01-05.raw_logs.csv.gz";
    let file = data(name)?;
    let rows = raw_logs(&file).expect("a data folder without faults");
    Some(rows.into_iter().map(|row| (row.topics, row.data)).collect())
}

fn made_up() -> Logs {
    let mut data = vec![0; 5 * 32];
    data[31] = 1;
    vec![(vec![SWAP, B256::ZERO, B256::ZERO], data.into()); 6_000]
}

fn decoding(c: &mut Criterion) {
    let (name, logs) = real().map_or(("decode/made_up_swaps", made_up()), |logs| ("decode/real_v3_day", logs));
    let mut group = c.benchmark_group(name);
    group.throughput(Throughput::Elements(logs.len() as u64));
    group.bench_function("logs", |b| {
        b.iter(|| {
            for (index, (topics, data)) in logs.iter().enumerate() {
                black_box(decode(Address::ZERO, black_box(topics), black_box(data), index as u64).unwrap());
            }
        });
    });
    group.finish();
}

criterion_group!(benches, decoding);
criterion_main!(benches);
