use alloy::primitives::{Address, B256, Bytes};

use super::*;
use crate::{
    domain::{Candle, CandleSeries, KnownCandle, Observation, Timeframe},
    io::chain::{RawLog, TimedLog},
    units::BlockNumber,
};

const POOL: Address = Address::repeat_byte(7);
const OTHER: Address = Address::repeat_byte(8);

fn log(pool: Address, block: u64, log_index: u64, fork: u8) -> TimedLog {
    let log = RawLog {
        address: pool,
        topics: (0..log_index as u8 % 5).map(B256::repeat_byte).collect(),
        data: Bytes::from(vec![fork; block as usize % 70]),
        block_number: BlockNumber(block),
        block_hash: Some(B256::repeat_byte(fork)),
        transaction_hash: B256::repeat_byte(9),
        log_index,
    };
    TimedLog { log, timestamp: Timestamp(12 * block) }
}

fn range(pools: &[Address], first: u64, last: u64) -> ScannedRange {
    ScannedRange { pools: pools.to_vec(), blocks: BlockNumber(first)..=BlockNumber(last) }
}

fn every() -> std::ops::RangeInclusive<BlockNumber> {
    BlockNumber(0)..=BlockNumber(u64::MAX)
}

async fn known(store: &mut DataStore, pool: Address) -> Vec<(u64, u64)> {
    let ranges = store.scanned(1, pool).await.unwrap();
    ranges.iter().map(|range| (range.start().0, range.end().0)).collect()
}

on_both! {
    async fn scans_join_to_ranges_and_logs_read_back(fixture) {
        let mut store = fixture.open().await;
        let logs = [log(POOL, 10, 3, 1), log(POOL, 10, 4, 1), log(OTHER, 11, 0, 1), log(POOL, 12, 1, 1)];
        let shuffled = [logs[3].clone(), logs[1].clone(), logs[2].clone(), logs[0].clone()];
        let both = range(&[POOL, OTHER], 10, 19);
        assert_eq!(store.put_logs(1, &shuffled, &both, Some(("eth", "20"))).await.unwrap(), written(4, 0, 0));
        assert_eq!(store.put_logs(1, &logs, &both, None).await.unwrap(), written(0, 4, 0));
        assert_eq!(store.logs(1, POOL, every()).await.unwrap(), [logs[0].clone(), logs[1].clone(), logs[3].clone()]);
        assert_eq!(store.logs(1, POOL, BlockNumber(11)..=BlockNumber(12)).await.unwrap(), logs[3..]);
        assert_eq!(store.logs(2, POOL, every()).await.unwrap(), []);
        assert_eq!(store.cursor("eth").await.unwrap().as_deref(), Some("20"));

        store.put_logs(1, &[], &range(&[POOL], 30, 39), None).await.unwrap();
        assert_eq!(known(&mut store, POOL).await, [(10, 19), (30, 39)]);
        store.put_logs(1, &[log(POOL, 25, 0, 1)], &range(&[POOL], 20, 29), None).await.unwrap();
        assert_eq!(known(&mut store, POOL).await, [(10, 39)]);
        assert_eq!(known(&mut store, OTHER).await, [(10, 19)]);
    }

    async fn a_log_may_come_without_the_hash_of_its_block(fixture) {
        let mut store = fixture.open().await;
        let blocks = range(&[POOL], 10, 19);
        let told = log(POOL, 10, 3, 1);
        let mut untold = told.clone();
        untold.log.block_hash = None;
        assert_eq!(store.put_logs(1, &[untold.clone()], &blocks, None).await.unwrap(), written(1, 0, 0));
        assert_eq!(store.put_logs(1, &[told], &blocks, None).await.unwrap(), written(0, 1, 0));
        assert_eq!(store.logs(1, POOL, every()).await.unwrap(), [untold]);
        let mut other = log(POOL, 10, 3, 2);
        other.log.block_hash = None;
        let error = store.put_logs(1, &[other], &blocks, None).await.unwrap_err();
        assert!(matches!(error.fault, Fault::Contradicted { block: BlockNumber(10), .. }), "{error}");
        // A block without a hash is of no use to compare with.
        assert_eq!(store.last_block_hash(1, POOL, BlockNumber(u64::MAX)).await.unwrap(), None);
    }

    async fn a_known_block_is_settled_until_it_is_undone(fixture) {
        let mut store = fixture.open().await;
        let logs = [log(POOL, 10, 3, 1), log(POOL, 12, 1, 1), log(POOL, 14, 1, 1)];
        store.put_logs(1, &logs, &range(&[POOL], 10, 14), None).await.unwrap();
        let other = [
            // Another block in its place; one log fewer; one more.
            vec![log(POOL, 12, 1, 2), log(POOL, 14, 1, 1)],
            vec![log(POOL, 14, 1, 1)],
            vec![log(POOL, 12, 1, 1), log(POOL, 13, 0, 1), log(POOL, 14, 1, 1)],
        ];
        for logs in other {
            let error = store.put_logs(1, &logs, &range(&[POOL], 12, 20), Some(("eth", "21"))).await.unwrap_err();
            assert!(matches!(error.fault, Fault::Contradicted { .. }) && error.to_string().contains("`shoal data fetch dex --undo-from 1"), "{error}");
        }
        assert_eq!((known(&mut store, POOL).await, store.cursor("eth").await.unwrap()), (vec![(10, 14)], None));

        // Another pool's blocks stay; of what was made, what is named goes, with every revision.
        store.put_logs(1, &[log(OTHER, 12, 0, 1)], &range(&[OTHER], 10, 14), None).await.unwrap();
        let value = |ts, known_at| Observation { ts: Timestamp(ts), known_at: Timestamp(known_at), value: known_at as f64 };
        for name in ["made", "other"] {
            store.put_observations(name, &[value(1, 9), value(2, 9), value(2, 10)], None).await.unwrap();
        }
        let bar = |ts: u64| {
            let candle = Candle { ts: Timestamp(ts), open: 1.0, high: 1.0, low: 1.0, close: 1.0, volume: 1.0 };
            KnownCandle { candle, known_at: Timestamp(ts + 60) }
        };
        let series = CandleSeries { venue: "weth".to_owned(), symbol: "A".to_owned(), timeframe: Timeframe::M1 };
        store.put_candles(&series, &[bar(0), bar(60), bar(120)], None).await.unwrap();
        let made = MadeSince {
            candles: vec![(series.clone(), Timestamp(60))],
            numbers: vec![("made".to_owned(), Timestamp(2)), ("never".to_owned(), Timestamp(0))],
            positions: vec!["ticks".to_owned(), "never".to_owned()],
        };
        store.put_cursor("ticks", "as of 14").await.unwrap();
        let block = |number, fork| Some((BlockNumber(number), B256::repeat_byte(fork)));
        let end = BlockNumber(u64::MAX);
        assert_eq!(store.last_block_hash(1, POOL, end).await.unwrap(), block(14, 1));
        let undone = store.undo_logs(1, POOL, BlockNumber(12), &made, Some(("eth", "12"))).await.unwrap();
        assert_eq!(undone, Undone { logs: 2, values: 4 });
        assert_eq!(known(&mut store, POOL).await, [(10, 11)]);
        assert_eq!(known(&mut store, OTHER).await, [(10, 14)]);
        assert_eq!(store.last_block_hash(1, POOL, end).await.unwrap(), block(10, 1));
        assert_eq!(store.last_block_hash(1, POOL, BlockNumber(10)).await.unwrap(), None);
        assert_eq!(store.first_log_time(1, POOL, BlockNumber(0)).await.unwrap(), Some(Timestamp(120)));
        assert_eq!(store.first_log_time(1, POOL, BlockNumber(11)).await.unwrap(), None);
        let always = Timestamp(0)..Timestamp(u64::MAX);
        assert_eq!(store.candle_revisions(&series, always.clone()).await.unwrap(), [bar(0)]);
        assert_eq!(store.observation_revisions("made", always.clone()).await.unwrap(), [value(1, 9)]);
        assert_eq!(store.observation_revisions("other", always).await.unwrap().len(), 3);
        assert_eq!(store.cursor("eth").await.unwrap().as_deref(), Some("12"));
        assert_eq!(store.cursor("ticks").await.unwrap(), None);
        let again = store.put_logs(1, &[log(POOL, 12, 1, 2)], &range(&[POOL], 12, 20), None).await.unwrap();
        assert_eq!((again, known(&mut store, POOL).await), (written(1, 0, 0), vec![(10, 20)]));
        store.undo_logs(1, POOL, BlockNumber(5), &MadeSince::default(), None).await.unwrap();
        assert_eq!((known(&mut store, POOL).await, store.logs(1, POOL, every()).await.unwrap()), (vec![], vec![]));
    }

    async fn logs_outside_of_the_range_are_refused(fixture) {
        let mut store = fixture.open().await;
        for (logs, range) in [
            (log(POOL, 9, 0, 1), range(&[POOL], 10, 14)),
            (log(POOL, 15, 0, 1), range(&[POOL], 10, 14)),
            (log(OTHER, 10, 0, 1), range(&[POOL], 10, 14)),
            (log(POOL, 10, 0, 1), range(&[POOL], 10, 9)),
        ] {
            assert!(store.put_logs(1, &[logs], &range, None).await.is_err());
        }
        assert_eq!(known(&mut store, POOL).await, []);
    }
}
