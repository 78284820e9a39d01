//! Posts through all rules, and that a judgement never depends on what comes later.

use proptest::prelude::*;

use super::*;
use crate::units::Timestamp;

/// Rules for bitcoin and ethereum in English.
pub(crate) fn params() -> FilterParams {
    let of = |asset, term: &str| AssetTerms {
        asset: Asset::new(asset),
        terms: vec![term.to_owned()],
        exact: Vec::new(),
        excluded: Vec::new(),
    };
    FilterParams {
        most_characters: 2_000,
        language: LanguageParams { languages: vec!["eng".to_owned()], short_letters: 60, unsure_confidence: 0.5 },
        spam: SpamParams {
            repeated_characters: 8,
            most_links: 0.5,
            most_hashtags: 0.5,
            most_mentions: 0.5,
            phrases: vec!["free airdrop".to_owned()],
            author_posts_per_hour: 2,
        },
        duplicates: DuplicateParams { window_seconds: 86_400, similarity: 0.7 },
        assets: vec![of("BTC", "bitcoin"), of("ETH", "ethereum")],
    }
}

fn post(id: usize, known_at: u64, text: &str) -> Post {
    let at = Timestamp(known_at);
    let (source, text) = ("x".to_owned(), text.to_owned());
    Post { source, id: id.to_string(), author: None, link: None, text, published: at, known_at: at }
}

#[test]
fn each_reason_is_given() {
    let texts = [
        ("https://t.co/x @you", "no text"),
        ("Stocks fall on rate fears", "about none of the assets"),
        ("Die Börse hat heute Morgen alle Auszahlungen von Bitcoin gestoppt und nennt keinen Grund", "language deu"),
        ("Claim your free airdrop of bitcoin", "spam: the phrase `free airdrop`"),
        ("Bitcoin falls as miners sell", "kept"),
        ("BITCOIN falls, as miners sell! https://t.co/y", "repeats 4 of x (1.00)"),
        ("\u{7}", "no text"),
    ];
    let mut filter = Filter::new(params());
    for (id, (text, expected)) in texts.iter().enumerate() {
        let said = match filter.push(post(id, 0, text)) {
            Ok(_) => "kept".to_owned(),
            Err(dropped) => dropped.reason.to_string(),
        };
        assert_eq!(said, *expected, "{text}");
    }
}

#[test]
fn a_kept_post_carries_what_scoring_needs() {
    let mut filter = Filter::new(params());
    let long =
        "@all Ethereum and Bitcoin gained this week while traders waited for the decision of the regulator https://a";
    let kept = filter.push(post(1, 9, long)).unwrap();
    assert_eq!(kept.text, &long[5..long.len() - 10]);
    assert_eq!((kept.assets.len(), kept.confidence), (2, 1.0));
    let short = filter.push(post(2, 9, "bitcoin up")).unwrap();
    assert_eq!(short.confidence, 0.5);
    let scored = short.scored(Score { value: -0.3, confidence: 0.8 });
    assert_eq!((scored.known_at, scored.score), (Timestamp(9), Score { value: -0.3, confidence: 0.4 }));
}

#[test]
fn an_author_may_flood_where_others_may_not() {
    let mut filter = Filter::new(params());
    let texts = ["bitcoin one two three", "bitcoin four five six", "bitcoin seven eight nine"];
    let by = |author: &str, post: Post| Post { author: Some(author.to_owned()), ..post };
    let all: Vec<Post> = (0..3).map(|id| by("a", post(id, 5, texts[id]))).collect();
    let kept: Vec<bool> = all.iter().map(|post| filter.push(post.clone()).is_ok()).collect();
    assert_eq!(kept, [true, true, false]);
    assert!(filter.push(by("b", post(4, 5, "bitcoin ten eleven twelve"))).is_ok());
    assert!(filter.push(post(5, 5, "bitcoin thirteen fourteen fifteen")).is_ok(), "nobody floods with the unnamed");
    assert_eq!(super::filter(params(), all).dropped.len(), 1, "a history is judged alike");
}

/// What repeats a flood is dropped, whether or not the posts that made it one are remembered.
#[test]
fn what_repeats_a_flood_is_judged_by_its_own_window() {
    let by = |id, known_at, text: &str| Post {
        author: Some("a".to_owned()),
        published: Timestamp(0),
        ..post(id, known_at, text)
    };
    let texts = ["bitcoin one two three", "bitcoin four five six", "bitcoin seven eight nine"];
    let mut all = vec![by(0, 0, texts[0]), by(1, 0, texts[1]), by(2, 80_000, texts[2]), post(3, 100_000, texts[2])];
    let reasons = |posts: &[Post]| -> Vec<&str> {
        filter(params(), posts.to_vec()).dropped.iter().map(|dropped| dropped.reason.name()).collect()
    };
    assert_eq!(reasons(&all), ["spam", "repetition"]);
    // All that is in the window before the last post.
    assert_eq!(reasons(&all.split_off(2)), ["repetition"]);
}

fn posts() -> impl Strategy<Value = Vec<Post>> {
    let text =
        prop_oneof!["bitcoin [a-c]{1,3} [a-c]{1,3}", "ethereum [a-z]{1,9} [a-z]{1,9} free airdrop", "\\PC{0,40}"];
    prop::collection::vec((0..50_000u64, text), 0..30)
        .prop_map(|list| list.into_iter().enumerate().map(|(id, (at, text))| post(id, at, &text)).collect())
}

/// A time near the beginning of one of three windows, so that much lies about as far apart as one
/// is long.
fn slot() -> impl Strategy<Value = u64> {
    (0..3u64, 0..4u64).prop_map(|(window, slot)| window * 86_400 + slot * 1_200)
}

/// Posts of an author, most of them, and of nobody, many alike to others, over three windows.
fn crowded() -> impl Strategy<Value = Vec<Post>> {
    let text = "bitcoin [a-e]{1} [a-e]{1} up";
    let link = prop::option::weighted(0.2, "http://[a-c]");
    prop::collection::vec((slot(), 0..4u64, text, link, prop::bool::weighted(0.7)), 0..40).prop_map(|list| {
        let one = |(id, (at, late, text, link, named)): (usize, (u64, u64, String, Option<String>, bool))| {
            let published = Timestamp(at.saturating_sub(late * 1_800));
            let author = named.then(|| "a".to_owned());
            Post { link, author, published, ..post(id, at, &text) }
        };
        list.into_iter().enumerate().map(one).collect()
    })
}

proptest! {
    /// A filter that begins a window earlier judges as one that saw everything.
    #[test]
    fn only_the_window_before_a_post_matters(posts in crowded(), cut in slot()) {
        let cut = Timestamp(cut);
        let since = cut.minus(params().duplicates.window_seconds);
        let of = |filtered: Filtered| {
            let mut ids: Vec<_> = filtered.kept.into_iter().filter(|kept| kept.post.known_at >= cut).collect();
            ids.sort_by(|a, b| a.post.id.cmp(&b.post.id));
            ids
        };
        let whole = of(filter(params(), posts.clone()));
        let late = of(filter(params(), posts.into_iter().filter(|post| post.known_at >= since)));
        prop_assert_eq!(whole, late);
    }

    #[test]
    fn nothing_is_lost_and_the_future_does_not_matter(posts in posts(), cut in 0..50_000u64) {
        let whole = filter(params(), posts.clone());
        prop_assert_eq!(whole.kept.len() + whole.dropped.len(), posts.len());
        let past = filter(params(), posts.into_iter().filter(|post| post.known_at.0 < cut));
        let known: Vec<_> = whole.kept.into_iter().filter(|kept| kept.post.known_at.0 < cut).collect();
        prop_assert_eq!(past.kept, known);
    }
}
