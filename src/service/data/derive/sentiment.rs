//! Posts to hourly sentiment.

use std::{collections::BTreeMap, ops::Range};

use serde::{Deserialize, Serialize};

use super::{DeriveError, fingerprint};
use crate::{
    config::sources::SentimentSettings,
    io::store::data::{Derivation, Made, POSTS, Written},
    sentiment::{Heard, HourAggregate, Hourly, Scorer},
    service::data::fetch::{Context, SENTIMENT},
    units::Timestamp,
};

/// Seconds of posts that are held at once: a month.
const SLICE: u64 = 30 * 24 * Timestamp::HOUR;

/// What became of the posts of the hours that were made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sentiment {
    pub posts: u64,
    pub scored: u64,
    /// By reason.
    pub dropped: BTreeMap<String, u64>,
    /// Values of the series.
    pub written: Written,
}

/// How far the series are made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Position {
    rules: String,
    /// The first hour, that of the first post.
    first: Timestamp,
    /// The end of the last hour.
    until: Timestamp,
}

/// Stores the hours that have ended, as series `sentiment:<asset>:<measure>`: those that ended
/// since the last time, and of the earlier ones those that posts which came in since can change.
/// An hour that was not made before is known since its end; what is new in one that was, be it a
/// value that it did not have, is known from now on. Under other rules every hour is a new one.
///
/// # Errors
/// [`DeriveError`].
pub async fn sentiment(
    context: &Context<'_>,
    settings: &SentimentSettings,
    scorer: &dyn Scorer,
) -> Result<Sentiment, DeriveError> {
    by_slices(context, settings, scorer, SLICE).await
}

/// The same with so many seconds of posts at once.
pub(super) async fn by_slices(
    context: &Context<'_>,
    settings: &SentimentSettings,
    scorer: &dyn Scorer,
    slice: u64,
) -> Result<Sentiment, DeriveError> {
    let end = context.clock.now().hour();
    let rules = fingerprint(&(settings, scorer.name()));
    let Derivation { position, changed, changes } =
        context.keeper.ask(async |store| store.derivation(SENTIMENT, POSTS).await).await?;
    // A position that this program cannot read, or of other rules, is none.
    let earlier = serde_json::from_str::<Position>(&position).ok().filter(|earlier| earlier.rules == rules);
    let mut first = earlier.as_ref().map(|earlier| earlier.first);
    if let Some((from, _)) = changed {
        first = first.map(|first| first.min(Timestamp(from).hour()));
    }
    let stretches = match &earlier {
        Some(earlier) => affected(earlier, first.unwrap_or(end), changed, settings, end),
        None => {
            let posts = context.keeper.ask(async |store| store.first_post().await).await?;
            first = posts.map(Timestamp::hour);
            first.map(|first| first..end).into_iter().collect()
        }
    };
    let mut result = Sentiment::default();
    // A told hour was seen without the values that it did not have: one that it has now is known from
    // now on, as one that differs is.
    let told = earlier.map(|earlier| earlier.first..earlier.until);
    for hours in stretches.into_iter().filter(|hours| !hours.is_empty()) {
        let stretch = Stretch { hours, told: told.as_ref(), slice };
        stretch.make(context, settings, scorer, &mut result).await?;
    }
    // Without a post there is nothing to go on from.
    if let Some(first) = first {
        let position = position_text(&Position { rules, first, until: end })?;
        context.keeper.ask(async |store| store.put_derivation(SENTIMENT, &position, changes).await).await?;
    }
    Ok(result)
}

fn position_text(position: &Position) -> Result<String, DeriveError> {
    serde_json::to_string(position).map_err(|error| DeriveError::Position(error.to_string()))
}

/// The hours before `end` that are to be made, none before `first`: new ones, and those that posts
/// known within `changed` can change.
fn affected(
    earlier: &Position,
    first: Timestamp,
    changed: Option<(u64, u64)>,
    settings: &SentimentSettings,
    end: Timestamp,
) -> Vec<Range<Timestamp>> {
    let mut hours: Vec<Range<Timestamp>> = Vec::new();
    if let Some((from, to)) = changed {
        let start = Timestamp(from).hour();
        // A post can turn those of the window after it into repetitions or a flood, and each of
        // these weighs in for the memory's length.
        let judged = Timestamp(to).plus(settings.filter.duplicates.window_seconds).hour();
        let mut stop = judged.plus(memory_seconds(settings));
        if start < earlier.first {
            // Hours before what was the first post have no values yet.
            stop = stop.max(earlier.first);
        }
        hours.push(start..stop.min(end));
    }
    hours.push(earlier.until.max(first)..end);
    match hours.as_slice() {
        // They meet: one stretch needs one way back.
        [past, new] if new.start <= past.end => vec![past.start.min(new.start)..end],
        _ => hours,
    }
}

fn memory_seconds(settings: &SentimentSettings) -> u64 {
    Timestamp::HOUR * settings.aggregate.memory_hours as u64
}

/// Hours to make.
struct Stretch<'a> {
    hours: Range<Timestamp>,
    /// The hours that were told before.
    told: Option<&'a Range<Timestamp>>,
    slice: u64,
}

impl Stretch<'_> {
    /// Makes the hours, from the posts of their memory and of the window before that, by which these
    /// are judged. What one slice says is stored before the next is read; filter and memory go on.
    async fn make(
        &self,
        context: &Context<'_>,
        settings: &SentimentSettings,
        scorer: &dyn Scorer,
        result: &mut Sentiment,
    ) -> Result<(), DeriveError> {
        let Range { start, end } = self.hours;
        let remembered = start.minus(memory_seconds(settings).saturating_sub(Timestamp::HOUR));
        let mut hourly = Hourly::new(settings.filter.clone(), settings.aggregate, scorer, remembered);
        let mut read = remembered.minus(settings.filter.duplicates.window_seconds);
        while read < end {
            let slice = read..read.plus(self.slice).min(end);
            read = slice.end;
            let posts = context.keeper.ask(async |store| store.posts(slice.clone()).await).await?;
            let mut ended = Vec::new();
            for post in posts {
                let counts = u64::from(post.known_at >= start);
                let (heard, hours) = hourly.push(post)?;
                ended.extend(hours);
                result.posts += counts;
                match heard {
                    Heard::Scored => result.scored += counts,
                    Heard::Dropped(reason) if counts > 0 => {
                        *result.dropped.entry(reason.name().to_owned()).or_default() += 1;
                    }
                    Heard::Dropped(_) | Heard::Early => {}
                }
            }
            ended.extend(hourly.close(slice.end));
            result.written += self.put(context, &ended).await?;
        }
        Ok(())
    }

    async fn put(&self, context: &Context<'_>, ended: &[HourAggregate]) -> Result<Written, DeriveError> {
        let (mut made, now) = (Made::default(), context.clock.now());
        let hours = ended.iter().filter(|hour| hour.hour >= self.hours.start);
        for (series, mut value) in hours.flat_map(HourAggregate::series) {
            if self.told.is_some_and(|told| told.contains(&value.ts)) {
                value.known_at = value.known_at.max(now);
            }
            made.numbers.entry(series).or_default().push(value);
        }
        if made.numbers.is_empty() {
            return Ok(Written::default());
        }
        Ok(context.keeper.ask(async |store| store.put_made(SENTIMENT, &made, now).await).await?.1)
    }
}
