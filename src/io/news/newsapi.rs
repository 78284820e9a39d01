//! NewsAPI's search (<https://newsapi.org/docs/endpoints/everything>).
//!
//! Plans give no more than a hundred results a query, so older ones are reached by asking for what
//! was published up to the oldest one seen, not by page number.

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
/// Seconds asked for again, because articles are indexed some time after they are published.
const OVERLAP: u64 = 3_600;
/// Seconds back that the smallest plan can be asked for: a month; less a day to be safe.
const MEMORY: u64 = 27 * 86_400;

#[derive(Clone, Debug)]
pub struct NewsApi {
    pub(super) http: Http,
    key: Secret,
    query: String,
    language: String,
}

#[derive(Deserialize)]
struct Answer {
    status: String,
    code: Option<String>,
    message: Option<String>,
    #[serde(default)]
    articles: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Article {
    title: Option<String>,
    author: Option<String>,
    description: Option<String>,
    url: Option<String>,
    published_at: Option<String>,
}

impl NewsApi {
    /// `http` is a client of `https://newsapi.org`; `query` is in NewsAPI's own syntax, `language`
    /// two letters.
    pub fn new(http: Http, key: Secret, query: impl Into<String>, language: impl Into<String>) -> Self {
        Self { http, key, query: query.into(), language: language.into() }
    }

    pub(super) async fn page(&self, cursor: &Cursor, tolerance: u64) -> Result<Fetched, HttpError> {
        let mut request = Request::get("newsapi", "/v2/everything")
            .query("q", &self.query)
            .query("language", &self.language)
            .query("sortBy", "publishedAt")
            .query("pageSize", PAGE)
            .header("x-api-key", &self.key);
        let since = cursor.since.as_deref().and_then(time).map(|since| since.minus(OVERLAP));
        let asked_at = self.http.clock().now();
        let since = since.filter(|since| asked_at.since(*since) < MEMORY);
        if let Some(since) = since {
            request = request.query("from", bare(since));
        }
        if let Some(until) = cursor.page.as_deref().and_then(time) {
            request = request.query("to", bare(until));
        }
        let answer: Answer = self.http.json(&request).await?;
        if answer.status != "ok" {
            let why = [answer.code, answer.message].into_iter().flatten().collect::<Vec<_>>().join(": ");
            return Err(self.http.error(&request, HttpFault::Refused(why)));
        }
        // Not before: quota and retries may have taken long.
        let now = self.http.clock().now();
        let is_full = answer.articles.len() >= PAGE;
        let mut sieve = Sieve::new(now, tolerance);
        let mut times = Vec::new();
        for article in answer.articles {
            let Some(article) = sieve.entry::<Article>(article) else { continue };
            let published = article.published_at.as_deref().and_then(time);
            times.extend(published.filter(|published| *published <= now.plus(tolerance)));
            // Articles taken back keep their place.
            let removed = article.title.as_deref() == Some("[Removed]");
            let text = |text: Option<String>| text.filter(|_| !removed).unwrap_or_default();
            sieve.take(
                "newsapi",
                Draft {
                    id: article.url.clone(),
                    author: article.author,
                    link: article.url,
                    headline: text(article.title),
                    body: text(article.description),
                    markup: true,
                    published,
                },
            );
        }
        // Without a beginning the pages would go back to the source's first.
        let older = times.iter().min().filter(|_| is_full && since.is_some()).map(|oldest| {
            // A whole page of one second would be given again and again.
            let stuck = cursor.page.as_deref().and_then(time) == Some(*oldest);
            oldest.minus(u64::from(stuck)).to_string()
        });
        Ok(sieve.done(cursor.after(times.iter().max().map(Timestamp::to_string), older)))
    }
}

/// UTC without its letter, as NewsAPI writes it.
fn bare(time: Timestamp) -> String {
    time.to_string().trim_end_matches('Z').to_owned()
}
