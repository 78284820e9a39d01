//! A text as the reference sees it: words with Python's ideas of space, punctuation and case.

use std::borrow::Cow;

use super::{
    lexicon::{self, Entry},
    space::is_space,
};

/// A word, or an emoticon.
#[derive(Debug)]
pub(super) struct Token<'a> {
    pub lower: Cow<'a, str>,
    /// Python's `str.isupper`.
    pub upper: bool,
    pub entry: Entry,
}

#[derive(Debug)]
pub(super) struct Tokens<'a> {
    pub list: Vec<Token<'a>>,
    /// Whether some words, but not all, are in capitals: only then do capitals shout.
    pub shouting: bool,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let words = text.split(is_space).filter(|word| !word.is_empty()).map(strip_punctuation);
        let list: Vec<Token<'a>> = words.map(Token::new).collect();
        let capitals = list.iter().filter(|token| token.upper).count();
        let shouting = capitals > 0 && capitals < list.len();
        Self { list, shouting }
    }
}

impl<'a> Token<'a> {
    fn new(word: &'a str) -> Self {
        let is_lower = word.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
        let lower = if is_lower { Cow::Borrowed(word) } else { Cow::Owned(word.to_lowercase()) };
        let entry = lexicon::entry(&lower);
        Self { lower, upper: !is_lower && is_upper(word), entry }
    }

    pub(super) fn is(&self, word: &str) -> bool {
        self.lower == word
    }

    pub(super) fn is_any(&self, words: [&str; 2]) -> bool {
        words.iter().any(|word| self.is(word))
    }

    pub(super) fn in_lexicon(&self) -> bool {
        self.entry.valence.is_some()
    }
}

/// Without the punctuation around it, unless two characters or fewer would remain: then the
/// token is taken for an emoticon.
fn strip_punctuation(token: &str) -> &str {
    let stripped = token.trim_matches(|character: char| character.is_ascii_punctuation());
    if stripped.chars().nth(2).is_some() { stripped } else { token }
}

/// At least one upper-case character, and no lower-case or title-case one.
fn is_upper(word: &str) -> bool {
    let mut found = false;
    for character in word.chars() {
        if character.is_lowercase() || is_title(character) {
            return false;
        }
        found |= character.is_uppercase();
    }
    found
}

/// Unicode's category `Lt`, complete: Croatian digraphs, and Greek capitals with iota adscript.
fn is_title(character: char) -> bool {
    matches!(
        character,
        '\u{1c5}' | '\u{1c8}' | '\u{1cb}' | '\u{1f2}' | '\u{1f88}'..='\u{1f8f}' | '\u{1f98}'..='\u{1f9f}'
            | '\u{1fa8}'..='\u{1faf}' | '\u{1fbc}' | '\u{1fcc}' | '\u{1ffc}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_cut_as_python_cuts_them() {
        let lower = |text| Tokens::new(text).list.into_iter().map(|token| token.lower.into_owned()).collect::<Vec<_>>();
        assert_eq!(lower("Well, (Yes)\u{1c}no!\u{a0}:) ...\u{200b}a"), ["well", "yes", "no!", ":)", "...\u{200b}a"]);
        assert_eq!(lower("\u{212a}ILL"), ["kill"]);
        assert!(lower(" \t\n").is_empty());
    }

    #[test]
    fn case_is_pythons() {
        for (word, upper) in [("ABC", true), ("A1", true), ("A\u{1c5}", false), ("123", false), ("Aa", false)] {
            assert_eq!(is_upper(word), upper, "{word}");
        }
    }
}
