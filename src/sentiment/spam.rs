//! Rules that tell spam by reasons a person can check.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
};

use super::{clean::Cleaned, words::words};
use crate::units::Timestamp;

/// So few links, hashtags or mentions are never spam, whatever their share.
const FEW: usize = 2;

#[derive(Clone, Debug, PartialEq)]
pub struct SpamParams {
    /// One character so many times in a row is spam; digits, and characters that draw lines
    /// (`...`, `---`), do not count.
    pub repeated_characters: usize,
    /// The greatest shares of a text's words that may be links, hashtags and mentions; two of
    /// a kind are always allowed.
    pub most_links: f64,
    pub most_hashtags: f64,
    pub most_mentions: f64,
    /// Phrases that give spam away, as whole words; case and punctuation do not matter.
    pub phrases: Vec<String>,
    /// The posts of one author that are read within an hour; more are a flood.
    pub author_posts_per_hour: usize,
}

/// Why a text is spam.
#[derive(Clone, Debug, PartialEq)]
pub enum Spam {
    Repeated { character: char, times: usize },
    Links { share: f64 },
    Hashtags { share: f64 },
    Mentions { share: f64 },
    Phrase(String),
    Flood { author: String, posts: usize },
}

impl fmt::Display for Spam {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |share: f64| share * 100.0;
        match self {
            Self::Repeated { character, times } => write!(f, "`{character}` {times} times in a row"),
            Self::Links { share } => write!(f, "{:.0} % of the words are links", percent(*share)),
            Self::Hashtags { share } => write!(f, "{:.0} % of the words are hashtags", percent(*share)),
            Self::Mentions { share } => write!(f, "{:.0} % of the words are mentions", percent(*share)),
            Self::Phrase(phrase) => write!(f, "the phrase `{phrase}`"),
            Self::Flood { author, posts } => write!(f, "post {posts} of {author} within an hour"),
        }
    }
}

/// The rules that look at one text alone.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    params: SpamParams,
    /// Each phrase as given, and as ` words between spaces `.
    phrases: Vec<(String, String)>,
}

impl Rules {
    pub(super) fn new(params: SpamParams) -> Self {
        let phrases = params.phrases.iter().map(|phrase| (phrase.clone(), spaced(phrase))).collect();
        Self { params, phrases }
    }

    pub(super) fn judge(&self, cleaned: &Cleaned) -> Option<Spam> {
        let limits = &self.params;
        if let Some((character, times)) = longest_run(&cleaned.text).filter(|run| run.1 >= limits.repeated_characters) {
            return Some(Spam::Repeated { character, times });
        }
        let too_many = |count: usize, most: f64| {
            let share = count as f64 / cleaned.words as f64;
            (count > FEW && share > most).then_some(share)
        };
        if let Some(share) = too_many(cleaned.links, limits.most_links) {
            return Some(Spam::Links { share });
        }
        if let Some(share) = too_many(cleaned.hashtags, limits.most_hashtags) {
            return Some(Spam::Hashtags { share });
        }
        if let Some(share) = too_many(cleaned.mentions, limits.most_mentions) {
            return Some(Spam::Mentions { share });
        }
        let text = spaced(&cleaned.text);
        let found = self.phrases.iter().find(|(_, spaced)| text.contains(spaced.as_str()));
        found.map(|(phrase, _)| Spam::Phrase(phrase.clone()))
    }
}

fn spaced(text: &str) -> String {
    words(text).fold(" ".to_owned(), |text, word| text + &word + " ")
}

/// The longest run of one character that says something, the first of equal ones.
fn longest_run(text: &str) -> Option<(char, usize)> {
    let mut longest: Option<(char, usize)> = None;
    let mut run: Option<(char, usize)> = None;
    for character in text.chars() {
        run = match run {
            _ if character.is_numeric() || character.is_whitespace() || ".…-–—_=*~#|•·─━".contains(character) => {
                None
            }
            Some((last, times)) if last == character => Some((last, times + 1)),
            _ => Some((character, 1)),
        };
        if run.map_or(0, |run| run.1) > longest.map_or(0, |longest| longest.1) {
            longest = run;
        }
    }
    longest
}

/// Who posted when.
#[derive(Clone, Debug, Default)]
pub(super) struct Floods {
    authors: HashMap<String, VecDeque<Posted>>,
}

#[derive(Clone, Copy, Debug)]
struct Posted {
    known_at: Timestamp,
    published: Timestamp,
}

impl Floods {
    /// Notes a post of `author`. Posts come in the order in which they were known; those that were
    /// known more than `window` seconds before do not count.
    pub(super) fn note(
        &mut self,
        author: &str,
        known_at: Timestamp,
        published: Timestamp,
        most: usize,
        window: u64,
    ) -> Option<Spam> {
        let times = self.authors.entry(author.to_owned()).or_default();
        while times.pop_front_if(|post| post.known_at < known_at.minus(window)).is_some() {}
        times.push_back(Posted { known_at, published });
        let apart = |other: Timestamp| published.since(other).max(other.since(published));
        let posts = times.iter().filter(|post| apart(post.published) < Timestamp::HOUR).count();
        // Enough to see the flood by; an author's older posts are forgotten.
        while times.len() > 4 * most.max(1) {
            times.pop_front();
        }
        (posts > most).then(|| Spam::Flood { author: author.to_owned(), posts })
    }

    /// Forgets authors of whom nothing became known since `before`.
    pub(super) fn forget(&mut self, before: Timestamp) {
        self.authors.retain(|_, times| times.back().is_some_and(|post| post.known_at >= before));
    }
}

#[cfg(test)]
mod tests {
    use super::{super::clean::clean, *};

    fn params() -> SpamParams {
        SpamParams {
            repeated_characters: 6,
            most_links: 0.4,
            most_hashtags: 0.5,
            most_mentions: 0.5,
            phrases: vec!["Free airdrop".to_owned(), "DM me".to_owned()],
            author_posts_per_hour: 3,
        }
    }

    fn judge(text: &str) -> Option<String> {
        Rules::new(params()).judge(&clean(text, 10_000)).map(|spam| spam.to_string())
    }

    fn check(text: &str, reason: &str) {
        assert_eq!(judge(text).as_deref(), Some(reason), "{text}");
    }

    #[test]
    fn every_rule_says_why() {
        check("Mooooooon", "`o` 7 times in a row");
        check("up 🚀🚀🚀🚀🚀🚀", "`🚀` 6 times in a row");
        check("a b http://x http://y http://z", "60 % of the words are links");
        check("a #b #c #d", "75 % of the words are hashtags");
        check("@a @b @c hello", "75 % of the words are mentions");
        check("Claim your FREE, airdrop today", "the phrase `Free airdrop`");
    }

    #[test]
    fn honest_texts_pass() {
        for text in [
            "Bitcoin rises to $62,000,000,000",
            "Read this http://x",
            "#BTC #ETH",
            "wait....... what ------- now",
            "edm meets crypto",
            "a carefree airdrop",
            "sooooo good",
            "",
        ] {
            assert_eq!(judge(text), None, "{text}");
        }
    }

    #[test]
    fn an_author_floods_by_the_hour_whatever_the_order() {
        let mut floods = Floods::default();
        let known_at = Timestamp(100_000);
        let mut note = |at| floods.note("bot", known_at, Timestamp(at), 3, 3_600).is_some();
        assert_eq!([10_000, 9_000, 11_000, 10_500].map(&mut note), [false, false, false, true]);
        assert!(!note(20_000));
        // Later posts that came first are as far away as earlier ones.
        assert_eq!([90_000, 90_001, 90_002, 50_000].map(&mut note), [false, false, false, false]);
        let mut note = |known_at| floods.note("other", Timestamp(known_at), Timestamp(10_000), 3, 3_600).is_some();
        assert_eq!([0, 1, 2, 3_600, 3_603, 7_300].map(&mut note), [false, false, false, true, false, false]);
        floods.forget(Timestamp(7_301));
        assert_eq!(floods.authors.keys().collect::<Vec<_>>(), ["bot"]);
    }
}
