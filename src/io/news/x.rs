//! X's search of the last seven days
//! (<https://docs.x.com/x-api/posts/search-recent-posts>).

use serde::Deserialize;
use serde_json::Value;

use super::{
    Cursor, Fetched,
    sieve::{Draft, Sieve, time},
};
use crate::{
    domain::Secret,
    io::http::{Http, HttpError, HttpFault, Request},
    units::Timestamp,
};

const PAGE: usize = 100;
/// Seconds back that may be asked for; an hour less than X allows.
const MEMORY: u64 = 7 * 86_400 - 3_600;
/// An id's higher bits are milliseconds since this time, in milliseconds since 1970.
const EPOCH_MS: u64 = 1_288_834_974_657;

#[derive(Clone, Debug)]
pub struct X {
    pub(super) http: Http,
    token: Secret,
    query: String,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    data: Vec<Value>,
    meta: Option<Meta>,
    #[serde(default)]
    errors: Vec<Problem>,
}

#[derive(Deserialize)]
struct Meta {
    newest_id: Option<String>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
struct Problem {
    title: Option<String>,
    detail: Option<String>,
}

#[derive(Deserialize)]
struct Tweet {
    id: Option<String>,
    text: Option<String>,
    created_at: Option<String>,
    author_id: Option<String>,
}

impl X {
    /// `http` is a client of `https://api.x.com`; `query` is in X's own syntax.
    pub fn new(http: Http, bearer_token: Secret, query: impl Into<String>) -> Self {
        Self { http, token: bearer_token, query: query.into() }
    }

    pub(super) async fn page(&self, cursor: &Cursor, tolerance: u64) -> Result<Fetched, HttpError> {
        let mut request = Request::get("x", "/2/tweets/search/recent")
            .query("query", &self.query)
            .query("max_results", PAGE)
            .query("tweet.fields", "created_at,author_id")
            .header("authorization", &Secret::new(format!("Bearer {}", self.token.expose())))
            .hide(&self.token);
        // An older one is refused.
        let asked_at = self.http.clock().now();
        let is_askable = |id: &&String| made_at(id).is_some_and(|at| asked_at.since(at) < MEMORY);
        let since = cursor.since.as_ref().filter(is_askable);
        if let Some(since) = since {
            request = request.query("since_id", since);
        }
        if let Some(page) = &cursor.page {
            request = request.query("next_token", page);
        }
        let answer: Answer = self.http.json(&request).await?;
        let Some(meta) = answer.meta else {
            let problem = answer.errors.into_iter().next();
            let why = problem.and_then(|problem| problem.detail.or(problem.title));
            let why = why.unwrap_or_else(|| "neither posts nor a reason".to_owned());
            return Err(self.http.error(&request, HttpFault::Refused(why)));
        };
        // Not before: quota and retries may have taken long.
        let mut sieve = Sieve::new(self.http.clock().now(), tolerance);
        for tweet in answer.data {
            let Some(tweet) = sieve.entry::<Tweet>(tweet) else { continue };
            sieve.take(
                "x",
                Draft {
                    link: tweet.id.as_ref().map(|id| format!("https://x.com/i/web/status/{id}")),
                    id: tweet.id,
                    author: tweet.author_id,
                    headline: tweet.text.unwrap_or_default(),
                    body: String::new(),
                    markup: true,
                    published: tweet.created_at.as_deref().and_then(time),
                },
            );
        }
        Ok(sieve.done(cursor.after(meta.newest_id, meta.next_token.filter(|_| since.is_some()))))
    }
}

/// When a post with this id was written.
fn made_at(id: &str) -> Option<Timestamp> {
    let id: u64 = id.parse().ok()?;
    Some(Timestamp(((id >> 22) + EPOCH_MS) / 1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_its_time() {
        // The id whose making X's own documentation explains.
        assert_eq!(made_at("1541815603606036480"), Some(Timestamp(1_656_432_460)));
        assert_eq!(made_at("no id"), None);
    }
}
