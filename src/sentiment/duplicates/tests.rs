//! What is a repetition, what is none, and for how long.

use std::collections::HashSet;

use proptest::prelude::*;

use super::{super::clean::clean, *};

const PARAMS: DuplicateParams = DuplicateParams { window_seconds: 3_600, similarity: 0.7 };

fn post(id: &str, known_at: u64, link: Option<&str>, text: &str) -> Post {
    let at = Timestamp(known_at);
    let (source, id, link) = ("rss:a".to_owned(), id.to_owned(), link.map(str::to_owned));
    Post { source, id, author: None, link, text: text.to_owned(), published: at, known_at: at }
}

fn note(memory: &mut Duplicates, post: &Post) -> Option<String> {
    memory.note(post, &clean(&post.text, 10_000).text).map(|found| found.id)
}

/// Whether the second text repeats the first.
fn repeats(first: &str, second: &str) -> bool {
    let mut memory = Duplicates::new(PARAMS);
    assert_eq!(note(&mut memory, &post("1", 0, None, first)), None);
    note(&mut memory, &post("2", 0, None, second)).is_some()
}

const HEADLINE: &str = "The exchange paused withdrawals on Monday after its hot wallet lost nine thousand ether to an \
    attacker, and said that customers would be made whole from its own reserves";

#[test]
fn near_texts_are_repetitions_and_different_ones_are_not() {
    assert!(repeats(HEADLINE, &HEADLINE.replace("Monday", "Tuesday")));
    assert!(repeats(HEADLINE, &format!("{HEADLINE} https://t.co/x")));
    assert!(!repeats(HEADLINE, "The exchange resumed withdrawals on Friday and said nothing more of its hot wallet"));
    assert!(!repeats("Bitcoin rises 5% today", "Bitcoin falls 5% today"));
    assert!(!repeats("🚀", "🚀"), "without words there is nothing to compare");
    assert!(repeats("gm", "GM!"));
}

#[test]
fn a_link_is_the_same_however_it_is_written() {
    let mut memory = Duplicates::new(PARAMS);
    let mut said = |id, link, text| note(&mut memory, &post(id, 0, Some(link), text));
    assert_eq!(said("1", "https://www.News.example/a/b/?utm_source=x&page=2#top", "one two three four"), None);
    assert_eq!(said("2", "http://news.example/a/b?page=2", "five six seven eight"), Some("1".to_owned()));
    assert_eq!(said("3", "http://news.example/a/b?page=3", "nine ten eleven twelve"), None);
    assert_eq!(said("4", "http://news.example/A/b?page=2", "red green blue black"), None);
}

#[test]
fn the_window_ends() {
    let mut memory = Duplicates::new(PARAMS);
    assert_eq!(note(&mut memory, &post("1", 0, Some("http://a"), HEADLINE)), None);
    assert_eq!(note(&mut memory, &post("2", 3_600, None, HEADLINE)), Some("1".to_owned()));
    // What is said again and again is one repetition after another.
    assert_eq!(note(&mut memory, &post("3", 7_200, Some("http://a"), HEADLINE)), Some("2".to_owned()));
    assert_eq!(note(&mut memory, &post("4", 7_201, Some("http://a"), "other words")), Some("3".to_owned()));
    assert_eq!(note(&mut memory, &post("5", 10_801, None, HEADLINE)), None);
    assert_eq!(note(&mut memory, &post("6", 10_802, Some("http://a"), "third words")), None);
    assert_eq!(note(&mut memory, &post("7", 10_802, None, HEADLINE)), Some("5".to_owned()));
    assert_eq!((memory.entries.len(), memory.links.len(), memory.bands.len()), (3, 1, 2 * HASHES / BAND));
}

fn random_words() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[a-z]{4,9}", 4..40)
}

fn jaccard(a: &[String], b: &[String]) -> f64 {
    let set = |words: &[String]| words.windows(SHINGLE).map(<[String]>::to_vec).collect::<HashSet<_>>();
    let (a, b) = (set(a), set(b));
    a.intersection(&b).count() as f64 / a.union(&b).count() as f64
}

proptest! {
    #[test]
    fn case_punctuation_and_trailing_links_do_not_matter(
        words in random_words(),
        marks in prop::collection::vec("[ ,.!?;:()'\"-]{1,3}", 40),
        upper in prop::collection::vec(any::<bool>(), 40),
        link in prop::option::of("https?://[a-z]{3,8}\\.example/[A-Za-z0-9]{0,8}"),
    ) {
        let mut changed = String::new();
        for ((word, mark), upper) in words.iter().zip(&marks).zip(&upper) {
            changed += &if *upper { word.to_uppercase() } else { word.clone() };
            changed += mark;
        }
        changed = format!("{changed} {}", link.unwrap_or_default());
        prop_assert!(repeats(&words.join(" "), &changed), "{changed}");
    }

    #[test]
    fn different_texts_are_kept(a in random_words(), b in random_words()) {
        prop_assume!(jaccard(&a, &b) < 0.2);
        prop_assert!(!repeats(&a.join(" "), &b.join(" ")));
    }

    /// Four standard errors.
    #[test]
    fn the_estimate_is_near_the_truth(mut words in random_words(), from in 0usize..40) {
        let before = words.clone();
        let from = from.min(words.len());
        words.truncate(from);
        words.extend(["other".to_owned(), "words".to_owned(), "here".to_owned()]);
        let signatures = [&before, &words].map(|words| signature(&words.join(" ")).unwrap());
        let estimate = similarity(&signatures[0], &signatures[1]);
        prop_assert!((estimate - jaccard(&before, &words)).abs() <= 0.25);
    }
}
