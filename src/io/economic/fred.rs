//! FRED, the database of the Federal Reserve Bank of St. Louis.
//!
//! With a key by its interface (<https://fred.stlouisfed.org/docs/api/fred/series_observations.html>:
//! `observations: [{date, value}]`, `value` a text, `.` where there is none), else by the download
//! behind its graphs (`fredgraph.csv`: a date and a value a row, the value empty or `.` where there
//! is none). Both give the newest vintage of the same series.

use serde::Deserialize;

use super::Raw;
use crate::{
    domain::Secret,
    io::http::{Http, HttpError, HttpFault, Request},
    units::Timestamp,
};

/// The most rows that the interface gives at once: more than any daily series has.
const MOST_ROWS: usize = 100_000;

#[derive(Clone, Debug)]
pub struct Fred {
    http: Http,
    key: Option<Secret>,
}

#[derive(Deserialize)]
struct Answer {
    observations: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    date: String,
    value: String,
}

impl Fred {
    /// `http` is a client of `https://api.stlouisfed.org`.
    pub fn with_key(http: Http, key: Secret) -> Self {
        Self { http, key: Some(key) }
    }

    /// `http` is a client of `https://fred.stlouisfed.org`.
    pub fn without_key(http: Http) -> Self {
        Self { http, key: None }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.http.clock().now()
    }

    pub(super) async fn values(&self, series: &str, code: &str, from: Timestamp) -> Result<Raw, HttpError> {
        let from = date(from);
        match &self.key {
            Some(key) => {
                let request = Request::get(series, "/fred/series/observations")
                    .query("series_id", code)
                    .query("observation_start", from)
                    .query("file_type", "json")
                    .query("limit", MOST_ROWS)
                    .secret_query("api_key", key);
                let answer: Answer = self.http.json(&request).await?;
                let rows = answer.observations.iter().map(|row| (row.date.as_str(), row.value.as_str()));
                self.read(&request, rows)
            }
            None => {
                let request = Request::get(series, "/graph/fredgraph.csv").query("id", code).query("cosd", from);
                let text = self.http.text(&request).await?;
                self.read(&request, rows(&text, code).map_err(|fault| self.http.error(&request, fault))?)
            }
        }
    }

    fn read<'a>(
        &self,
        request: &Request,
        rows: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Raw, HttpError> {
        let mut raw = Raw::default();
        for (date, text) in rows {
            let malformed = |why: String| {
                self.http.error(request, HttpFault::Malformed { field: format!("the value of {date}"), why })
            };
            // The library would take a date with a time, and leave the time out.
            let day: Option<jiff::civil::Date> = date.parse().ok().filter(|_| date.len() == 10);
            let day = day.ok_or_else(|| malformed("this is no date".to_owned()))?;
            if matches!(text.trim(), "." | "") {
                raw.empty += 1;
                continue;
            }
            let value = text.trim().parse::<f64>().ok().filter(|value| value.is_finite());
            let value = value.ok_or_else(|| malformed(format!("`{text}` is no number")))?;
            let seconds = day.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|time| time.timestamp().as_second());
            // Before 1970: no bot asks for it.
            let Some(ts) = seconds.and_then(|seconds| u64::try_from(seconds).ok()).map(Timestamp) else { continue };
            if raw.values.insert(ts, value).is_some_and(|old| old.to_bits() != value.to_bits()) {
                return Err(malformed("the date stands twice, with two values".to_owned()));
            }
        }
        Ok(raw)
    }
}

/// The rows of the download, whose header names the series: a page for people has none.
fn rows<'a>(text: &'a str, code: &str) -> Result<Vec<(&'a str, &'a str)>, HttpFault> {
    let malformed = |field: &str, why: String| HttpFault::Malformed { field: field.to_owned(), why };
    let mut lines = text.trim_start_matches('\u{feff}').lines().map(str::trim_end);
    let header = lines.next().unwrap_or_default();
    if header.split(',').nth(1) != Some(code) {
        let header: String = header.chars().take(80).collect();
        return Err(malformed("line 1", format!("`{header}` is not the header of {code}")));
    }
    let row = |(i, line): (usize, &'a str)| {
        let fields = line.split_once(',').filter(|(_, value)| !value.contains(','));
        fields.ok_or_else(|| malformed(&format!("line {}", i + 2), "not a date and a value".to_owned()))
    };
    lines.enumerate().filter(|(_, line)| !line.is_empty()).map(row).collect()
}

/// `2024-01-05`
fn date(time: Timestamp) -> String {
    time.to_string().chars().take(10).collect()
}
