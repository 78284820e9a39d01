//! News and social media: what people write, as plain text, known from its fetch on.
//!
//! A fetch is one request, so that a crash between two loses nothing: the caller stores its posts
//! together with its cursor, and while there is `more`, asks again with that cursor. A post may
//! come again (feeds repeat themselves, and so does a fetch after a crash): it has the same source
//! and id, and what is held already keeps the `known_at` that it has.

mod cursor;
mod feed;
mod newsapi;
mod reddit;
mod sieve;
mod telegram;
mod text;
mod x;

pub use cursor::Cursor;
pub use feed::Feed;
pub use newsapi::NewsApi;
pub use reddit::{Reddit, RedditApp};
pub use sieve::{DropReason, Fetched};
pub use telegram::Telegram;
pub use text::MOST_CHARS;
pub(in crate::io) use text::plain;
pub use x::X;

use crate::io::{
    advice::Advice,
    http::{Http, HttpError},
};

/// A source of posts.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "a handful of them, made once")]
pub enum Source {
    NewsApi(NewsApi),
    Feed(Feed),
    Reddit(Reddit),
    Telegram(Telegram),
    X(X),
}

impl Source {
    /// What its cursor is kept under: `newsapi`, `rss:coindesk`, `reddit:ethereum`, `telegram`, `x`.
    pub fn name(&self) -> &str {
        match self {
            Self::NewsApi(_) => "newsapi",
            Self::Feed(source) => source.name(),
            Self::Reddit(source) => source.name(),
            Self::Telegram(_) => "telegram",
            Self::X(_) => "x",
        }
    }

    /// The posts since `cursor`, one page of them. An entry dated more than `tolerance` seconds in
    /// the future, or without what a post needs, is left out and counted.
    ///
    /// # Errors
    /// [`HttpError`], naming the host and the source; no other source is touched by it.
    pub async fn fetch(&self, cursor: &Cursor, tolerance: u64) -> Result<Fetched, HttpError> {
        let error = match self.page(cursor, tolerance).await {
            Err(error) if error.advice() == Advice::Drop => error,
            other => return other,
        };
        // The place within the pages may have expired at the source: begin them anew, but once.
        let Some(rewound) = cursor.rewound(self.http().clock().now()) else { return Err(error) };
        tracing::warn!(%error, source = self.name(), "beginning the pages anew");
        self.page(&rewound, tolerance).await
    }

    fn http(&self) -> &Http {
        match self {
            Self::NewsApi(source) => &source.http,
            Self::Feed(source) => &source.http,
            Self::Reddit(source) => &source.http,
            Self::Telegram(source) => &source.http,
            Self::X(source) => &source.http,
        }
    }

    async fn page(&self, cursor: &Cursor, tolerance: u64) -> Result<Fetched, HttpError> {
        match self {
            Self::NewsApi(source) => source.page(cursor, tolerance).await,
            Self::Feed(source) => source.all(tolerance).await,
            Self::Reddit(source) => source.page(cursor, tolerance).await,
            Self::Telegram(source) => source.page(cursor, tolerance).await,
            Self::X(source) => source.page(cursor, tolerance).await,
        }
    }
}
