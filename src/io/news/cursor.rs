//! How far a source was read.

use serde::{Deserialize, Serialize};

use crate::units::Timestamp;

/// Pages that are read back to where the last fetch ended; what is older is given up, for old
/// posts are worth little. Two thousand posts at a hundred a page.
pub(super) const MOST_PAGES: u32 = 20;
/// Pages are not begun anew twice within this time.
const REWIND_SECONDS: u64 = 600;

/// Where the next fetch goes on. Sources give the newest first and older ones page by page, so
/// what is between `since` and `newest` is not whole until the last page is read.
///
/// Without `since` (never fetched) only the newest page is read: a post counts from its fetch on,
/// so that the past of a source is worth nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// All up to here was read; in the source's own terms (an id, a time, an offset).
    pub since: Option<String>,
    /// Of the pages being read, the newest.
    pub newest: Option<String>,
    /// The next older page.
    pub page: Option<String>,
    /// Pages read so far.
    #[serde(default)]
    pub pages: u32,
    /// When the pages were begun anew, because the source refused one of them.
    #[serde(default)]
    pub rewound_at: Option<u64>,
}

impl Cursor {
    /// After a page whose newest entry is `newest`, where `older` names the page after it.
    pub(super) fn after(&self, newest: Option<String>, older: Option<String>) -> Self {
        let newest = self.newest.clone().or(newest);
        let pages = self.pages.saturating_add(1);
        let older = older.filter(|_| self.since.is_some());
        if older.is_some() && pages >= MOST_PAGES {
            tracing::warn!(pages, since = self.since, "older posts are given up: they are too many");
        }
        match older.filter(|_| pages < MOST_PAGES) {
            Some(page) => Self { since: self.since.clone(), newest, page: Some(page), pages, ..self.clone() },
            None => Self { since: newest.or_else(|| self.since.clone()), ..Self::default() },
        }
    }

    /// Back to the newest page; `None` so soon after the last time that the pages would be begun
    /// for ever.
    pub(super) fn rewound(&self, now: Timestamp) -> Option<Self> {
        let is_again = self.rewound_at.is_some_and(|at| now.since(Timestamp(at)) < REWIND_SECONDS);
        (self.is_within() && !is_again).then(|| Self {
            since: self.since.clone(),
            rewound_at: Some(now.0),
            ..Self::default()
        })
    }

    /// Whether pages are left.
    pub(super) fn is_within(&self) -> bool {
        self.page.is_some()
    }
}
