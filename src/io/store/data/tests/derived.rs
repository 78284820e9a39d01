//! What came in since a derivation was made.

use alloy::primitives::Address;

use super::*;
use crate::{
    domain::{Candle, CandleSeries, KnownCandle, Observation, Post, Timeframe},
    io::{chain::RawLog, chain::TimedLog},
    units::BlockNumber,
};

const POOL: Address = Address::repeat_byte(7);

fn post(id: u64, known_at: u64) -> Post {
    let (source, text) = ("a".to_owned(), format!("text {id}"));
    let known_at = Timestamp(known_at);
    Post { source, id: id.to_string(), author: None, link: None, text, published: Timestamp(0), known_at }
}

fn log(block: u64) -> TimedLog {
    let log = RawLog {
        address: POOL,
        topics: Vec::new(),
        data: Default::default(),
        block_number: BlockNumber(block),
        block_hash: None,
        transaction_hash: Default::default(),
        log_index: 0,
    };
    TimedLog { log, timestamp: Timestamp(block) }
}

async fn changed(store: &mut DataStore, name: &str, topic: &str) -> (String, Option<(u64, u64)>) {
    let Derivation { position, changed, .. } = store.derivation(name, topic).await.unwrap();
    (position, changed)
}

/// Notes `position`, and that all of the changes up to now are taken in.
async fn made(store: &mut DataStore, name: &str, topic: &str, position: &str) {
    let seen = store.derivation(name, topic).await.unwrap().changes;
    store.put_derivation(name, position, seen).await.unwrap();
}

on_both! {
    async fn only_new_posts_are_noted_and_for_every_derivation(fixture) {
        let mut store = fixture.open().await;
        store.put_posts(&[post(1, 50)], None).await.unwrap();
        // Before the first call nothing is noted: all is to be made.
        assert_eq!(changed(&mut store, "a", POSTS).await, (String::new(), None));
        store.put_posts(&[post(1, 70), post(2, 60), post(3, 20)], None).await.unwrap();
        assert_eq!(changed(&mut store, "a", POSTS).await.1, Some((20, 60)), "post 1 is no news");
        assert_eq!(changed(&mut store, "b", POSTS).await.1, None);
        let seen = store.derivation("a", POSTS).await.unwrap().changes;
        store.put_posts(&[post(4, 90)], None).await.unwrap();
        assert_eq!(changed(&mut store, "b", POSTS).await.1, Some((90, 90)));
        // What came while `a` was made stays noted.
        store.put_derivation("a", "so far", seen).await.unwrap();
        assert_eq!(changed(&mut store, "a", POSTS).await, ("so far".to_owned(), Some((20, 90))));
        // Also where it lies between what was noted.
        let seen = store.derivation("a", POSTS).await.unwrap().changes;
        store.put_posts(&[post(6, 50)], None).await.unwrap();
        store.put_derivation("a", "so far", seen).await.unwrap();
        assert_eq!(changed(&mut store, "a", POSTS).await.1, Some((20, 90)));
        made(&mut store, "a", POSTS, "further").await;
        assert_eq!(changed(&mut store, "a", POSTS).await, ("further".to_owned(), None));
        assert_eq!(changed(&mut store, "b", POSTS).await.1, Some((50, 90)));
        // A refused page notes nothing.
        assert!(store.put_posts(&[post(5, 99), Post { text: "other".to_owned(), ..post(1, 50) }], None).await.is_err());
        assert_eq!(changed(&mut store, "a", POSTS).await.1, None);
    }

    async fn new_and_undone_blocks_are_noted_for_their_pool(fixture) {
        let mut store = fixture.open().await;
        let (pool, other) = (logs_topic(1, POOL), logs_topic(1, Address::repeat_byte(8)));
        let chain_2 = logs_topic(2, POOL);
        for (name, topic) in [("pool", &pool), ("other", &other), ("chain 2", &chain_2)] {
            changed(&mut store, name, topic).await;
        }
        let blocks = |first, last| ScannedRange { pools: vec![POOL], blocks: BlockNumber(first)..=BlockNumber(last) };
        store.put_logs(1, &[log(12)], &blocks(10, 20), None).await.unwrap();
        assert_eq!(changed(&mut store, "pool", &pool).await.1, Some((10, 20)));
        made(&mut store, "pool", &pool, "x").await;
        store.put_logs(1, &[log(12)], &blocks(11, 15), None).await.unwrap();
        assert_eq!(changed(&mut store, "pool", &pool).await.1, None, "known blocks are no news");
        assert_eq!(changed(&mut store, "other", &other).await.1, None);
        store.undo_logs(1, POOL, BlockNumber(12), &MadeSince::default(), None).await.unwrap();
        let gone = Some((11, i64::MAX.unsigned_abs()));
        assert_eq!(changed(&mut store, "pool", &pool).await.1, gone);
        assert_eq!(changed(&mut store, "other", &other).await.1, None);
        assert_eq!(changed(&mut store, "chain 2", &chain_2).await.1, None);
        // An undoing within what is noted is a change of its own.
        let seen = store.derivation("pool", &pool).await.unwrap().changes;
        store.undo_logs(1, POOL, BlockNumber(12), &MadeSince::default(), None).await.unwrap();
        store.put_derivation("pool", "y", seen).await.unwrap();
        assert_eq!(changed(&mut store, "pool", &pool).await.1, gone);
        made(&mut store, "pool", &pool, "y").await;
        assert_eq!(changed(&mut store, "pool", &pool).await, ("y".to_owned(), None));
        // Of other rows it is another derivation.
        assert_eq!(changed(&mut store, "pool", &chain_2).await.0, "");
    }

    async fn new_and_revised_candles_are_noted_for_their_series(fixture) {
        let mut store = fixture.open().await;
        let series = |venue: &str| CandleSeries {
            venue: venue.to_owned(),
            symbol: "A".to_owned(),
            timeframe: Timeframe::M1,
        };
        let bar = |ts: u64, close| {
            let candle = Candle { ts: Timestamp(ts), open: 1.0, high: 9.0, low: 1.0, close, volume: 1.0 };
            KnownCandle { candle, known_at: Timestamp(ts + 60) }
        };
        let (a, b) = (candles_topic(&series("a")), candles_topic(&series("b")));
        for (name, topic) in [("of a", &a), ("of b", &b)] {
            changed(&mut store, name, topic).await;
        }
        store.put_candles(&series("a"), &[bar(120, 1.0), bar(60, 1.0)], None).await.unwrap();
        assert_eq!(changed(&mut store, "of a", &a).await.1, Some((60, 120)));
        assert_eq!(changed(&mut store, "of b", &b).await.1, None);
        made(&mut store, "of a", &a, "x").await;
        store.put_candles(&series("a"), &[bar(120, 1.0)], None).await.unwrap();
        assert_eq!(changed(&mut store, "of a", &a).await.1, None, "known candles are no news");
        store.put_current_candles(&series("a"), &[bar(120, 2.0)], Timestamp(999), None).await.unwrap();
        assert_eq!(changed(&mut store, "of a", &a).await.1, Some((120, 120)));
    }

    async fn what_is_made_is_stored_whole_or_not_at_all(fixture) {
        let mut store = fixture.open().await;
        let value = |value| Observation { ts: Timestamp(1), known_at: Timestamp(2), value };
        let made = |a, b| Made {
            candles: Vec::new(),
            numbers: [("a".to_owned(), vec![value(a)]), ("b".to_owned(), vec![value(b)])].into(),
        };
        assert_eq!(store.put_made("x", &made(1.0, 2.0), Timestamp(9)).await.unwrap().1, written(2, 0, 0));
        assert!(store.put_made("x", &made(3.0, f64::NAN), Timestamp(9)).await.is_err());
        assert_eq!(store.put_made("x", &made(3.0, 2.0), Timestamp(10)).await.unwrap().1, written(0, 1, 1));
        let kept = store.observation_revisions("a", Timestamp(0)..Timestamp(9)).await.unwrap();
        assert_eq!(kept, [value(1.0), Observation { known_at: Timestamp(10), ..value(3.0) }]);
    }

    async fn a_store_of_the_first_version_is_brought_up_to_date(fixture) {
        let mut store = fixture.open().await;
        store.put_posts(&[post(1, 50)], None).await.unwrap();
        store.close().await.unwrap();
        fixture.execute("DROP TABLE derived").await;
        fixture.execute("DELETE FROM _sqlx_migrations WHERE version = 2").await;
        let error = DataStore::open_to_read(&fixture.place).await.unwrap_err();
        assert!(matches!(error.fault, Fault::Older { found: 1, known: 2 }), "{error}");
        let mut store = fixture.open().await;
        assert_eq!(changed(&mut store, "a", POSTS).await, (String::new(), None));
        assert_eq!(store.first_post().await.unwrap(), Some(Timestamp(50)));
    }

    async fn positions_are_forgotten_together(fixture) {
        let mut store = fixture.open().await;
        for name in ["a", "b", "c"] {
            store.put_cursor(name, "1").await.unwrap();
        }
        store.remove_cursors(&["a".to_owned(), "c".to_owned(), "d".to_owned()]).await.unwrap();
        assert_eq!(store.cursors("").await.unwrap(), [("b".to_owned(), "1".to_owned())]);
    }
}
