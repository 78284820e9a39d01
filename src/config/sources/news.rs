//! News and social media.

use super::fields::{RequestRate, SourceState, address, duration, key, rate};
use crate::{
    config::{Environment, section::Section},
    domain::Secret,
};

const NEWSAPI_VARIABLE: &str = "SHOAL_NEWSAPI_KEY";
const REDDIT_ID_VARIABLE: &str = "SHOAL_REDDIT_CLIENT_ID";
const REDDIT_SECRET_VARIABLE: &str = "SHOAL_REDDIT_CLIENT_SECRET";
const TELEGRAM_VARIABLE: &str = "SHOAL_TELEGRAM_TOKEN";
const X_VARIABLE: &str = "SHOAL_X_BEARER_TOKEN";

/// Where posts come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewsSettings {
    /// Seconds that an entry's date may lie in the future.
    pub future_tolerance: u64,
    pub newsapi: NewsApiSettings,
    pub feeds: FeedsSettings,
    pub reddit: RedditSettings,
    pub telegram: TelegramSettings,
    pub x: XSettings,
}

/// NewsAPI; off without a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewsApiSettings {
    pub url: String,
    pub query: String,
    /// Two letters.
    pub language: String,
    pub rate: RequestRate,
    pub key: Option<Secret>,
}

/// RSS and Atom feeds; they need no key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedsSettings {
    pub max_bytes: usize,
    /// Name and address, by name.
    pub feeds: Vec<(String, String)>,
}

/// Reddit; off without an application's id and secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedditSettings {
    /// Gives tokens.
    pub token_url: String,
    pub url: String,
    pub subreddits: Vec<String>,
    pub rate: RequestRate,
    pub client_id: Option<Secret>,
    pub client_secret: Option<Secret>,
}

/// Telegram; off without a bot's token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TelegramSettings {
    pub url: String,
    /// Names without `@`, or ids; none means all that the bot is a member of.
    pub channels: Vec<String>,
    pub rate: RequestRate,
    pub token: Option<Secret>,
}

/// X; off without a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct XSettings {
    pub url: String,
    pub query: String,
    pub rate: RequestRate,
    pub token: Option<Secret>,
}

fn state<const N: usize>(keys: [(&Option<Secret>, &'static str); N]) -> SourceState {
    let missing = keys.into_iter().find(|(key, _)| key.is_none());
    missing.map_or(SourceState::On, |(_, missing)| SourceState::Off { missing })
}

impl NewsApiSettings {
    pub fn state(&self) -> SourceState {
        state([(&self.key, NEWSAPI_VARIABLE)])
    }
}

impl RedditSettings {
    pub fn state(&self) -> SourceState {
        state([(&self.client_id, REDDIT_ID_VARIABLE), (&self.client_secret, REDDIT_SECRET_VARIABLE)])
    }
}

impl TelegramSettings {
    pub fn state(&self) -> SourceState {
        state([(&self.token, TELEGRAM_VARIABLE)])
    }
}

impl XSettings {
    pub fn state(&self) -> SourceState {
        state([(&self.token, X_VARIABLE)])
    }
}

pub(super) fn read(root: &mut Section<'_>, environment: &Environment) -> Option<NewsSettings> {
    let mut section = root.section("news")?;
    let future_tolerance = duration(&mut section, "future_tolerance");
    let newsapi = section.section("newsapi").and_then(|mut section| newsapi(&mut section, environment));
    let feeds = section.section("feeds").and_then(|mut section| feeds(&mut section));
    let reddit = section.section("reddit").and_then(|mut section| reddit(&mut section, environment));
    let telegram = section.section("telegram").and_then(|mut section| telegram(&mut section, environment));
    let x = section.section("x").and_then(|mut section| x(&mut section, environment));
    Some(NewsSettings {
        future_tolerance: future_tolerance?,
        newsapi: newsapi?,
        feeds: feeds?,
        reddit: reddit?,
        telegram: telegram?,
        x: x?,
    })
}

fn newsapi(section: &mut Section<'_>, environment: &Environment) -> Option<NewsApiSettings> {
    let url = address(section, "url");
    let query = section.name("query");
    let language = section.name("language");
    let rate = rate(section);
    let key = key(environment, NEWSAPI_VARIABLE);
    Some(NewsApiSettings { url: url?, query: query?, language: language?, rate: rate?, key })
}

fn feeds(section: &mut Section<'_>) -> Option<FeedsSettings> {
    let max_bytes = section.integer("max_bytes", 1_000..=1_000_000_000);
    let tables = section.section("urls").map(|mut urls| {
        let mut names = urls.names_of_keys();
        names.sort();
        names.into_iter().map(|name| address(&mut urls, &name).map(|url| (name, url))).collect::<Vec<_>>()
    });
    Some(FeedsSettings { max_bytes: max_bytes?, feeds: tables?.into_iter().collect::<Option<_>>()? })
}

fn reddit(section: &mut Section<'_>, environment: &Environment) -> Option<RedditSettings> {
    let token_url = address(section, "token_url");
    let url = address(section, "url");
    let subreddits = section.names("subreddits").filter(|names| are_plain(section, "subreddits", names));
    let rate = rate(section);
    Some(RedditSettings {
        token_url: token_url?,
        url: url?,
        subreddits: subreddits?,
        rate: rate?,
        client_id: key(environment, REDDIT_ID_VARIABLE),
        client_secret: key(environment, REDDIT_SECRET_VARIABLE),
    })
}

fn telegram(section: &mut Section<'_>, environment: &Environment) -> Option<TelegramSettings> {
    let url = address(section, "url");
    let channels = section.names("channels").filter(|names| are_plain(section, "channels", names));
    let rate = rate(section);
    let token = key(environment, TELEGRAM_VARIABLE);
    Some(TelegramSettings { url: url?, channels: channels?, rate: rate?, token })
}

fn x(section: &mut Section<'_>, environment: &Environment) -> Option<XSettings> {
    let url = address(section, "url");
    let query = section.name("query");
    let rate = rate(section);
    Some(XSettings { url: url?, query: query?, rate: rate?, token: key(environment, X_VARIABLE) })
}

/// Names that go into a path: without `r/` and `@`.
fn are_plain(section: &Section<'_>, key: &str, names: &[String]) -> bool {
    let is_plain = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    let mut faultless = true;
    for (i, name) in names.iter().enumerate().filter(|(_, name)| !is_plain(name)) {
        section
            .fault(&format!("{key}[{i}]"), format!("must be a bare name of letters, digits, _ and -, is \"{name}\""));
        faultless = false;
    }
    faultless
}
