//! Macro series: volatility, rates, gold, oil, the dollar, Fear & Greed.
//!
//! Each source's series is its own (`fred:VIXCLS` is not `yahoo:^VIX`), and nothing is mixed or
//! filled: a day without a value has no row. From when on a fetched value is known, `since.rs` says.

mod fear_greed;
mod fred;
mod since;
mod yahoo;

use std::collections::BTreeMap;

pub use fear_greed::FearGreed;
pub use fred::Fred;
pub use since::{Held, Look, Readings};
pub use yahoo::Yahoo;

use crate::{domain::SeriesRule, io::http::HttpError, units::Timestamp};

/// A source of macro series.
#[derive(Clone, Debug)]
pub enum Source {
    FearGreed(FearGreed),
    Fred(Fred),
    Yahoo(Yahoo),
}

/// What a source gave of one series.
#[derive(Clone, Debug, Default, PartialEq)]
struct Raw {
    /// By the time that each speaks of.
    values: BTreeMap<Timestamp, f64>,
    /// Days without a value: holidays.
    empty: usize,
    /// Days left out because the source gave two different values of them, or because their
    /// session is not over.
    unsettled: usize,
}

/// What a fetch brought: what is new, and how far it looked.
#[derive(Clone, Debug, PartialEq)]
pub struct Fetched {
    pub readings: Readings,
    /// Days without a value: holidays.
    pub empty: usize,
    /// Days left out because the source gave two different values of them, or because their
    /// session is not over.
    pub unsettled: usize,
}

impl Source {
    /// The values of `rule`'s series from `from` on that `held` lacks, and its revisions. `code`
    /// is the source's own name of the series (`VIXCLS`, `^VIX`).
    ///
    /// # Errors
    /// [`HttpError`], naming the host and the series; no other series is touched by it.
    pub async fn fetch(
        &self,
        code: &str,
        rule: &SeriesRule,
        from: Timestamp,
        held: &Held,
    ) -> Result<Fetched, HttpError> {
        let (raw, now) = match self {
            Self::FearGreed(source) => (source.values(&rule.name, from).await?, source.now()),
            Self::Fred(source) => (source.values(&rule.name, code, from).await?, source.now()),
            Self::Yahoo(source) => (source.values(&rule.name, code, from).await?, source.now()),
        };
        let readings = since::read(&raw.values, from, held, rule.publication, now);
        Ok(Fetched { readings, empty: raw.empty, unsettled: raw.unsettled })
    }
}
