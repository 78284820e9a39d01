//! Texts of `sources.toml` to values: durations, addresses, keys.

use reqwest::Url;

use crate::{
    config::{Environment, section::Section},
    domain::Secret,
};

/// The key that this variable holds, where it is set.
pub(super) fn key(environment: &Environment, variable: &str) -> Option<Secret> {
    environment.get(variable).map(|key| Secret::new(key.trim()))
}

/// Whether a source can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceState {
    On,
    /// Off until this variable is set in the environment.
    Off {
        missing: &'static str,
    },
}

/// How often a source may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestRate {
    pub requests: u32,
    /// In so many seconds.
    pub per_seconds: u64,
}

/// `requests` and `per` of a section.
pub(super) fn rate(section: &mut Section<'_>) -> Option<RequestRate> {
    let requests = section.integer("requests", 1..=1_000_000);
    let per_seconds = duration(section, "per");
    Some(RequestRate { requests: requests?, per_seconds: per_seconds? })
}

/// A whole number of seconds, minutes, hours or days: `90s`, `10m`, `36h`, `7d`.
pub(super) fn duration(section: &mut Section<'_>, key: &str) -> Option<u64> {
    let text = section.text(key)?;
    let seconds = seconds(&text);
    if seconds.is_none() {
        section.fault(key, format!("must be a duration such as \"90s\", \"10m\", \"36h\" or \"7d\", is \"{text}\""));
    }
    seconds
}

pub(super) fn seconds(text: &str) -> Option<u64> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let unit = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    // A million days are enough for anyone.
    number.parse::<u64>().ok().filter(|number| digits && *number <= 1_000_000).map(|number| number * unit)
}

/// An http or https address. It stands in a file, so it may not hold a password.
pub(super) fn address(section: &mut Section<'_>, key: &str) -> Option<String> {
    let text = section.name(key)?;
    let fault = match Url::parse(&text) {
        Ok(url) if !url.username().is_empty() || url.password().is_some() => "must hold no user and no password",
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => return Some(text),
        _ => "must be an http or https URL",
    };
    section.fault(key, fault);
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, expected) in [("0s", 0), ("90s", 90), ("10m", 600), ("36h", 129_600), ("7d", 604_800)] {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
        for text in ["", "s", "7", "-1d", "+1d", "1.5h", "1 d", "1w", "99999999d", "7é"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
