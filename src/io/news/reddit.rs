//! Reddit's newest posts of a subreddit (<https://www.reddit.com/dev/api#GET_new>), as an
//! application without a user (<https://github.com/reddit-archive/reddit/wiki/OAuth2>).

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;

use super::{
    Cursor, Fetched,
    sieve::{Draft, Sieve},
};
use crate::{
    domain::Secret,
    io::http::{Http, HttpError, HttpFault, Request},
    units::Timestamp,
};

const PAGE: usize = 100;
/// Seconds before its end at which a token is given up.
const MARGIN: u64 = 60;

/// The application: its tokens are shared by all subreddits.
#[derive(Clone, Debug)]
pub struct RedditApp {
    http: Http,
    id: String,
    secret: Secret,
    token: Arc<Mutex<Option<(Secret, Timestamp)>>>,
}

/// One subreddit.
#[derive(Clone, Debug)]
pub struct Reddit {
    pub(super) http: Http,
    app: RedditApp,
    subreddit: String,
    name: String,
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
    expires_in: u64,
}

#[derive(Deserialize)]
struct Listing {
    data: Page,
}

#[derive(Deserialize)]
struct Page {
    children: Vec<Value>,
    after: Option<String>,
}

#[derive(Deserialize)]
struct Thing {
    kind: String,
    data: Link,
}

#[derive(Deserialize)]
struct Link {
    name: Option<String>,
    title: Option<String>,
    author: Option<String>,
    selftext: Option<String>,
    permalink: Option<String>,
    url: Option<String>,
    #[serde(default)]
    is_self: bool,
    created_utc: Option<f64>,
}

impl RedditApp {
    /// `http` is a client of `https://www.reddit.com`.
    pub fn new(http: Http, id: impl Into<String>, secret: Secret) -> Self {
        Self { http, id: id.into(), secret, token: Arc::default() }
    }

    /// A token that is still good, but for `spent`.
    async fn token(&self, spent: Option<&Secret>) -> Result<Secret, HttpError> {
        let mut kept = self.token.lock().await;
        let now = self.http.clock().now();
        if let Some((token, until)) = &*kept
            && now < *until
            && spent != Some(token)
        {
            return Ok(token.clone());
        }
        let request = Request::get("reddit's token", "/api/v1/access_token")
            .form(vec![("grant_type", "client_credentials".to_owned())])
            .basic_auth(&self.id, &self.secret);
        let answer: Token = self.http.json(&request).await?;
        let token = Secret::new(answer.access_token);
        *kept = Some((token.clone(), now.plus(answer.expires_in.saturating_sub(MARGIN))));
        Ok(token)
    }
}

impl Reddit {
    /// `http` is a client of `https://oauth.reddit.com`.
    pub fn new(http: Http, app: RedditApp, subreddit: impl Into<String>) -> Self {
        let subreddit = subreddit.into();
        let name = format!("reddit:{subreddit}");
        Self { http, app, subreddit, name }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) async fn page(&self, cursor: &Cursor, tolerance: u64) -> Result<Fetched, HttpError> {
        let token = self.app.token(None).await?;
        let listing = match self.listing(cursor, &token).await {
            // Reddit takes tokens back at will.
            Err(error) if matches!(error.fault, HttpFault::Status { status: 401, .. }) => {
                let token = self.app.token(Some(&token)).await?;
                self.listing(cursor, &token).await?
            }
            other => other?,
        };
        let now = self.http.clock().now();
        let mut sieve = Sieve::new(now, tolerance);
        let mut times = Vec::new();
        for child in listing.data.children {
            let Some(thing) = sieve.entry::<Thing>(child) else { continue };
            if thing.kind != "t3" {
                sieve.drop(super::DropReason::Malformed);
                continue;
            }
            let link = thing.data;
            let published = link.created_utc.filter(|time| *time >= 0.0).map(|time| Timestamp(time as u64));
            times.extend(published.filter(|published| *published <= now.plus(tolerance)));
            let own = link.permalink.map(|path| format!("https://www.reddit.com{path}"));
            let body = link.selftext.filter(|text| text != "[removed]" && text != "[deleted]");
            sieve.take(
                &self.name,
                Draft {
                    id: link.name,
                    author: link.author.filter(|author| author != "[deleted]"),
                    link: link.url.filter(|_| !link.is_self).or(own),
                    headline: link.title.unwrap_or_default(),
                    body: body.unwrap_or_default(),
                    markup: false,
                    published,
                },
            );
        }
        let since = cursor.since.as_deref().and_then(|text| text.parse().ok()).map(Timestamp);
        let reached = times.iter().min().is_some_and(|oldest| since.is_some_and(|since| *oldest < since));
        let older = listing.data.after.filter(|_| !reached);
        Ok(sieve.done(cursor.after(times.iter().max().map(|time| time.0.to_string()), older)))
    }

    async fn listing(&self, cursor: &Cursor, token: &Secret) -> Result<Listing, HttpError> {
        let mut request = Request::get(&self.name, format!("/r/{}/new", self.subreddit))
            .query("limit", PAGE)
            // Without it `<`, `>` and `&` come as entities.
            .query("raw_json", 1)
            .header("authorization", &Secret::new(format!("bearer {}", token.expose())))
            .hide(token);
        if let Some(page) = &cursor.page {
            request = request.query("after", page);
        }
        self.http.json(&request).await
    }
}
