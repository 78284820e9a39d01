//! Which sources of data are on. Notes only: a run works without any of them.

use super::Finding;
use crate::config::sources::{FRED_VARIABLE, SeriesSource, SourceState, Sources};

/// A finding for every source that is not an exchange.
pub(super) fn findings(sources: &Sources) -> Vec<Finding> {
    let (macros, news) = (&sources.macros, &sources.news);
    let count = |wanted| macros.series.iter().filter(|series| series.source == wanted).count();
    let fred = match macros.fred_key {
        Some(_) => "by its interface".to_owned(),
        None => format!("by its download; {FRED_VARIABLE} is not set, and need not be"),
    };
    let given = |wanted: SeriesSource| {
        let count = count(wanted);
        format!("on: {count} series")
    };
    let feeds: Vec<&str> = news.feeds.feeds.iter().map(|(name, _)| name.as_str()).collect();
    let finding = |name: &str, state, what: String| match state {
        SourceState::On => Finding::ok(name, format!("on: {what}")),
        SourceState::Off { missing } => Finding::note(name, format!("off: {missing} is not set")),
    };
    let channels = match news.telegram.channels.as_slice() {
        [] => "all channels of the bot".to_owned(),
        names => names.join(", "),
    };
    vec![
        Finding::ok("source alternative.me", given(SeriesSource::AlternativeMe)),
        Finding::ok("source yahoo", given(SeriesSource::Yahoo)),
        Finding::ok("source fred", format!("{}, {fred}", given(SeriesSource::Fred))),
        finding("source newsapi", news.newsapi.state(), format!("language {}", news.newsapi.language)),
        Finding::ok("source rss", format!("on: {}", feeds.join(", "))),
        finding("source reddit", news.reddit.state(), news.reddit.subreddits.join(", ")),
        finding("source telegram", news.telegram.state(), channels),
        finding("source x", news.x.state(), "search of the last seven days".to_owned()),
    ]
}
