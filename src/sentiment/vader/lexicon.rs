//! The reference's word lists, and the words of the paper's rules.

use std::{borrow::Cow, collections::HashMap, sync::LazyLock};

use super::space::is_space;

const WORDS: &str = include_str!("../../../assets/vader/vader_lexicon.txt");
const EMOJIS: &str = include_str!("../../../assets/vader/emoji_utf8_lexicon.txt");

/// How much a booster adds to a word's valence, and a dampener takes away: the mean change that
/// the paper's raters gave to intensified words.
const BOOST: f64 = 0.293;

const BOOSTERS: &str = "absolutely amazingly awfully completely considerable considerably decidedly deeply effing \
    enormous enormously entirely especially exceptional exceptionally extreme extremely fabulously flipping flippin \
    frackin fracking fricking frickin frigging friggin fully fuckin fucking fuggin fugging greatly hella highly \
    hugely incredible incredibly intensely major majorly more most particularly purely quite really remarkably so \
    substantially thoroughly total totally tremendous tremendously uber unbelievably unusually utter utterly very";

const DAMPENERS: &str = "almost barely hardly kinda kindof kind-of less little marginal marginally occasional \
    occasionally partly scarce scarcely slight slightly somewhat sorta sortof sort-of";

/// Dampeners of two words.
pub(super) const DAMPENING_PAIRS: [&str; 3] = ["just enough", "kind of", "sort of"];

const NEGATIONS: &str = "aint arent cannot cant couldnt darent didnt doesnt ain't aren't can't couldn't daren't \
    didn't doesn't dont hadnt hasnt havent isnt mightnt mustnt neither don't hadn't hasn't haven't isn't mightn't \
    mustn't neednt needn't never none nope nor not nothing nowhere oughtnt shant shouldnt uhuh wasnt werent oughtn't \
    shan't shouldn't uh-uh wasn't weren't without wont wouldnt won't wouldn't rarely seldom despite";

/// Phrases around a lexicon word that mean something of their own.
const IDIOMS: [(&str, f64); 9] = [
    ("the shit", 3.0),
    ("the bomb", 3.0),
    ("bad ass", 1.5),
    ("badass", 1.5),
    ("bus stop", 0.0),
    ("yeah right", -2.0),
    ("kiss of death", -1.5),
    ("to die for", 3.0),
    ("beating heart", 3.5),
];

pub(super) const DAMPENING: f64 = -BOOST;

/// What is known of a lower-case word.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Entry {
    /// Its mean valence, -4 to 4, if it stands in the lexicon.
    pub valence: Option<f64>,
    /// What it adds to the words after it.
    pub boost: Option<f64>,
    pub negates: bool,
}

static ENTRIES: LazyLock<HashMap<&'static str, Entry>> = LazyLock::new(|| {
    let mut entries: HashMap<&'static str, Entry> = HashMap::with_capacity(8_000);
    for (word, rest) in rows(WORDS) {
        let valence = rest.split('\t').next().and_then(|mean| mean.parse().ok());
        // The reference's dictionary keeps the last of two rows of one word.
        entries.entry(word).or_default().valence = Some(valence.expect("every row of the lexicon has a mean"));
    }
    for (words, boost) in [(BOOSTERS, BOOST), (DAMPENERS, DAMPENING)] {
        for word in words.split_whitespace() {
            entries.entry(word).or_default().boost = Some(boost);
        }
    }
    for word in NEGATIONS.split_whitespace() {
        entries.entry(word).or_default().negates = true;
    }
    entries
});

/// By character: a sequence of several has a row in the file, but the reference looks up
/// characters one by one and never finds it.
static DESCRIPTIONS: LazyLock<HashMap<char, &'static str>> = LazyLock::new(|| {
    let one = |text: &str| {
        let mut characters = text.chars();
        characters.next().filter(|_| characters.next().is_none())
    };
    rows(EMOJIS).filter_map(|(emoji, rest)| Some((one(emoji)?, rest.split('\t').next()?))).collect()
});

fn rows(file: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    file.split('\n').filter_map(|line| line.trim_matches(is_space).split_once('\t'))
}

pub(super) fn entry(lower: &str) -> Entry {
    let entry = ENTRIES.get(lower).copied().unwrap_or_default();
    Entry { negates: entry.negates || lower.contains("n't"), ..entry }
}

/// The meaning of a phrase of lower-case words.
pub(super) fn idiom(phrase: &str) -> Option<f64> {
    IDIOMS.iter().find(|(idiom, _)| *idiom == phrase).map(|(_, valence)| *valence)
}

/// Puts each emoji's description in its place, as the reference does: a space goes before it
/// unless one stands there, and none after it.
pub(super) fn describe_emojis(text: &str) -> Cow<'_, str> {
    // No description's character lies below U+00A9; most texts have none.
    if text.is_ascii() || !text.chars().any(|character| DESCRIPTIONS.contains_key(&character)) {
        return Cow::Borrowed(text);
    }
    let mut described = String::with_capacity(text.len() + 32);
    let mut after_space = true;
    for character in text.chars() {
        match DESCRIPTIONS.get(&character) {
            Some(description) => {
                if !after_space {
                    described.push(' ');
                }
                described.push_str(description);
                after_space = false;
            }
            None => {
                described.push(character);
                after_space = character == ' ';
            }
        }
    }
    Cow::Owned(described)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sizes of the reference's dictionaries, where sequences count too.
    #[test]
    fn the_word_lists_are_whole() {
        assert_eq!(ENTRIES.values().filter(|entry| entry.valence.is_some()).count(), 7_506);
        assert_eq!(rows(EMOJIS).count(), 3_570);
        assert!(DESCRIPTIONS.keys().all(|character| !character.is_ascii()));
        assert_eq!(entry("good").valence, Some(1.9));
        assert_eq!((BOOSTERS.split_whitespace().count(), DAMPENERS.split_whitespace().count()), (60, 21));
        assert_eq!(NEGATIONS.split_whitespace().count(), 59);
    }
}
