//! The client.

use std::{
    error::Error,
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use governor::{DefaultDirectRateLimiter, RateLimiter};
use rand::Rng;
use reqwest::{StatusCode, header, redirect};
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use super::{HttpError, HttpFault, Limits, Request, quota, retry_after};
use crate::io::{
    advice::Advice,
    backoff::Backoff,
    clock::Clock,
    endpoint::{Endpoint, EndpointError},
    tls,
};

/// Of an answer that is quoted in an error.
const QUOTED: usize = 200;
/// A host that asks for more is asked again after this.
const LONGEST_PAUSE: Duration = Duration::from_hours(7 * 24);
const AGENT: &str = concat!("shoal/", env!("CARGO_PKG_VERSION"));

/// A client of one host. Clones share its quota and its pauses.
#[derive(Clone, Debug)]
pub struct Http {
    client: reqwest::Client,
    /// Follows no redirect, which might lead a key elsewhere.
    strict: reqwest::Client,
    base: Endpoint,
    limits: Limits,
    /// With the most units that are to be had at once.
    limiter: Option<(Arc<DefaultDirectRateLimiter>, NonZeroU32)>,
    /// Until when the host asked everyone to wait.
    paused_until: Arc<Mutex<Option<Instant>>>,
    clock: Clock,
}

impl Http {
    /// A client of the host at `base` (`https://api.binance.com`); nothing is sent yet.
    ///
    /// # Errors
    /// [`EndpointError`] for an unusable address.
    pub fn new(base: &str, limits: Limits, clock: Clock) -> Result<Self, EndpointError> {
        tls::install();
        let base = Endpoint::parse(base)?;
        let client = |redirects| {
            reqwest::Client::builder()
                .user_agent(AGENT)
                .connect_timeout(limits.connect_timeout)
                .read_timeout(limits.idle_timeout)
                .timeout(limits.total_timeout)
                .redirect(redirects)
                .referer(false)
                .build()
                .map_err(|error| EndpointError::new(chain_text(&error)))
        };
        let (strict, client) = (client(redirect::Policy::none())?, client(redirect::Policy::limited(5))?);
        let limiter = limits.quota.and_then(quota::rate).map(|rate| {
            let burst = rate.burst_size();
            (Arc::new(RateLimiter::direct(rate)), burst)
        });
        Ok(Self { client, strict, base, limits, limiter, paused_until: Arc::default(), clock })
    }

    pub fn endpoint(&self) -> &Endpoint {
        &self.base
    }

    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The answer as JSON of this shape.
    ///
    /// # Errors
    /// [`HttpError`] after the last try.
    pub async fn json<T: DeserializeOwned>(&self, request: &Request) -> Result<T, HttpError> {
        self.repeat(request, || async {
            let (content_type, body) = self.once(request).await?;
            let mut reader = serde_json::Deserializer::from_slice(&body);
            match serde_path_to_error::deserialize(&mut reader) {
                Ok(value) => Ok(value),
                Err(error) if error.inner().is_data() => {
                    let (field, why) = (error.path().to_string(), self.scrub(request, &error.inner().to_string()));
                    Err(self.error(request, HttpFault::Malformed { field, why }))
                }
                Err(_) => {
                    let body = self.quote(request, &body);
                    Err(self.error(request, HttpFault::NotJson { content_type, body }))
                }
            }
        })
        .await
    }

    /// The answer as bytes, for formats that say their own encoding (XML).
    ///
    /// # Errors
    /// As [`Http::json`].
    pub async fn bytes(&self, request: &Request) -> Result<Vec<u8>, HttpError> {
        self.repeat(request, || async { self.once(request).await.map(|(_, body)| body) }).await
    }

    /// The answer as UTF-8 text.
    ///
    /// # Errors
    /// As [`Http::json`].
    pub async fn text(&self, request: &Request) -> Result<String, HttpError> {
        let body = self.bytes(request).await?;
        String::from_utf8(body)
            .map_err(|error| self.error(request, HttpFault::NotText { at: error.utf8_error().valid_up_to() }))
    }

    /// An error of this host about this request: for adapters that find fault with an answer.
    pub fn error(&self, request: &Request, fault: HttpFault) -> HttpError {
        // The source's own words may repeat a key.
        let fault = match fault {
            HttpFault::Refused(why) => HttpFault::Refused(self.scrub(request, &why)),
            HttpFault::Malformed { field, why } => HttpFault::Malformed { field, why: self.scrub(request, &why) },
            other => other,
        };
        HttpError { endpoint: self.base.clone(), subject: request.subject.clone(), fault }
    }

    // Not an async closure: of its futures the compiler cannot yet tell that they may be sent to
    // another thread, and no fetch could be spawned.
    async fn repeat<T, F>(&self, request: &Request, ask: impl Fn() -> F) -> Result<T, HttpError>
    where
        F: Future<Output = Result<T, HttpError>>,
    {
        let mut backoff = Backoff::new(self.limits.first_wait, self.limits.longest_wait);
        let mut attempt = 0;
        loop {
            attempt += 1;
            self.wait_for_leave(request).await?;
            let error = match ask().await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let asked = error.retry_after();
            if let Some(wait) = asked {
                self.pause(wait);
            }
            let impatient = asked.is_some_and(|wait| wait > self.limits.longest_wait);
            if error.advice() != Advice::Retry || attempt >= self.limits.attempts || impatient {
                return Err(error);
            }
            let jitter = rand::rng().random_range(0.0..=1.0);
            let wait = asked.unwrap_or_default().max(backoff.bound().mul_f64(jitter));
            tracing::warn!(%error, attempt, retry_in_ms = wait.as_millis() as u64, "asking again");
            tokio::time::sleep(wait).await;
        }
    }

    /// Waits out the host's pause and the quota.
    async fn wait_for_leave(&self, request: &Request) -> Result<(), HttpError> {
        self.outlast_pause(request).await?;
        if let Some((limiter, burst)) = &self.limiter {
            // What is dearer than all that is to be had at once is paid in parts.
            let mut owed = request.cost.get();
            while let Some(part) = NonZeroU32::new(owed.min(burst.get())) {
                // Never more than the burst, so never refused.
                let _ = limiter.until_n_ready(part).await;
                owed -= part.get();
            }
            // Another request may have been told to wait meanwhile.
            self.outlast_pause(request).await?;
        }
        Ok(())
    }

    async fn outlast_pause(&self, request: &Request) -> Result<(), HttpError> {
        loop {
            let until = *self.paused_until.lock().unwrap_or_else(PoisonError::into_inner);
            let left = until.map_or(Duration::ZERO, |until| until.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                return Ok(());
            }
            if left > self.limits.longest_wait {
                return Err(self.error(request, HttpFault::Paused { left }));
            }
            tokio::time::sleep(left).await;
        }
    }

    fn pause(&self, wait: Duration) {
        let until = Instant::now() + wait.min(LONGEST_PAUSE);
        let mut paused = self.paused_until.lock().unwrap_or_else(PoisonError::into_inner);
        *paused = Some(paused.map_or(until, |earlier| earlier.max(until)));
    }

    async fn once(&self, request: &Request) -> Result<(String, Vec<u8>), HttpError> {
        let failed = |fault| self.error(request, fault);
        let mut response = self.build(request)?.send().await.map_err(|error| failed(self.fault(request, &error)))?;
        let status = response.status();
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let content_type = header(header::CONTENT_TYPE).unwrap_or_else(|| "no content type".to_owned());
        let retry_after = header(header::RETRY_AFTER).and_then(|text| retry_after::parse(&text, self.clock.now()));
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() > self.limits.max_body_bytes => {
                    return Err(failed(HttpFault::TooLarge { limit: self.limits.max_body_bytes }));
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break,
                // What an error page says is worth less than its status.
                Err(_) if !status.is_success() => break,
                Err(error) => return Err(failed(self.fault(request, &error))),
            }
        }
        if status != StatusCode::OK {
            let body = self.quote(request, &body);
            return Err(failed(HttpFault::Status { status: status.as_u16(), retry_after, body }));
        }
        Ok((content_type, body))
    }

    fn build(&self, request: &Request) -> Result<reqwest::RequestBuilder, HttpError> {
        let mut url = self.base.url().clone();
        let path = format!("{}{}", url.path().trim_end_matches('/'), request.path);
        url.set_path(&path);
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&request.query);
        }
        let client = if request.secrets.is_empty() { &self.client } else { &self.strict };
        let mut builder = match &request.form {
            None => client.get(url),
            Some(fields) => {
                let body = reqwest::Url::parse_with_params("form:", fields)
                    .ok()
                    .and_then(|url| url.query().map(str::to_owned))
                    .unwrap_or_default();
                client.post(url).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(body)
            }
        };
        for (name, value) in &request.headers {
            let mut value = header::HeaderValue::from_str(value.expose()).map_err(|_| {
                self.error(request, HttpFault::Unsendable(format!("the value of header {name} is not plain text")))
            })?;
            value.set_sensitive(true);
            builder = builder.header(*name, value);
        }
        if let Some((user, password)) = &request.basic_auth {
            builder = builder.basic_auth(user, Some(password.expose()));
        }
        Ok(builder)
    }

    fn fault(&self, request: &Request, error: &reqwest::Error) -> HttpFault {
        let text = self.scrub(request, &chain_text(error));
        if error.is_timeout() {
            HttpFault::Timeout(text)
        } else if error.is_body() || error.is_decode() {
            HttpFault::Truncated(text)
        } else if error.is_builder() {
            HttpFault::Unsendable(text)
        } else {
            HttpFault::Unreachable(text)
        }
    }

    /// The beginning of a body, on one line.
    fn quote(&self, request: &Request, body: &[u8]) -> String {
        let text = String::from_utf8_lossy(&body[..body.len().min(4 * QUOTED)]);
        let words: Vec<&str> =
            text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
        let text = self.scrub(request, &words.join(" "));
        if text.is_empty() { "empty".to_owned() } else { text.chars().take(QUOTED).collect() }
    }

    fn scrub(&self, request: &Request, text: &str) -> String {
        let text = request
            .secrets
            .iter()
            .filter(|secret| !secret.is_empty())
            .fold(text.to_owned(), |text, secret| text.replace(secret.expose(), "[redacted]"));
        self.base.scrub(&text)
    }
}

/// An error with its causes, without the URL, which may hold a key.
fn chain_text(error: &reqwest::Error) -> String {
    let mut causes = Vec::new();
    let mut cause = error.source();
    while let Some(inner) = cause {
        causes.push(inner.to_string());
        cause = inner.source();
    }
    if causes.is_empty() {
        // The outer text alone names the URL.
        return if error.is_timeout() { "timed out".to_owned() } else { "the request failed".to_owned() };
    }
    causes.dedup();
    causes.join(": ")
}
