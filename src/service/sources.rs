//! Configured sources to sources that can be asked.

use std::time::Duration;

use crate::{
    config::sources::{MacroSettings, NewsSettings, RequestRate, SeriesSource},
    domain::SeriesRule,
    io::{
        clock::Clock,
        economic::{self, FearGreed, Fred, Yahoo},
        endpoint::EndpointError,
        http::{Http, Limits, Quota},
        news::{self, Feed, NewsApi, Reddit, RedditApp, Telegram, X},
    },
};

/// A macro series and who gives it.
#[derive(Clone, Debug)]
pub struct MacroSeries {
    pub source: economic::Source,
    /// The source's own name of it.
    pub code: String,
    pub rule: SeriesRule,
}

/// The macro series that can be fetched, in the file's order; series of one host share its quota.
///
/// # Errors
/// [`EndpointError`] for an unusable address.
pub fn economic(settings: &MacroSettings, clock: &Clock) -> Result<Vec<MacroSeries>, EndpointError> {
    let http = |url: &str| Http::new(url, limits(settings.rate), clock.clone());
    let fear_greed = economic::Source::FearGreed(FearGreed::new(http(&settings.alternative_me_url)?));
    let yahoo = economic::Source::Yahoo(Yahoo::new(http(&settings.yahoo_url)?));
    let fred = economic::Source::Fred(match &settings.fred_key {
        Some(key) => Fred::with_key(http(&settings.fred_url)?, key.clone()),
        None => Fred::without_key(http(&settings.fred_download_url)?),
    });
    let series = settings.series.iter().filter_map(|series| {
        let source = match series.source {
            SeriesSource::AlternativeMe => fear_greed.clone(),
            SeriesSource::Fred => fred.clone(),
            SeriesSource::Yahoo => yahoo.clone(),
            SeriesSource::File => return None,
        };
        Some(MacroSeries { source, code: series.code.clone(), rule: series.rule.clone() })
    });
    Ok(series.collect())
}

/// The sources of posts that are on: those whose keys are set, and all feeds.
///
/// # Errors
/// [`EndpointError`] for an unusable address.
pub fn news(settings: &NewsSettings, clock: &Clock) -> Result<Vec<news::Source>, EndpointError> {
    let http = |url: &str, rate| Http::new(url, limits(rate), clock.clone());
    let mut sources = Vec::new();
    let newsapi = &settings.newsapi;
    if let Some(key) = &newsapi.key {
        let http = http(&newsapi.url, newsapi.rate)?;
        let source = NewsApi::new(http, key.clone(), &newsapi.query, &newsapi.language);
        sources.push(news::Source::NewsApi(source));
    }
    for (name, url) in &settings.feeds.feeds {
        let limits = Limits { max_body_bytes: settings.feeds.max_bytes, ..Limits::default() };
        sources.push(news::Source::Feed(Feed::new(name, url, limits, clock.clone())?));
    }
    let reddit = &settings.reddit;
    if let (Some(id), Some(password)) = (&reddit.client_id, &reddit.client_secret) {
        let app = RedditApp::new(http(&reddit.token_url, reddit.rate)?, id.expose(), password.clone());
        let http = http(&reddit.url, reddit.rate)?;
        let of = |subreddit: &String| news::Source::Reddit(Reddit::new(http.clone(), app.clone(), subreddit));
        sources.extend(reddit.subreddits.iter().map(of));
    }
    let telegram = &settings.telegram;
    if let Some(token) = &telegram.token {
        let http = http(&telegram.url, telegram.rate)?;
        sources.push(news::Source::Telegram(Telegram::new(http, token.clone(), telegram.channels.clone())));
    }
    let x = &settings.x;
    if let Some(token) = &x.token {
        sources.push(news::Source::X(X::new(http(&x.url, x.rate)?, token.clone(), &x.query)));
    }
    Ok(sources)
}

fn limits(rate: RequestRate) -> Limits {
    let quota = Quota { units: rate.requests, per: Duration::from_secs(rate.per_seconds) };
    Limits { quota: Some(quota), ..Limits::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::{Environment, sources::Sources},
        units::Timestamp,
    };

    fn names(pairs: &[(&str, &str)]) -> Vec<String> {
        let sources = Sources::load(None, &Environment::new(pairs.iter().copied())).unwrap();
        let news = news(&sources.news, &Clock::manual(Timestamp(0))).unwrap();
        news.iter().map(|source| source.name().to_owned()).collect()
    }

    #[test]
    fn only_sources_with_their_keys_are_asked() {
        let feeds = names(&[]);
        assert!(!feeds.is_empty() && feeds.iter().all(|name| name.starts_with("rss:")), "{feeds:?}");
        let keys = ["SHOAL_NEWSAPI_KEY", "SHOAL_REDDIT_CLIENT_ID", "SHOAL_TELEGRAM_TOKEN", "SHOAL_X_BEARER_TOKEN"];
        let mut pairs = keys.map(|key| (key, "hunter22")).to_vec();
        let all = names(&pairs);
        assert!(["newsapi", "telegram", "x"].iter().all(|name| all.iter().any(|one| one == name)), "{all:?}");
        assert!(!all.iter().any(|name| name.starts_with("reddit:")), "an id without a secret: {all:?}");
        pairs.push(("SHOAL_REDDIT_CLIENT_SECRET", "hunter22"));
        assert!(names(&pairs).contains(&"reddit:ethereum".to_owned()));
    }

    #[test]
    fn every_series_but_those_of_files_has_a_source() {
        let settings = Sources::load(None, &Environment::default()).unwrap().macros;
        let series = economic(&settings, &Clock::manual(Timestamp(0))).unwrap();
        let files = settings.series.iter().filter(|series| series.source == SeriesSource::File).count();
        assert_eq!(series.len() + files, settings.series.len());
        assert!(series.iter().any(|series| series.rule.name == "fred:DTWEXBGS" && series.code == "DTWEXBGS"));
    }
}
