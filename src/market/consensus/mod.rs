//! One price out of many venues', and how much it can be trusted.
//!
//! **The rule.** Of the logarithms of all fresh quotes in one unit, the median is the centre and
//! the median absolute deviation, times 1.4826 and at least a floor, the scale; a venue farther
//! from the centre than so many scales is rejected (the Hampel identifier: Hampel, JASA 69, 1974;
//! Davies and Gather, "The Identification of Multiple Outliers", JASA 88, 1993). The price is the
//! volume-weighted mean of the venues left, held between the second lowest and the second highest
//! of *all* fresh quotes. That hold is what makes one liar harmless: with three venues or more
//! both of its ends lie within the range of the honest ones, whatever the liar says and whatever
//! volume it claims.
//!
//! **Units.** A price in USDT and one in USD differ by a price of their own (the USDT discount of
//! 2018-10 to 2019-06, the USDC days of March 2023). A quote in another unit counts only through
//! a rate that is itself known and fresh; without one it is rejected, never taken at par.
//!
//! **What cannot be known.** One venue gives its price, without a dispersion. Two that agree
//! within the bound of the floor give their mean; two that do not give no consensus, for nothing
//! says which is wrong. Neither does an even number of venues whose middle two are farther apart
//! than two may be, for between them nobody trades; nor a market split so that no majority of
//! venues agrees.

mod series;
#[cfg(test)]
mod tests;

pub use series::{RateSeries, Venue, series};

use super::{
    asof::Known,
    robust::{MAD_TO_SIGMA, median},
};
use crate::{domain::Observation, units::Timestamp};

/// What one venue says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quote<'a> {
    pub venue: &'a str,
    /// What the price is counted in: `USD`, `USDT`.
    pub unit: &'a str,
    /// When the price was made, and since when it could be had.
    pub ts: Timestamp,
    pub known_at: Timestamp,
    pub price: f64,
    /// Base units traded while the price was made; `None` where the venue does not say. A quote
    /// that says zero repeats an earlier price and is rejected.
    pub volume: Option<f64>,
}

/// How many `to` one `from` costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate<'a> {
    pub from: &'a str,
    pub to: &'a str,
    pub price: Known<f64>,
}

/// Bounds of the judgement. Differences are of natural logarithms: 0.01 is about 1 %.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Params {
    /// A quote or rate older than this many seconds does not count.
    pub max_age: u64,
    /// A venue farther than so many scales from the median is rejected.
    pub scales: f64,
    /// The scale is taken as no less: venues never agree to the tick.
    pub floor: f64,
    /// A venue farther than this from the median is rejected however wide the others scatter.
    pub widest: f64,
}

impl Params {
    /// Three scales, as is usual for the identifier; a floor of 20 bp, for of the hourly closes
    /// of ETH at Kraken and Coinbase 2017-2020 half lie within 8 bp of each other and nine in ten
    /// within 55; 5 % at the widest.
    pub fn with_max_age(max_age: u64) -> Self {
        Self { max_age, scales: 3.0, floor: 0.002, widest: 0.05 }
    }
}

/// Why a quote does not count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rejection {
    /// Its `known_at` lies in the future.
    NotYetKnown,
    /// Its price was made so many seconds ago.
    Stale { age: u64 },
    /// Not a finite number above zero, or a volume that is no number from zero up.
    NotAPrice,
    /// Nothing was traded: the price repeats an earlier one.
    NoTrade,
    /// The venue has a newer quote.
    Superseded,
    /// In another unit, without a known and fresh rate.
    NoRate,
    /// So far from the median, as a difference of logarithms.
    Outlier { distance: f64 },
}

/// A price that counts, in the unit asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Vote<'a> {
    pub venue: &'a str,
    pub price: f64,
    /// Its share in the mean.
    pub weight: f64,
    ts: Timestamp,
    known_at: Timestamp,
    volume: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Consensus {
    pub price: f64,
    /// The scale of the used venues' log prices around the price; `None` for a single venue.
    pub dispersion: Option<f64>,
    /// What the dispersion leaves unknown of the price: the standard error of a median,
    /// `dispersion * sqrt(pi / (2 n))`. It widens as venues fall away.
    pub standard_error: Option<f64>,
    /// The oldest price used.
    pub ts: Timestamp,
    /// The instant of the verdict: a venue that goes stale changes the price without anything
    /// new having become known.
    pub known_at: Timestamp,
}

impl Consensus {
    /// As a value of a series.
    pub fn observation(&self) -> Observation {
        Observation { ts: self.ts, known_at: self.known_at, value: self.price }
    }
}

/// Why there is no price.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NoConsensus {
    /// No quote counts.
    NoVenue,
    /// So many fresh venues, and no majority agrees within the bound: from the lowest to the
    /// highest.
    Disagreement { venues: usize, low: f64, high: f64 },
}

/// The judgement of one instant.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict<'a> {
    pub at: Timestamp,
    pub consensus: Result<Consensus, NoConsensus>,
    /// The venues that the price rests on.
    pub used: Vec<Vote<'a>>,
    /// The others, and why.
    pub rejected: Vec<(&'a str, Rejection)>,
}

/// The consensus of `quotes` at the time `at`, in `unit`.
pub fn consensus<'a>(
    quotes: &[Quote<'a>],
    rates: &[Rate<'_>],
    unit: &str,
    at: Timestamp,
    params: &Params,
) -> Verdict<'a> {
    let mut rejected = Vec::new();
    let mut votes: Vec<Vote<'a>> = Vec::with_capacity(quotes.len());
    for quote in quotes {
        match admit(quote, rates, unit, at, params) {
            Err(why) => rejected.push((quote.venue, why)),
            // A venue has one vote, its newest.
            Ok(vote) => match votes.iter_mut().find(|other| other.venue == vote.venue) {
                None => votes.push(vote),
                Some(other) => {
                    if (other.ts, other.known_at) < (vote.ts, vote.known_at) {
                        *other = vote;
                    }
                    rejected.push((quote.venue, Rejection::Superseded));
                }
            },
        }
    }
    let (consensus, used) = judge(votes, &mut rejected, at, params);
    Verdict { at, consensus, used, rejected }
}

fn admit<'a>(
    quote: &Quote<'a>,
    rates: &[Rate<'_>],
    unit: &str,
    at: Timestamp,
    params: &Params,
) -> Result<Vote<'a>, Rejection> {
    let Quote { venue, ts, known_at, price, volume, .. } = *quote;
    let is_price = |price: f64| price.is_finite() && price > 0.0;
    if known_at > at {
        return Err(Rejection::NotYetKnown);
    }
    if !is_price(price) || volume.is_some_and(|volume| !volume.is_finite() || volume < 0.0) {
        return Err(Rejection::NotAPrice);
    }
    if volume == Some(0.0) {
        return Err(Rejection::NoTrade);
    }
    let age = at.since(ts);
    if age > params.max_age {
        return Err(Rejection::Stale { age });
    }
    let vote = Vote { venue, price, weight: 0.0, ts, known_at, volume };
    if quote.unit == unit {
        return Ok(vote);
    }
    let usable = |rate: &&Rate<'_>| {
        let Known { ts, known_at, value } = rate.price;
        rate.from == quote.unit
            && rate.to == unit
            && known_at <= at
            && at.since(ts) <= params.max_age
            && is_price(value)
    };
    let rate = rates.iter().filter(usable).max_by_key(|rate| (rate.price.ts, rate.price.known_at));
    let Some(Rate { price: rate, .. }) = rate else { return Err(Rejection::NoRate) };
    let price = price * rate.value;
    if !is_price(price) {
        return Err(Rejection::NotAPrice);
    }
    Ok(Vote { price, ts: ts.min(rate.ts), known_at: known_at.max(rate.known_at), ..vote })
}

fn judge<'a>(
    votes: Vec<Vote<'a>>,
    rejected: &mut Vec<(&'a str, Rejection)>,
    at: Timestamp,
    params: &Params,
) -> (Result<Consensus, NoConsensus>, Vec<Vote<'a>>) {
    let mut logs: Vec<f64> = votes.iter().map(|vote| vote.price.ln()).collect();
    let Some(centre) = median(&mut logs) else { return (Err(NoConsensus::NoVenue), votes) };
    // The middle two of an even number deviate from the median alike: with them the scatter of a
    // market in halves judges nothing. They may be as far from each other as a venue from the
    // median where all agree.
    let half = votes.len() / 2;
    let is_split = votes.len().is_multiple_of(2)
        && logs.get(half).is_some_and(|upper| upper - centre > (params.scales * params.floor / 2.0).min(params.widest));
    let bound = params.scales * scale(votes.iter().map(|vote| vote.price.ln() - centre), params);
    let bound = bound.min(params.widest);
    let (mut used, outliers): (Vec<_>, Vec<_>) =
        votes.iter().copied().partition(|vote| (vote.price.ln() - centre).abs() <= bound);
    if is_split || 2 * used.len() <= votes.len() {
        let low = logs.first().map_or(0.0, |log| log.exp());
        let high = logs.last().map_or(0.0, |log| log.exp());
        return (Err(NoConsensus::Disagreement { venues: votes.len(), low, high }), votes);
    }
    let distance = |vote: &Vote<'_>| Rejection::Outlier { distance: vote.price.ln() - centre };
    rejected.extend(outliers.iter().map(|vote| (vote.venue, distance(vote))));
    weigh(&mut used);

    let mean: f64 = used.iter().map(|vote| vote.weight * vote.price.ln()).sum();
    let log = match logs.as_slice() {
        [_, low, .., high, _] => mean.clamp(*low, *high),
        [_, middle, _] => *middle,
        _ => mean,
    };
    let dispersion = (used.len() > 1).then(|| scale(used.iter().map(|vote| vote.price.ln() - log), params));
    let error = (std::f64::consts::PI / (2.0 * used.len() as f64)).sqrt();
    let consensus = Consensus {
        price: log.exp(),
        dispersion,
        standard_error: dispersion.map(|dispersion| dispersion * error),
        ts: used.iter().map(|vote| vote.ts).min().unwrap_or_default(),
        known_at: at,
    };
    (Ok(consensus), used)
}

/// The robust scale of deviations, no less than the floor.
fn scale(deviations: impl Iterator<Item = f64>, params: &Params) -> f64 {
    let mut sizes: Vec<f64> = deviations.map(f64::abs).collect();
    median(&mut sizes).map_or(params.floor, |mad| (MAD_TO_SIGMA * mad).max(params.floor))
}

/// By volume; alike where a venue does not say its own.
fn weigh(votes: &mut [Vote<'_>]) {
    let volumes: Option<Vec<f64>> = votes.iter().map(|vote| vote.volume).collect();
    let total: f64 = volumes.iter().flatten().sum();
    let alike = 1.0 / votes.len() as f64;
    for vote in votes {
        vote.weight = match (vote.volume, &volumes) {
            (Some(volume), Some(_)) if total.is_finite() => volume / total,
            _ => alike,
        };
    }
}
