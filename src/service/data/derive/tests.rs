//! What is made bit by bit equals what is made of all, to the bit, whatever comes in when.

use std::{collections::BTreeMap, time::Duration};

use alloy::primitives::{Address, B256, Bytes, U256, keccak256};
use proptest::prelude::*;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use super::*;
use crate::{
    domain::{Asset, Candle, KnownCandle, Market, Observation, PoolKind, PoolSpec, Post, Token},
    io::{
        chain::{RawLog, TimedLog},
        clock::Clock,
        store::{DataStore, Place, data::ScannedRange},
    },
    sentiment::{AggregateParams, AssetTerms, DuplicateParams, FilterParams, LanguageParams, SpamParams},
    service::{data::fetch::Keeper, interrupt::Interrupt, retry::Patience},
    units::{BlockNumber, FeePips, Timestamp},
};

const HOUR: u64 = 3_600;
/// On the grid of days.
const T0: u64 = 1_704_067_200;

/// A store of one test's own.
struct Stage {
    keeper: Keeper,
    clock: Clock,
    interrupt: Interrupt,
    _dir: TempDir,
}

impl Stage {
    async fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let interrupt = Interrupt::default();
        let patience = Patience { give_up_after: Duration::ZERO, interrupt: interrupt.clone() };
        let keeper = Keeper::open(Place::Sqlite(dir.path().join("store.sqlite")), patience).await.unwrap();
        Self { keeper, clock: Clock::manual(Timestamp(T0)), interrupt, _dir: dir }
    }

    fn context(&self) -> Context<'_> {
        Context { keeper: &self.keeper, clock: &self.clock, interrupt: &self.interrupt, watch: &|_| {} }
    }

    async fn ask<T>(&self, call: impl AsyncFnMut(&mut DataStore) -> Result<T, DataStoreError>) -> T {
        self.keeper.ask(call).await.unwrap()
    }

    /// Has the next derivation make all again.
    async fn forget(&self, name: &str) {
        self.ask(async |store| store.put_derivation(name, "", u64::MAX).await).await;
    }

    /// Every revision of every number.
    async fn said(&self) -> Said {
        let mut said = Said::new();
        for (series, values) in self.all().await.0 {
            for value in values {
                said.entry((series.clone(), value.ts)).or_default().push(value);
            }
        }
        said
    }

    /// The candles that stand, by series and opening.
    async fn candles(&self) -> BTreeMap<(String, Timestamp), Candle> {
        self.ask(async |store| {
            let mut candles = BTreeMap::new();
            for summary in store.candle_series().await? {
                let of_series = store.candles(&summary.series, Timestamp(0)..Timestamp(u64::MAX), None).await?;
                let name = summary.series.to_string();
                candles.extend(of_series.iter().map(|known| ((name.clone(), known.candle.ts), known.candle)));
            }
            Ok(candles)
        })
        .await
    }

    /// Every revision of every series.
    async fn all(&self) -> (Vec<(String, Vec<Observation>)>, Vec<KnownCandle>) {
        self.ask(async |store| {
            let always = Timestamp(0)..Timestamp(u64::MAX);
            let mut numbers = Vec::new();
            for summary in store.observation_series().await? {
                let values = store.observation_revisions(&summary.series, always.clone()).await?;
                numbers.push((summary.series, values));
            }
            let mut candles = Vec::new();
            for summary in store.candle_series().await? {
                candles.extend(store.candle_revisions(&summary.series, always.clone()).await?);
            }
            Ok((numbers, candles))
        })
        .await
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// A window of eight hours, a memory of two: what turns into a repetition mostly lies beyond the
/// hours that a post itself weighs in.
fn settings() -> SentimentSettings {
    let of = |asset, term: &str| AssetTerms {
        asset: Asset::new(asset),
        terms: vec![term.to_owned()],
        exact: Vec::new(),
        excluded: Vec::new(),
    };
    SentimentSettings {
        filter: FilterParams {
            most_characters: 2_000,
            language: LanguageParams { languages: vec!["eng".to_owned()], short_letters: 60, unsure_confidence: 0.5 },
            spam: SpamParams {
                repeated_characters: 8,
                most_links: 0.5,
                most_hashtags: 0.5,
                most_mentions: 0.5,
                phrases: Vec::new(),
                author_posts_per_hour: 2,
            },
            duplicates: DuplicateParams { window_seconds: 8 * HOUR, similarity: 0.7 },
            assets: vec![of("BTC", "bitcoin"), of("ETH", "ethereum")],
        },
        aggregate: AggregateParams { half_life_seconds: 7_200.0, memory_hours: 2 },
    }
}

const TEXTS: [&str; 6] = [
    "bitcoin is a great and wonderful success",
    "bitcoin is a terrible loss and a horrible fraud",
    "ethereum holders are happy with the lovely upgrade",
    "ethereum and bitcoin crash, everybody is angry and sad",
    "bitcoin",
    "nothing of ours",
];

fn post(id: u64, known_at: u64, text: usize, author: bool) -> Post {
    Post {
        source: ["rss:a", "x"][id as usize % 2].to_owned(),
        id: id.to_string(),
        author: author.then(|| "bot".to_owned()),
        link: (id.is_multiple_of(7)).then(|| "https://news.example/a".to_owned()),
        text: TEXTS[text].to_owned(),
        published: Timestamp(known_at - id % 3 * 1_000),
        known_at: Timestamp(known_at),
    }
}

/// Seconds that pass, then how long ago the posts that come in were known (long, as from a file),
/// and of each its further age, text, number and author. Some come in twice.
type Step = (u64, u64, Vec<(u64, usize, u8, bool)>);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let age = prop_oneof![2 => Just(0u64), 1 => 0..HOUR, 2 => 4 * HOUR..40 * HOUR];
    let posts = prop::collection::vec((0..2 * HOUR, 0..TEXTS.len(), 0..6u8, prop::bool::weighted(0.6)), 0..6);
    prop::collection::vec((prop_oneof![0..2 * HOUR, 0..12 * HOUR], age, posts), 2..12)
}

/// When posts come in, and which: new ones, and some that came before.
fn pages(steps: &[Step]) -> Vec<(u64, Vec<Post>)> {
    let (mut now, mut id) = (T0, 0);
    let mut before: Vec<Post> = Vec::new();
    let mut pages = Vec::new();
    for (passed, long_ago, posts) in steps {
        now += passed;
        let mut page: Vec<Post> = before.iter().step_by(3).cloned().collect();
        for (age, text, number, author) in posts {
            id += 1;
            let post = post(id, now - long_ago - age, *text, *author);
            let text =
                format!("{} {}", post.text, ["one two", "six ten", "day", "nine", "box cat", ""][*number as usize]);
            page.push(Post { text, ..post });
        }
        before.extend(page.clone());
        pages.push((now, page));
    }
    pages
}

/// The revisions of each value, by series and time.
type Said = BTreeMap<(String, Timestamp), Vec<Observation>>;

async fn live_through(pages: &[(u64, Vec<Post>)]) -> Said {
    let (stage, settings) = (Stage::new().await, settings());
    for (now, page) in pages {
        stage.clock.set(Timestamp(*now));
        stage.ask(async |store| store.put_posts(page, None).await).await;
        sentiment(&stage.context(), &settings, &Vader).await.unwrap();
    }
    stage.said().await
}

/// What is to be said: each time all that a store says which never saw anything but these posts. A
/// value that it says no more stays.
async fn told_each_time(pages: &[(u64, Vec<Post>)]) -> Said {
    let settings = settings();
    let mut posts: Vec<Post> = Vec::new();
    let mut said = Said::new();
    let mut told = Timestamp(0)..Timestamp(0);
    for (now, page) in pages {
        let now = Timestamp(*now);
        posts.extend(page.clone());
        let stage = Stage::new().await;
        stage.clock.set(now);
        stage.ask(async |store| store.put_posts(&posts, None).await).await;
        sentiment(&stage.context(), &settings, &Vader).await.unwrap();
        for (key, values) in stage.said().await {
            let value = values[0];
            let seen = told.contains(&value.ts);
            let values = said.entry(key).or_default();
            let known_at = match values.last() {
                Some(last) if last.value == value.value => continue,
                Some(last) => value.known_at.max(now).max(last.known_at.plus(1)),
                None if seen => value.known_at.max(now),
                None => value.known_at,
            };
            values.push(Observation { known_at, ..value });
        }
        let first = posts.iter().map(|post| post.known_at.hour()).min();
        told = first.map_or(told, |first| first..now.hour());
    }
    said
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn sentiment_made_bit_by_bit_is_that_of_all_posts(steps in steps()) {
        runtime().block_on(async {
            let pages = pages(&steps);
            prop_assert_eq!(live_through(&pages).await, told_each_time(&pages).await);
            Ok(())
        })?;
    }
}

#[test]
fn a_value_that_a_told_hour_did_not_have_is_known_from_now_on() {
    runtime().block_on(async {
        let (stage, settings) = (Stage::new().await, settings());
        let derive = async |at: u64, page: &[Post]| {
            stage.clock.set(Timestamp(at));
            stage.ask(async |store| store.put_posts(page, None).await).await;
            sentiment(&stage.context(), &settings, &Vader).await.unwrap();
        };
        derive(T0 + 3 * HOUR, &[post(1, T0, 0, false)]).await;
        let now = T0 + 4 * HOUR + 10;
        // In the hour before the first, in a told hour that had no post, and in the last one.
        derive(now, &[post(2, T0 - 5, 3, false), post(3, T0 + HOUR + 5, 1, false), post(4, T0 + 3 * HOUR, 2, false)])
            .await;
        let said = stage.said().await;
        let known = |measure: &str, hour: u64| {
            let values = &said[&(format!("{SENTIMENT}:{measure}"), Timestamp(hour))];
            values.iter().map(|value| value.known_at.0).collect::<Vec<_>>()
        };
        for measure in ["BTC:mean", "BTC:dispersion", "BTC:share:x"] {
            assert_eq!(known(measure, T0 + HOUR), [now], "{measure}");
        }
        assert_eq!(known("BTC:count", T0 + HOUR), [T0 + 2 * HOUR, now]);
        assert_eq!(known("BTC:mean", T0 - HOUR), [T0]);
        assert_eq!(known("ETH:mean", T0 + 3 * HOUR), [T0 + 4 * HOUR]);
    });
}

#[test]
fn an_hour_s_news_makes_that_hour_alone() {
    runtime().block_on(async {
        let (stage, mut settings) = (Stage::new().await, settings());
        let posts: Vec<Post> = (0..300).map(|id| post(id, T0 + id * HOUR, id as usize % TEXTS.len(), false)).collect();
        stage.ask(async |store| store.put_posts(&posts, None).await).await;
        let derive = async |at: u64, settings: &SentimentSettings| {
            stage.clock.set(Timestamp(at));
            sentiment(&stage.context(), settings, &Vader).await.unwrap()
        };
        let first = derive(T0 + 300 * HOUR, &settings).await;
        assert_eq!(first.posts, 300);
        assert!(first.written.new >= 1_200, "{first:?}");
        // Nothing came, and no hour ended.
        assert_eq!(derive(T0 + 300 * HOUR + 9, &settings).await, sentiment::Sentiment::default());
        let at = T0 + 300 * HOUR + 600;
        stage.ask(async |store| store.put_posts(&[post(300, at, 0, false)], None).await).await;
        let next = derive(T0 + 301 * HOUR, &settings).await;
        assert_eq!((next.posts, next.written.same, next.written.revised), (1, 0, 0));
        assert!((1..=10).contains(&next.written.new), "{next:?}");
        // A late one: its hour, and those that it weighs in or may have turned into repetitions.
        let text = "bitcoin moons again, what a lovely surprise for everyone".to_owned();
        let late = Post { text, link: None, ..post(301, T0 + 100 * HOUR + 5, 0, false) };
        stage.ask(async |store| store.put_posts(std::slice::from_ref(&late), None).await).await;
        let late = derive(T0 + 301 * HOUR, &settings).await;
        assert!(late.posts <= 13 && late.written.revised > 0 && late.written.same < 100, "{late:?}");
        // Other rules: all of it.
        settings.aggregate.half_life_seconds = 3_600.0;
        assert_eq!(derive(T0 + 301 * HOUR, &settings).await.posts, 302);
    });
}

const POOL: Address = Address::repeat_byte(9);

fn market(kind: PoolKind) -> Market {
    let token = |symbol: &str, byte, decimals| Token {
        symbol: symbol.to_owned(),
        address: Address::repeat_byte(byte),
        decimals,
    };
    Market {
        asset: Asset::new("ETH"),
        base: token("WETH", 1, 18),
        quote: token("USDC", 2, 6),
        pool: PoolSpec { kind, address: POOL, fee: FeePips(3_000), tick_spacing: 60 },
    }
}

/// An event whose `indexed` topics follow its signature's.
fn log(block: u64, log_index: u64, signature: &str, indexed: &[U256], words: &[U256]) -> TimedLog {
    let mut topics = vec![keccak256(signature)];
    topics.extend(indexed.iter().map(|word| B256::from(*word)));
    let log = RawLog {
        address: POOL,
        topics,
        data: Bytes::from(words.iter().flat_map(U256::to_be_bytes::<32>).collect::<Vec<u8>>()),
        block_number: BlockNumber(block),
        block_hash: None,
        transaction_hash: B256::ZERO,
        log_index,
    };
    TimedLog { log, timestamp: Timestamp(T0 + block * 1_100) }
}

/// A signed number as a word.
fn signed(number: i64) -> U256 {
    let size = U256::from(number.unsigned_abs());
    if number < 0 { U256::ZERO.wrapping_sub(size) } else { size }
}

/// An address that nobody asks for.
const NOBODY: U256 = U256::ZERO;

/// A swap at a price, as the pool's kind tells it.
fn swap(kind: PoolKind, block: u64, at: u64, price: u64) -> Vec<TimedLog> {
    let (small, reserve) = (U256::from(1_000 + price), U256::from(10u64).pow(U256::from(18)));
    match kind {
        PoolKind::V3 => {
            let root = U256::from(1u64) << 96;
            let root = root * U256::from(1_000 + price) / U256::from(1_000);
            // On either side of 0 and of 60 and 120, where positions end.
            let tick = signed(price as i64 * 5 - 100);
            let words = [small, U256::ZERO.wrapping_sub(small), root, U256::from(price + 20), tick];
            let signature = "Swap(address,address,int256,int256,uint160,uint128,int24)";
            vec![log(block, at, signature, &[NOBODY; 2], &words)]
        }
        PoolKind::V2 => {
            let sync = [reserve, reserve + small * U256::from(1_000_000u64)];
            let words = [small, U256::ZERO, U256::ZERO, small];
            vec![
                log(block, at, "Sync(uint112,uint112)", &[], &sync),
                log(block, at + 1, "Swap(address,uint256,uint256,uint256,uint256,address)", &[NOBODY; 2], &words),
            ]
        }
    }
}

/// An event that is no swap; in V2 it moves the price too.
fn other(kind: PoolKind, block: u64, at: u64, price: u64) -> Vec<TimedLog> {
    let small = U256::from(price + 1);
    match kind {
        PoolKind::V3 => {
            let (lower, upper) = if price.is_multiple_of(2) { (-60, 60) } else { (60, 120) };
            let position = [NOBODY, signed(lower), signed(upper)];
            let (mint, burn) = (
                "Mint(address,address,int24,int24,uint128,uint256,uint256)",
                "Burn(address,int24,int24,uint128,uint256,uint256)",
            );
            let words = [NOBODY, small, small, small];
            // A mint's sender is no topic; a burn has none.
            vec![if price % 4 < 2 {
                log(block, at, mint, &position, &words)
            } else {
                log(block, at, burn, &position, &words[1..])
            }]
        }
        PoolKind::V2 => {
            let sync = [U256::from(5_000 + price), U256::from(7_000)];
            vec![
                log(block, at, "Sync(uint112,uint112)", &[], &sync),
                log(block, at + 1, "Mint(address,uint256,uint256)", &[NOBODY], &[small, small]),
            ]
        }
    }
}

const BLOCKS: u64 = 64;

/// What happens in each block: swaps and others, with a price; mostly nothing.
fn blocks() -> impl Strategy<Value = Vec<Vec<(bool, u64)>>> {
    let event = (prop::bool::weighted(0.7), 0..50u64);
    let block = prop_oneof![3 => Just(Vec::new()), 2 => prop::collection::vec(event, 1..3)];
    prop::collection::vec(block, BLOCKS as usize..BLOCKS as usize + 1)
}

/// Ranges of blocks that come in, in this order; every fourth time all from the first on is undone
/// before.
fn arrivals() -> impl Strategy<Value = Vec<(u64, u64, bool)>> {
    prop::collection::vec((0..BLOCKS, 1..20u64, prop::bool::weighted(0.15)), 1..9)
}

const TIMEFRAMES: [Timeframe; 3] = [Timeframe::M15, Timeframe::H1, Timeframe::H4];

async fn follow(kind: PoolKind, blocks: &[Vec<(bool, u64)>], arrivals: &[(u64, u64, bool)], whole: bool) -> Stage {
    let (stage, market) = (Stage::new().await, market(kind));
    let series = PoolSeries { name: "weth", market: &market, chain_id: 1 };
    for (passed, (start, length, undo)) in (0..).zip(arrivals) {
        stage.clock.set(Timestamp(T0 + 1_000 * HOUR + passed * 60));
        let end = (start + length).min(BLOCKS) - 1;
        if *undo {
            stage.ask(async |store| store.undo_logs(1, BlockNumber(*start), None).await).await;
        }
        let mut logs = Vec::new();
        for block in *start..=end {
            for (at, (is_swap, price)) in (0..).zip(&blocks[block as usize]) {
                let make = if *is_swap { swap } else { other };
                logs.extend(make(kind, block, at * 2, *price));
            }
        }
        let range = ScannedRange { pools: vec![POOL], blocks: BlockNumber(*start)..=BlockNumber(end) };
        stage.ask(async |store| store.put_logs(1, &logs, &range, None).await).await;
        for timeframe in TIMEFRAMES {
            if whole {
                stage.forget(&pools::derivation_name(series, timeframe)).await;
            }
            pool(&stage.context(), series, timeframe).await.unwrap();
        }
    }
    stage
}

/// What is made of the same logs by a store that saw nothing before.
async fn afresh(kind: PoolKind, stage: &Stage) -> Stage {
    let (fresh, market) = (Stage::new().await, market(kind));
    let series = PoolSeries { name: "weth", market: &market, chain_id: 1 };
    for blocks in stage.ask(async |store| store.scanned(1, POOL).await).await {
        let logs = stage.ask(async |store| store.logs(1, POOL, blocks.clone()).await).await;
        let range = ScannedRange { pools: vec![POOL], blocks };
        fresh.ask(async |store| store.put_logs(1, &logs, &range, None).await).await;
    }
    for timeframe in TIMEFRAMES {
        pool(&fresh.context(), series, timeframe).await.unwrap();
    }
    fresh
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn bars_made_bit_by_bit_are_those_of_all_logs(blocks in blocks(), arrivals in arrivals(), v2 in any::<bool>()) {
        let kind = if v2 { PoolKind::V2 } else { PoolKind::V3 };
        runtime().block_on(async {
            let bits = follow(kind, &blocks, &arrivals, false).await;
            let whole = follow(kind, &blocks, &arrivals, true).await;
            prop_assert_eq!(bits.all().await, whole.all().await);
            // What stands is what the logs say, whatever was said before; and what was said first
            // is known since the log that told it.
            let fresh = afresh(kind, &bits).await;
            let said = bits.said().await;
            for (key, values) in fresh.said().await {
                let stands = said[&key].last().map(|value| value.value);
                prop_assert_eq!(stands, Some(values[0].value), "{:?}", key);
                prop_assert_eq!(said[&key][0].known_at, values[0].known_at, "{:?}", key);
            }
            let stands = bits.candles().await;
            for (key, candle) in fresh.candles().await {
                prop_assert_eq!(&stands[&key], &candle, "{:?}", key);
            }
            Ok(())
        })?;
    }
}

#[test]
fn new_blocks_make_the_bars_that_they_tell() {
    runtime().block_on(async {
        for kind in [PoolKind::V2, PoolKind::V3] {
            let (stage, market) = (Stage::new().await, market(kind));
            let series = PoolSeries { name: "weth", market: &market, chain_id: 1 };
            let put = async |first: u64, last: u64| {
                let logs: Vec<_> = (first..=last).flat_map(|block| swap(kind, block, 0, block % 40)).collect();
                let range = ScannedRange { pools: vec![POOL], blocks: BlockNumber(first)..=BlockNumber(last) };
                stage.ask(async |store| store.put_logs(1, &logs, &range, None).await).await;
                stage.clock.set(Timestamp(T0 + last * 1_100));
                pool(&stage.context(), series, Timeframe::H1).await.unwrap()
            };
            let first = put(0, 999).await;
            assert!(first.new > 300 && first.revised == 0, "{first:?}");
            let none = pool(&stage.context(), series, Timeframe::H1).await.unwrap();
            assert_eq!(none, Written::default());
            let next = put(1_000, 1_009).await;
            assert!((2..=4).contains(&next.new) && next.same <= 1 && next.revised == 0, "{next:?}");
        }
    });
}
