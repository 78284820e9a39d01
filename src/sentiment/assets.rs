//! Which assets a text speaks of.

use crate::domain::Asset;

/// How an asset is recognised. Terms are whole words, or several in a row; punctuation between
/// them does not matter. `$LINK` and `#LINK` as terms demand their mark, `LINK` as a term fits
/// both as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetTerms {
    pub asset: Asset,
    /// In any case: `chainlink`, `$LINK`.
    pub terms: Vec<String>,
    /// In this case alone: `LINK`. In a text without any lower-case letter, where case says
    /// nothing, they count only behind `$` or `#`.
    pub exact: Vec<String>,
    /// Phrases, in any case, within which no term counts: `link in bio`.
    pub excluded: Vec<String>,
}

/// Finds assets in texts.
#[derive(Clone, Debug)]
pub struct Matcher {
    assets: Vec<Patterns>,
}

#[derive(Clone, Debug)]
struct Patterns {
    asset: Asset,
    terms: Vec<Vec<Word>>,
    exact: Vec<Vec<Word>>,
    excluded: Vec<Vec<Word>>,
}

/// A run of letters and digits, and the mark right before it.
#[derive(Clone, Debug)]
struct Word {
    mark: Option<char>,
    text: String,
    lower: String,
}

impl Matcher {
    pub fn new(assets: &[AssetTerms]) -> Self {
        let all = |texts: &[String]| texts.iter().map(|text| split(text)).collect();
        let patterns = |of: &AssetTerms| Patterns {
            asset: of.asset.clone(),
            terms: all(&of.terms),
            exact: all(&of.exact),
            excluded: all(&of.excluded),
        };
        Self { assets: assets.iter().map(patterns).collect() }
    }

    /// The assets that the text speaks of, each once, in the order of the configuration.
    pub fn assets(&self, text: &str) -> Vec<Asset> {
        let words = split(text);
        let shouted = !text.chars().any(char::is_lowercase);
        let found = self.assets.iter().filter(|patterns| patterns.fit(&words, shouted));
        found.map(|patterns| patterns.asset.clone()).collect()
    }
}

impl Patterns {
    fn fit(&self, words: &[Word], shouted: bool) -> bool {
        let marked =
            |pattern: &[Word], at: usize| pattern.iter().chain(&words[at..=at]).any(|word| word.mark.is_some());
        let counts = |pattern: &[Word], exact: bool, at: usize| {
            fits(pattern, words, at, exact)
                && !(exact && shouted && !marked(pattern, at))
                && !self.excludes(words, at, pattern.len())
        };
        let anywhere = |patterns: &[Vec<Word>], exact: bool| {
            patterns.iter().any(|pattern| (0..words.len()).any(|at| counts(pattern, exact, at)))
        };
        anywhere(&self.terms, false) || anywhere(&self.exact, true)
    }

    /// Whether the `count` words from `at` on lie within an excluded phrase.
    fn excludes(&self, words: &[Word], at: usize, count: usize) -> bool {
        self.excluded.iter().any(|phrase| {
            let first = (at + count).saturating_sub(phrase.len());
            (first..=at).any(|start| fits(phrase, words, start, false))
        })
    }
}

fn fits(pattern: &[Word], words: &[Word], at: usize, exact: bool) -> bool {
    let Some(words) = words.get(at..at + pattern.len()) else { return false };
    let same = |(pattern, word): (&Word, &Word)| {
        let marked = pattern.mark.is_none() || pattern.mark == word.mark;
        marked && if exact { pattern.text == word.text } else { pattern.lower == word.lower }
    };
    !pattern.is_empty() && pattern.iter().zip(words).all(same)
}

fn split(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let (mut before, mut inside) = (None, false);
    for character in text.chars() {
        let part = character.is_alphanumeric() || character == '_';
        match words.last_mut() {
            Some(word) if part && inside => word.text.push(character),
            _ if part => {
                let mark = before.filter(|mark| matches!(mark, '$' | '#'));
                words.push(Word { mark, text: character.to_string(), lower: String::new() });
            }
            _ => {}
        }
        (before, inside) = (Some(character), part);
    }
    for word in &mut words {
        word.lower = word.text.to_lowercase();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matcher() -> Matcher {
        let texts = |list: &[&str]| list.iter().map(ToString::to_string).collect();
        let of = |asset, terms: &[&str], exact: &[&str], excluded: &[&str]| AssetTerms {
            asset: Asset::new(asset),
            terms: texts(terms),
            exact: texts(exact),
            excluded: texts(excluded),
        };
        Matcher::new(&[
            of("BTC", &["btc", "bitcoin"], &[], &["bitcoin cash"]),
            of("LINK", &["chainlink", "$LINK"], &["LINK"], &["LINK in bio", "the LINK"]),
            of("UNI", &["uniswap", "uni token"], &["UNI"], &[]),
        ])
    }

    fn check(text: &str, assets: &[&str]) {
        let found: Vec<_> = matcher().assets(text).iter().map(|asset| asset.as_str().to_owned()).collect();
        assert_eq!(found, assets, "{text}");
    }

    #[test]
    fn terms_are_whole_words() {
        check("Bitcoin's rise, and #BTC/USD", &["BTC"]);
        check("bitcoiners love wbtc and BTCUSDT", &[]);
        check("Uni-token holders", &["UNI"]);
        check("uni students; the UNI vote", &["UNI"]);
        check("uni students", &[]);
        check("uniswap flips chainlink and bitcoin", &["BTC", "LINK", "UNI"]);
        check("", &[]);
    }

    #[test]
    fn case_tells_the_token_from_the_word() {
        check("click this link", &[]);
        check("Buying LINK here", &["LINK"]);
        check("buying $link here", &["LINK"]);
        check("buying #link here", &[]);
        check("CLICK MY LINK NOW", &[]);
        check("BUY #LINK NOW", &["LINK"]);
        check("BUY $LINK NOW", &["LINK"]);
    }

    #[test]
    fn excluded_contexts_are_no_mention() {
        check("free tokens, LINK in Bio", &[]);
        check("see the LINK; buy LINK", &["LINK"]);
        check("Bitcoin Cash forks", &[]);
        check("Bitcoin Cash forks off Bitcoin", &["BTC"]);
    }
}
