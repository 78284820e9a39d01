//! Text that people wrote: news and social posts.

use serde::{Deserialize, Serialize};

use crate::units::Timestamp;

/// A piece of news or a post, as its source gave it, as plain text without markup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Post {
    /// The configured source: `rss:coindesk`, `reddit:ethereum`, `newsapi`.
    pub source: String,
    /// Unique within the source.
    pub id: String,
    /// Who wrote it, by the source's own name or number; `None` where the source does not say.
    #[serde(default)]
    pub author: Option<String>,
    pub link: Option<String>,
    /// The headline, and after a line break the body where there is one.
    pub text: String,
    /// What the source says of its time.
    pub published: Timestamp,
    /// Since when the bot could have read it: when it was fetched, or for text imported from a
    /// file the time that the file's rule gives; never before `published`.
    pub known_at: Timestamp,
}
