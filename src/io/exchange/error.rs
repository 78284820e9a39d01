//! What can go wrong between an exchange and us.

use crate::{
    domain::CandleSeries,
    io::{
        advice::{Advice, Advised},
        endpoint::EndpointError,
        http::HttpError,
    },
    units::Timestamp,
};

/// Names the series, and where in it.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    #[error("the {what} of {venue}: {source}")]
    Address { venue: String, what: &'static str, source: EndpointError },
    /// The symbol map has no name for the instrument at this venue.
    #[error("{venue} has no symbol for {instrument} in the configuration")]
    NotListed { venue: String, instrument: String },
    /// The venue does not, or does no longer, know the symbol.
    #[error("{series}: unknown symbol `{symbol}`, or one that was delisted: {answer}")]
    UnknownSymbol { series: CandleSeries, symbol: String, answer: String },
    #[error("{series}: {source}")]
    Http { series: CandleSeries, source: HttpError },
    #[error("the clock of {venue}: {source}")]
    Clock { venue: String, source: HttpError },
    /// The venue's own word for "not now".
    #[error("{series}: the venue is busy: {answer}")]
    Busy { series: CandleSeries, answer: String },
    #[error("{series}: refused: {answer}")]
    Refused { series: CandleSeries, answer: String },
    #[error("{series}: {place}, field `{field}`: {fault}")]
    Bar { series: CandleSeries, place: String, field: &'static str, fault: BarFault },
    /// Paging that would ask the same question for ever.
    #[error("{series}: no way past {at_ns} ns: as many trades in one nanosecond as an answer holds")]
    Stuck { series: CandleSeries, at_ns: u64 },
}

/// What is wrong with a bar or a trade.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BarFault {
    #[error("missing")]
    Missing,
    #[error("`{0}` is no finite number")]
    NotANumber(String),
    #[error("`{0}` is no time")]
    NotATime(String),
    #[error("{0} is not above zero")]
    NotPositive(f64),
    #[error("{0} is below zero")]
    Negative(f64),
    #[error("`{0}` has more than 18 decimals or is too large")]
    TooFine(String),
    #[error("{0} does not open a bar of this length")]
    OffGrid(Timestamp),
    #[error("{high} is below {body}, a price of the same bar")]
    HighTooLow { high: f64, body: f64 },
    #[error("{low} is above {body}, a price of the same bar")]
    LowTooHigh { low: f64, body: f64 },
    #[error("not after {previous}, the bar before it")]
    Unsorted { previous: Timestamp },
}

impl ExchangeError {
    pub fn advice(&self) -> Advice {
        match self {
            Self::Address { .. } | Self::NotListed { .. } => Advice::Halt,
            Self::Http { source, .. } | Self::Clock { source, .. } => source.advice(),
            Self::Busy { .. } => Advice::Retry,
            Self::UnknownSymbol { .. } | Self::Refused { .. } | Self::Bar { .. } | Self::Stuck { .. } => Advice::Drop,
        }
    }
}

impl Advised for ExchangeError {
    fn advice(&self) -> Advice {
        Self::advice(self)
    }
}
