//! Yahoo's daily charts: `/v8/finance/chart/SYMBOL`, undocumented; the shape is that of recorded
//! answers.
//!
//! A bar is stamped with its session's begin. Closes may be `null` (no trading), `timestamp` is
//! absent where there is no bar, and the last bar is that of a session that still goes on.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::Raw;
use crate::{
    io::http::{Http, HttpError, HttpFault, Request},
    units::Timestamp,
};

const DAY: i64 = 86_400;
/// `gmtoffset` is today's. Where summer time has begun or ended since, a session that begins at
/// midnight seems to begin up to an hour earlier, on the day before; none begins in the last hour
/// of a day.
const SUMMER: i64 = 3_600;

#[derive(Clone, Debug)]
pub struct Yahoo(Http);

#[derive(Deserialize)]
struct Answer {
    chart: Charts,
}

#[derive(Deserialize)]
struct Charts {
    result: Option<Vec<Chart>>,
    error: Option<Refusal>,
}

#[derive(Deserialize)]
struct Refusal {
    code: String,
    description: Option<String>,
}

#[derive(Deserialize)]
struct Chart {
    meta: Meta,
    timestamp: Option<Vec<i64>>,
    indicators: Indicators,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    symbol: String,
    /// Seconds east of Greenwich, today.
    gmtoffset: i64,
    data_granularity: String,
    current_trading_period: Option<Periods>,
}

#[derive(Deserialize)]
struct Periods {
    regular: Session,
}

#[derive(Deserialize)]
struct Session {
    start: i64,
    end: i64,
}

#[derive(Deserialize)]
struct Indicators {
    quote: Vec<Quote>,
}

#[derive(Deserialize)]
struct Quote {
    close: Option<Vec<Option<f64>>>,
}

impl Yahoo {
    /// `http` is a client of `https://query1.finance.yahoo.com`.
    pub fn new(http: Http) -> Self {
        Self(http)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.0.clock().now()
    }

    pub(super) async fn values(&self, series: &str, symbol: &str, from: Timestamp) -> Result<Raw, HttpError> {
        let request = Request::get(series, format!("/v8/finance/chart/{symbol}"))
            // A session may begin on the day before, by UTC.
            .query("period1", from.minus(86_400).0)
            .query("period2", self.now().0)
            .query("interval", "1d");
        let answer: Answer = self.0.json(&request).await?;
        let failed = |fault| self.0.error(&request, fault);
        if let Some(Refusal { code, description }) = answer.chart.error {
            return Err(failed(HttpFault::Refused(format!("{code}: {}", description.unwrap_or_default()))));
        }
        let chart = answer.chart.result.unwrap_or_default().into_iter().next();
        let chart = chart.ok_or_else(|| failed(malformed("chart.result", "it is empty")))?;
        read(chart, symbol, self.now()).map_err(failed)
    }
}

fn malformed(field: &str, why: impl Into<String>) -> HttpFault {
    HttpFault::Malformed { field: field.to_owned(), why: why.into() }
}

fn read(chart: Chart, symbol: &str, now: Timestamp) -> Result<Raw, HttpFault> {
    let Chart { meta, timestamp, indicators } = chart;
    if !meta.symbol.eq_ignore_ascii_case(symbol) {
        return Err(malformed("meta.symbol", format!("it is `{}`, not `{symbol}`", meta.symbol)));
    }
    if meta.data_granularity != "1d" {
        return Err(malformed("meta.dataGranularity", format!("it is `{}`, not `1d`", meta.data_granularity)));
    }
    let stamps = timestamp.unwrap_or_default();
    let closes = indicators.quote.into_iter().next().and_then(|quote| quote.close).unwrap_or_default();
    if stamps.len() != closes.len() {
        let why = format!("{} of them for {} closes", stamps.len(), closes.len());
        return Err(malformed("timestamp", why));
    }
    let now = i64::try_from(now.0).unwrap_or(i64::MAX);
    let forming = |stamp| {
        let session = meta.current_trading_period.as_ref().map(|periods| &periods.regular);
        session.is_some_and(|session| stamp >= session.start && now <= session.end)
    };
    let (mut raw, mut values, mut torn) = (Raw::default(), BTreeMap::new(), BTreeSet::new());
    for (stamp, close) in stamps.into_iter().zip(closes) {
        let Some(close) = close else {
            raw.empty += 1;
            continue;
        };
        if forming(stamp) {
            raw.unsettled += 1;
            continue;
        }
        let day = (stamp.saturating_add(meta.gmtoffset).saturating_add(SUMMER)).div_euclid(DAY);
        // Before 1970: no bot asks for it.
        let Ok(day) = u64::try_from(day) else { continue };
        let ts = Timestamp(day.saturating_mul(86_400));
        if values.insert(ts, close).is_some_and(|old: f64| old.to_bits() != close.to_bits()) {
            torn.insert(ts);
        }
    }
    raw.unsettled += torn.len();
    values.retain(|ts, _| !torn.contains(ts));
    raw.values = values;
    Ok(raw)
}
