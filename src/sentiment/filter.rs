//! What becomes of a post before it is scored: cleaned and kept, or dropped with the reason.

use std::fmt;

use super::{
    Score,
    aggregate::ScoredPost,
    assets::{AssetTerms, Matcher},
    clean::clean,
    duplicates::{DuplicateParams, Duplicates, Repetition},
    language::{Language, LanguageParams},
    spam::{Floods, Rules, Spam, SpamParams},
};
use crate::domain::{Asset, Post};

/// How many posts pass before authors who fell silent are forgotten.
const TIDY_EVERY: usize = 1_000;

#[derive(Clone, Debug, PartialEq)]
pub struct FilterParams {
    /// How much of a text is read.
    pub most_characters: usize,
    pub language: LanguageParams,
    pub spam: SpamParams,
    pub duplicates: DuplicateParams,
    /// Posts that speak of none of these are dropped.
    pub assets: Vec<AssetTerms>,
}

/// A post worth scoring.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    pub post: Post,
    /// The cleaned text: what is to be scored.
    pub text: String,
    /// What it speaks of; at least one.
    pub assets: Vec<Asset>,
    /// What its score's confidence is multiplied by: less than one where its language is uncertain.
    pub confidence: f64,
}

impl Kept {
    /// The post with its score, for the aggregator.
    pub fn scored(&self, score: Score) -> ScoredPost {
        ScoredPost {
            source: self.post.source.clone(),
            id: self.post.id.clone(),
            known_at: self.post.known_at,
            assets: self.assets.clone(),
            score: Score { confidence: score.confidence * self.confidence, ..score },
        }
    }
}

/// A post that is not scored, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Dropped {
    pub post: Post,
    pub reason: Reason,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Reason {
    /// Nothing is left once links and handles are gone.
    Empty,
    /// It speaks of none of our assets.
    NoAsset,
    /// In another language or script.
    Language(String),
    Spam(Spam),
    Repetition(Repetition),
}

impl Reason {
    /// One word, to count by.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::NoAsset => "no asset",
            Self::Language(_) => "language",
            Self::Spam(_) => "spam",
            Self::Repetition(_) => "repetition",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("no text"),
            Self::NoAsset => f.write_str("about none of the assets"),
            Self::Language(name) => write!(f, "language {name}"),
            Self::Spam(spam) => write!(f, "spam: {spam}"),
            Self::Repetition(of) => write!(f, "repeats {} of {} ({:.2})", of.id, of.source, of.similarity),
        }
    }
}

/// What [`filter`] made of a list of posts, both parts in the order in which posts were known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filtered {
    pub kept: Vec<Kept>,
    pub dropped: Vec<Dropped>,
}

/// The rules, and what they remember of earlier posts: a post is judged by posts before it
/// alone, so what comes later never changes a judgement; and by those of the window before it
/// alone ([`DuplicateParams::window_seconds`]), so that a filter that begins there judges alike.
#[derive(Clone, Debug)]
pub struct Filter {
    most_characters: usize,
    language: LanguageParams,
    rules: Rules,
    author_posts_per_hour: usize,
    floods: Floods,
    duplicates: Duplicates,
    matcher: Matcher,
    seen: usize,
}

impl Filter {
    pub fn new(params: FilterParams) -> Self {
        Self {
            most_characters: params.most_characters,
            language: params.language,
            author_posts_per_hour: params.spam.author_posts_per_hour,
            rules: Rules::new(params.spam),
            floods: Floods::default(),
            duplicates: Duplicates::new(params.duplicates),
            matcher: Matcher::new(&params.assets),
            seen: 0,
        }
    }

    /// Judges the next post. Posts come in the order in which they were known.
    ///
    /// # Errors
    /// The post and why it is dropped: no fault, but what most posts deserve.
    pub fn push(&mut self, post: Post) -> Result<Kept, Box<Dropped>> {
        match self.judge(&post) {
            Ok((text, assets, confidence)) => Ok(Kept { post, text, assets, confidence }),
            Err(reason) => Err(Box::new(Dropped { post, reason })),
        }
    }

    fn judge(&mut self, post: &Post) -> Result<(String, Vec<Asset>, f64), Reason> {
        self.seen += 1;
        if self.seen.is_multiple_of(TIDY_EVERY) {
            self.floods.forget(post.known_at.minus(self.duplicates.window_seconds()));
        }
        let cleaned = clean(&post.text, self.most_characters);
        // An author floods with whatever it posts, also with what another rule would drop.
        let flood = post.author.as_ref().and_then(|author| {
            let author = format!("{} {author}", post.source);
            let (most, window) = (self.author_posts_per_hour, self.duplicates.window_seconds());
            self.floods.note(&author, post.known_at, post.published, most, window)
        });
        if cleaned.text.is_empty() {
            return Err(Reason::Empty);
        }
        let assets = self.matcher.assets(&cleaned.text);
        if assets.is_empty() {
            return Err(Reason::NoAsset);
        }
        let confidence = match self.language.judge(&cleaned.text) {
            Language::Wanted => 1.0,
            Language::Unsure => self.language.unsure_confidence,
            Language::Foreign(name) => return Err(Reason::Language(name)),
        };
        if let Some(spam) = self.rules.judge(&cleaned) {
            return Err(Reason::Spam(spam));
        }
        // A flood is remembered like any other post: whether it is one hangs on the window before
        // it, so that what repeats it would else be judged by two windows.
        let repetition = self.duplicates.note(post, &cleaned.text);
        match flood.map(Reason::Spam).or(repetition.map(Reason::Repetition)) {
            Some(reason) => Err(reason),
            None => Ok((cleaned.text, assets, confidence)),
        }
    }
}

/// Filters a history: posts in any order, as [`Filter`] would have live.
pub fn filter(params: FilterParams, posts: impl IntoIterator<Item = Post>) -> Filtered {
    let mut posts: Vec<Post> = posts.into_iter().collect();
    posts.sort_by(|a, b| (a.known_at, &a.source, &a.id).cmp(&(b.known_at, &b.source, &b.id)));
    let mut filter = Filter::new(params);
    let mut filtered = Filtered::default();
    for post in posts {
        match filter.push(post) {
            Ok(kept) => filtered.kept.push(kept),
            Err(dropped) => filtered.dropped.push(*dropped),
        }
    }
    filtered
}

#[cfg(test)]
pub(crate) mod tests;
