//! How far a source was read.

use serde::{Deserialize, Serialize};

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
}

impl Cursor {
    /// After a page whose newest entry is `newest`, where `older` names the page after it.
    pub(super) fn after(&self, newest: Option<String>, older: Option<String>) -> Self {
        let newest = self.newest.clone().or(newest);
        match older.filter(|_| self.since.is_some()) {
            Some(page) => Self { since: self.since.clone(), newest, page: Some(page) },
            None => Self { since: newest.or_else(|| self.since.clone()), newest: None, page: None },
        }
    }

    /// Back to the newest page.
    pub(super) fn rewound(&self) -> Self {
        Self { since: self.since.clone(), newest: None, page: None }
    }

    /// Whether pages are left.
    pub(super) fn is_within(&self) -> bool {
        self.page.is_some()
    }
}
