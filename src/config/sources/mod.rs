//! Where the bot's data comes from: exchanges, macro series, news and social media, and the
//! store that keeps them.

mod dex;
mod exchanges;
mod fetch;
mod fields;
mod macros;
mod news;
mod sentiment;
mod store;

use std::path::Path;

pub use dex::DexSettings;
pub use exchanges::ExchangeSettings;
pub use fetch::FetchSettings;
pub use fields::{RequestRate, SourceState};
pub use macros::{FRED_VARIABLE, MacroSettings, SeriesSettings, SeriesSource};
pub use news::{FeedsSettings, NewsApiSettings, NewsSettings, RedditSettings, TelegramSettings, XSettings};
pub use sentiment::SentimentSettings;
pub use store::{DatabaseUrl, StoreSettings};

use super::{ConfigError, Environment, fault::Faults, load, section::Section};

/// Everything that fetching and storing data needs to know, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Sources {
    /// The file it came from, for messages.
    pub file: String,
    pub store: StoreSettings,
    pub fetch: FetchSettings,
    pub exchanges: ExchangeSettings,
    pub dex: DexSettings,
    pub macros: MacroSettings,
    pub news: NewsSettings,
    pub sentiment: SentimentSettings,
}

impl Sources {
    /// Reads the file at `path`, or else the one that the binary carries.
    ///
    /// # Errors
    /// All faults at once.
    pub fn load(path: Option<&Path>, environment: &Environment) -> Result<Self, ConfigError> {
        match path {
            Some(path) => Self::read(path, &|path| std::fs::read_to_string(path), environment),
            None => Self::read(Path::new("config/sources.toml"), &load::embedded, environment),
        }
    }

    fn read(path: &Path, reader: load::Reader<'_>, environment: &Environment) -> Result<Self, ConfigError> {
        let faults = Faults::default();
        let file = path.display().to_string();
        let sources = load::table(path, reader, &faults).and_then(|table| {
            let mut root = Section::new(file.as_str(), "", table, &faults);
            let store = store::read(&mut root, environment, &faults);
            let fetch = fetch::read(&mut root);
            let exchanges = exchanges::read(&mut root);
            let dex = dex::read(&mut root);
            let macros = macros::read(&mut root, environment);
            let news = news::read(&mut root, environment);
            let sentiment = sentiment::read(&mut root);
            Some(Self {
                file: file.clone(),
                store: store?,
                fetch: fetch?,
                exchanges: exchanges?,
                dex: dex?,
                macros: macros?,
                news: news?,
                sentiment: sentiment?,
            })
        });
        faults.settle(sources)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_sources_are_faultless() {
        let sources = Sources::load(None, &Environment::default()).unwrap();
        assert_eq!(sources.store.path, Path::new("data/shoal.sqlite"));
        assert!(sources.store.database.is_none());
        assert_eq!(sources.news.newsapi.state(), SourceState::Off { missing: "SHOAL_NEWSAPI_KEY" });
        assert!(sources.macros.fred_key.is_none());
        let names: Vec<_> = sources.macros.series.iter().map(|series| series.rule.name.as_str()).collect();
        assert!(names.contains(&"fred:VIXCLS") && names.contains(&"yahoo:^VIX"), "{names:?}");
        assert!(names.contains(&"alternative_me:fear_greed") && names.contains(&"file:gold_monthly"), "{names:?}");
    }

    /// The faults of the shipped file after `edit`.
    fn faults(from: &str, to: &str) -> Vec<String> {
        let text = include_str!("../../../config/sources.toml");
        assert!(text.contains(from), "{from}");
        let text = text.replacen(from, to, 1);
        let read = |_: &Path| Ok(text.clone());
        let error = Sources::read(Path::new("sources.toml"), &read, &Environment::default()).unwrap_err();
        error.faults().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn faults_name_their_place() {
        let check = |from, to, fault: &str| assert_eq!(faults(from, to), [format!("sources.toml: {fault}")]);
        let lag = "macro.series[0].known_after: must be such as \"6h\", \"9d\" or \"2 weekdays\", is \"soon\"";
        check("known_after = \"6h\"", "known_after = \"soon\"", lag);
        check("chain_id = 1\n", "", "dex.chain_id: missing");
        let window = "dex.twap_window: must be above zero and below 2^32 seconds";
        check("twap_window = \"30m\"", "twap_window = \"0m\"", window);
        check("twap_window = \"30m\"", "twap_window = \"50000d\"", window);
        check("max_head_age = \"10m\"", "max_head_age = \"0s\"", "dex.max_head_age: must be above zero");
        check("stale_after = \"3d\"\n", "", "macro.series[0].stale_after: missing");
        check("poll_news = \"5m\"", "poll_news = \"0m\"", "fetch.poll_news: must be above zero");
        check("code = \"^TNX\"", "code = \"CL=F\"", "macro.series[5].code: `yahoo:CL=F` stands twice");
        check("file = \"fred_DGS2\"", "file = \"fred_DGS10\"", "macro.series[8].file: another series has this file");
        check(
            "code = \"^VIX\"\nperiod = \"day\"",
            "code = \"^VIX\"\nperiod = \"moment\"",
            "macro.series[1].period: must be \"day\": daily bars are asked for",
        );
        check(
            "decrypt = \"https://decrypt.co/feed\"",
            "decrypt = \"https://me:hunter22@decrypt.co/feed\"",
            "news.feeds.urls.decrypt: must hold no user and no password",
        );
        check(
            "\"UniSwap\"",
            "\"r/UniSwap\"",
            "news.reddit.subreddits[7]: must be a bare name of letters, digits, _ and -, is \"r/UniSwap\"",
        );
        let misspelt = faults("future_tolerance", "future_tolerence");
        assert_eq!(misspelt[0], "sources.toml: news.future_tolerance: missing");
        assert!(misspelt[1].contains("did you mean future_tolerance?"), "{misspelt:?}");
    }

    #[test]
    fn keys_turn_sources_on_and_are_never_shown() {
        let pairs = [
            ("SHOAL_NEWSAPI_KEY", "hunter22"),
            ("SHOAL_REDDIT_CLIENT_ID", "hunter22"),
            ("SHOAL_TELEGRAM_TOKEN", "hunter22"),
            ("SHOAL_X_BEARER_TOKEN", "hunter22"),
            ("SHOAL_FRED_KEY", "hunter22"),
        ];
        let sources = Sources::load(None, &Environment::new(pairs)).unwrap();
        assert_eq!(sources.news.newsapi.state(), SourceState::On);
        assert_eq!(sources.news.reddit.state(), SourceState::Off { missing: "SHOAL_REDDIT_CLIENT_SECRET" });
        assert_eq!((sources.news.telegram.state(), sources.news.x.state()), (SourceState::On, SourceState::On));
        assert_eq!(sources.macros.fred_key.as_ref().unwrap().expose(), "hunter22");
        assert!(!format!("{sources:?}").contains("hunter22"));
    }
}
