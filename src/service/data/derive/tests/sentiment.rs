//! Posts to hourly sentiment.

use proptest::prelude::*;

use super::*;
use crate::{
    domain::Post,
    sentiment::{AggregateParams, DuplicateParams, FilterParams, filter_params},
    service::data::derive::sentiment::{Sentiment, by_slices, sentiment},
};

/// A window of eight hours, a memory of two: what turns into a repetition mostly lies beyond the
/// hours that a post itself weighs in.
fn settings() -> SentimentSettings {
    let filter = filter_params();
    let duplicates = DuplicateParams { window_seconds: 8 * HOUR, ..filter.duplicates };
    SentimentSettings {
        filter: FilterParams { duplicates, ..filter },
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

async fn live_through(pages: &[(u64, Vec<Post>)], slice: u64) -> Said {
    let (stage, settings) = (Stage::new().await, settings());
    for (now, page) in pages {
        stage.clock.set(Timestamp(*now));
        stage.ask(async |store| store.put_posts(page, None).await).await;
        by_slices(&stage.context(), &settings, &Vader, slice).await.unwrap();
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
        by_slices(&stage.context(), &settings, &Vader, u64::MAX).await.unwrap();
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
    fn sentiment_made_bit_by_bit_is_that_of_all_posts(steps in steps(), slice in 1_000..20 * HOUR) {
        runtime().block_on(async {
            let pages = pages(&steps);
            prop_assert_eq!(live_through(&pages, slice).await, told_each_time(&pages).await);
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
        assert_eq!(derive(T0 + 300 * HOUR + 9, &settings).await, Sentiment::default());
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
