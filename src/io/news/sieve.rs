//! What becomes a post, and what is dropped and why.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::de::DeserializeOwned;

use super::{Cursor, text};
use crate::{domain::Post, units::Timestamp};

/// A longer id is no id.
const MOST_ID_BYTES: usize = 2_000;

/// What a fetch brought.
#[derive(Clone, Debug, PartialEq)]
pub struct Fetched {
    pub posts: Vec<Post>,
    /// Entries left out, counted by reason.
    pub dropped: Vec<(DropReason, usize)>,
    /// Posts whose text was longer than is kept.
    pub cut: usize,
    /// To keep with the posts, and to give back with the next fetch.
    pub cursor: Cursor,
    /// The source has more: store, and fetch again at once.
    pub more: bool,
}

/// Why an entry is no post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DropReason {
    /// Not of the source's own form.
    Malformed,
    NoId,
    NoDate,
    NoText,
    /// Dated in the future.
    Future,
    /// The same id as an entry before it.
    Repeated,
    /// From a channel that is not asked for.
    NotAsked,
}

impl DropReason {
    /// For metrics and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::NoId => "no id",
            Self::NoDate => "no date",
            Self::NoText => "no text",
            Self::Future => "dated in the future",
            Self::Repeated => "repeated",
            Self::NotAsked => "not asked for",
        }
    }
}

impl fmt::Display for DropReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An entry as its source gave it.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) id: Option<String>,
    pub(super) author: Option<String>,
    pub(super) link: Option<String>,
    pub(super) headline: String,
    pub(super) body: String,
    /// Whether headline and body are HTML, or hold its entities.
    pub(super) markup: bool,
    pub(super) published: Option<Timestamp>,
}

/// Makes posts of drafts.
#[derive(Debug)]
pub(super) struct Sieve {
    now: Timestamp,
    /// Seconds that another host's clock may be ahead.
    tolerance: u64,
    posts: Vec<Post>,
    ids: BTreeSet<(String, String)>,
    dropped: BTreeMap<DropReason, usize>,
    cut: usize,
}

impl Sieve {
    pub(super) fn new(now: Timestamp, tolerance: u64) -> Self {
        Self { now, tolerance, posts: Vec::new(), ids: BTreeSet::new(), dropped: BTreeMap::new(), cut: 0 }
    }

    pub(super) fn drop(&mut self, reason: DropReason) {
        *self.dropped.entry(reason).or_default() += 1;
    }

    /// An entry of this form, or else it is counted as malformed.
    pub(super) fn entry<T: DeserializeOwned>(&mut self, entry: serde_json::Value) -> Option<T> {
        let entry = serde_json::from_value(entry).ok();
        if entry.is_none() {
            self.drop(DropReason::Malformed);
        }
        entry
    }

    pub(super) fn take(&mut self, source: &str, draft: Draft) {
        match self.post(source, draft) {
            Ok((post, is_cut)) if self.ids.insert((post.source.clone(), post.id.clone())) => {
                self.posts.push(post);
                self.cut += usize::from(is_cut);
            }
            Ok(_) => self.drop(DropReason::Repeated),
            Err(reason) => self.drop(reason),
        }
    }

    /// The post, and whether its text is cut.
    fn post(&self, source: &str, draft: Draft) -> Result<(Post, bool), DropReason> {
        let id = draft.id.map(|id| text::plain(&id)).filter(|id| !id.is_empty() && id.len() <= MOST_ID_BYTES);
        let id = id.ok_or(DropReason::NoId)?;
        let published = draft.published.ok_or(DropReason::NoDate)?;
        if published > self.now.plus(self.tolerance) {
            return Err(DropReason::Future);
        }
        let plain = |text: &str| match draft.markup {
            true => text::from_markup(text).ok_or(DropReason::Malformed),
            false => Ok(text::bounded(text)),
        };
        let author = draft.author.map(|author| text::plain(&author)).filter(|author| !author.is_empty());
        let (headline, body) = (plain(&draft.headline)?, plain(&draft.body)?);
        let is_cut = headline.is_cut || body.is_cut;
        let (headline, body) = (headline.text, body.text);
        let text = match (headline.is_empty(), body.is_empty()) {
            (true, true) => return Err(DropReason::NoText),
            (true, false) => body,
            (false, true) => headline,
            (false, false) if body == headline => headline,
            (false, false) => format!("{headline}\n{body}"),
        };
        let is_web =
            |link: &String| reqwest::Url::parse(link).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        let link = draft.link.map(|link| text::plain(&link)).filter(is_web);
        let known_at = self.now.max(published);
        Ok((Post { source: source.to_owned(), id, author, link, text, published, known_at }, is_cut))
    }

    pub(super) fn done(self, cursor: Cursor) -> Fetched {
        let more = cursor.is_within();
        Fetched { posts: self.posts, dropped: self.dropped.into_iter().collect(), cut: self.cut, cursor, more }
    }
}

/// A time of RFC 3339, to the second.
pub(super) fn time(text: &str) -> Option<Timestamp> {
    let time: jiff::Timestamp = text.parse().ok()?;
    u64::try_from(time.as_second()).ok().map(Timestamp)
}
