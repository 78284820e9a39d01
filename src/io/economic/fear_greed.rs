//! The Crypto Fear & Greed Index of alternative.me (<https://alternative.me/crypto/fear-and-greed-index/#api>).
//!
//! One whole number from 0 to 100 a day, stamped with the 00:00 UTC at which it is published; the
//! newest also says in how many seconds the next one comes.

use serde::Deserialize;

use super::Raw;
use crate::{
    io::http::{Http, HttpError, HttpFault, Request},
    units::Timestamp,
};

#[derive(Clone, Debug)]
pub struct FearGreed(Http);

#[derive(Deserialize)]
struct Answer {
    data: Vec<Row>,
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Row {
    value: String,
    timestamp: String,
}

#[derive(Deserialize)]
struct Metadata {
    error: Option<String>,
}

impl FearGreed {
    /// `http` is a client of `https://api.alternative.me`.
    pub fn new(http: Http) -> Self {
        Self(http)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.0.clock().now()
    }

    pub(super) async fn values(&self, series: &str, from: Timestamp) -> Result<Raw, HttpError> {
        let request = Request::get(series, "/fng/").query("limit", 0).query("format", "json");
        let answer: Answer = self.0.json(&request).await?;
        if let Some(error) = answer.metadata.error {
            return Err(self.0.error(&request, HttpFault::Refused(error)));
        }
        let mut raw = Raw::default();
        for (i, row) in answer.data.iter().enumerate() {
            let malformed = |field: &str, why: String| {
                self.0.error(&request, HttpFault::Malformed { field: format!("data[{i}].{field}"), why })
            };
            let ts = row.timestamp.parse().map(Timestamp);
            let ts = ts.map_err(|_| malformed("timestamp", format!("`{}` is no unix time", row.timestamp)))?;
            let value = row.value.parse::<u8>().ok().filter(|value| *value <= 100);
            let value = value.ok_or_else(|| malformed("value", format!("`{}` is not within 0 and 100", row.value)))?;
            if ts >= from && raw.values.insert(ts, value.into()).is_some_and(|old| old != f64::from(value)) {
                return Err(malformed("timestamp", format!("{ts} stands twice, with two values")));
            }
        }
        Ok(raw)
    }
}
