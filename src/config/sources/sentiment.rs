//! How posts are filtered, and how their scores become series.

use crate::{
    config::section::{Interval, Section},
    domain::Asset,
    sentiment::{AggregateParams, AssetTerms, DuplicateParams, FilterParams, LanguageParams, SpamParams},
};

/// The parameters of `sentiment`'s two parts.
#[derive(Clone, Debug, PartialEq)]
pub struct SentimentSettings {
    pub filter: FilterParams,
    pub aggregate: AggregateParams,
}

pub(super) fn read(root: &mut Section<'_>) -> Option<SentimentSettings> {
    let mut section = root.section("sentiment")?;
    let half_life_hours = section.number("half_life_hours", Interval::Above(0.0, 24.0 * 365.0));
    let memory_hours = section.integer("memory_hours", 1..=24 * 365);
    let most_characters = section.integer("most_characters", 100..=1_000_000);
    let language = language(&mut section);
    let spam = section.section("spam").and_then(|mut section| spam(&mut section));
    let duplicates = section.section("duplicates").and_then(|mut section| duplicates(&mut section));
    let assets = section.section("assets").and_then(|mut section| assets(&mut section));
    Some(SentimentSettings {
        filter: FilterParams {
            most_characters: most_characters?,
            language: language?,
            spam: spam?,
            duplicates: duplicates?,
            assets: assets?,
        },
        aggregate: AggregateParams { half_life_seconds: half_life_hours? * 3_600.0, memory_hours: memory_hours? },
    })
}

fn language(section: &mut Section<'_>) -> Option<LanguageParams> {
    let languages = section.names("languages");
    let short_letters = section.integer("short_letters", 0..=10_000);
    let unsure_confidence = section.number("unsure_confidence", Interval::From(0.0, 1.0));
    let languages = languages?;
    if languages.is_empty() {
        section.fault("languages", "must not be empty");
        return None;
    }
    if let Some(code) = languages.iter().find(|code| !LanguageParams::knows(code)) {
        section.fault("languages", format!("\"{code}\" is no ISO 639-3 code of a language that can be detected (eng)"));
        return None;
    }
    Some(LanguageParams { languages, short_letters: short_letters?, unsure_confidence: unsure_confidence? })
}

fn spam(section: &mut Section<'_>) -> Option<SpamParams> {
    let repeated_characters = section.integer("repeated_characters", 3..=1_000);
    let [most_links, most_hashtags, most_mentions] =
        ["most_links", "most_hashtags", "most_mentions"].map(|key| section.number(key, Interval::From(0.0, 1.0)));
    let phrases = phrases(section, "phrases");
    let author_posts_per_hour = section.integer("author_posts_per_hour", 1..=100_000);
    Some(SpamParams {
        repeated_characters: repeated_characters?,
        most_links: most_links?,
        most_hashtags: most_hashtags?,
        most_mentions: most_mentions?,
        phrases: phrases?,
        author_posts_per_hour: author_posts_per_hour?,
    })
}

fn duplicates(section: &mut Section<'_>) -> Option<DuplicateParams> {
    let window_hours = section.integer::<u64>("window_hours", 1..=24 * 365);
    let similarity = section.number("similarity", Interval::Above(0.0, 1.0));
    Some(DuplicateParams { window_seconds: window_hours? * 3_600, similarity: similarity? })
}

fn assets(section: &mut Section<'_>) -> Option<Vec<AssetTerms>> {
    let named = section.named_sections();
    if named.is_empty() {
        section.fault("", "must name an asset at least");
        return None;
    }
    let read = |(name, mut terms): (String, Section<'_>)| {
        let lists = ["terms", "exact", "excluded"].map(|key| phrases(&mut terms, key));
        let [terms, exact, excluded] = lists;
        Some(AssetTerms { asset: Asset::new(&name), terms: terms?, exact: exact?, excluded: excluded? })
    };
    // Collected first, so that every asset's faults are reported.
    let read: Vec<Option<AssetTerms>> = named.into_iter().map(read).collect();
    read.into_iter().collect()
}

/// A list of texts that are compared by their words; it may be empty, its texts may not.
fn phrases(section: &mut Section<'_>, key: &str) -> Option<Vec<String>> {
    let phrases = section.names(key)?;
    match phrases.iter().position(|phrase| !phrase.contains(char::is_alphanumeric)) {
        Some(at) => {
            section.fault(&format!("{key}[{at}]"), "has no letter and no digit to compare by");
            None
        }
        None => Some(phrases),
    }
}

#[cfg(test)]
mod tests {
    use crate::config::fault::Faults;

    use super::*;

    fn read_text(change: impl Fn(&str) -> String) -> Result<SentimentSettings, Vec<String>> {
        let text = include_str!("../../../config/sources.toml");
        let changed = change(text);
        let mut table: toml::Table = changed.parse().unwrap();
        table.retain(|key, _| key == "sentiment");
        let faults = Faults::default();
        let settings = {
            let mut root = Section::new("sources.toml", "", table, &faults);
            read(&mut root)
        };
        faults.settle(settings).map_err(|error| error.faults().iter().map(ToString::to_string).collect())
    }

    #[test]
    fn the_shipped_terms_tell_the_assets_apart() {
        let settings = read_text(str::to_owned).unwrap();
        let matcher = crate::sentiment::Matcher::new(&settings.filter.assets);
        let check = |text: &str, assets: &[&str]| {
            let mut found: Vec<_> = matcher.assets(text).iter().map(|asset| asset.as_str().to_owned()).collect();
            found.sort();
            assert_eq!(found, assets, "{text}");
        };
        check("Bitcoin and $ETH rise, SOL and Cardano fall", &["ADA", "BTC", "ETH", "SOL"]);
        check("LINK breaks out while UNI holders vote", &["LINK", "UNI"]);
        check("Free tokens: LINK in bio", &[]);
        check("the solution for uni students: link below, ada lovelace", &[]);
        check("Bitcoin Cash and Ethereum Classic rally", &[]);
        assert_eq!(settings.aggregate.half_life_seconds % 3_600.0, 0.0);
    }

    #[test]
    fn every_fault_is_reported_with_its_place() {
        let faults = read_text(|text| {
            text.replace("similarity = 0.7", "similarity = 7")
                .replace("languages = [\"eng\"]", "languages = [\"en\"]")
                .replace("memory_hours =", "memory_ours =")
                .replace("\"$LINK\"", "\"$\"")
        });
        let faults = faults.unwrap_err();
        let expected = [
            "sentiment.memory_hours: missing",
            "sentiment.languages: \"en\" is no ISO 639-3 code",
            "sentiment.duplicates.similarity: must be within (0, 1], is 7.0",
            "sentiment.assets.LINK.terms[1]: has no letter",
            "sentiment.memory_ours: unknown key",
        ];
        assert_eq!(faults.len(), expected.len(), "{faults:#?}");
        for part in expected {
            assert!(faults.iter().any(|fault| fault.contains(part)), "{part}: {faults:#?}");
        }
    }
}
