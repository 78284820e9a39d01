//! Macro series.

use std::collections::BTreeMap;

use super::fields::{RequestRate, address, duration, key, rate, seconds};
use crate::{
    config::{Environment, section::Section},
    domain::{Lag, Period, Publication, Secret, SeriesRule},
    units::Timestamp,
};

/// With it FRED is asked by its interface, else by its download.
pub const FRED_VARIABLE: &str = "SHOAL_FRED_KEY";

/// Where macro series come from, and what is known of each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MacroSettings {
    pub alternative_me_url: String,
    pub yahoo_url: String,
    /// FRED's interface, for a key.
    pub fred_url: String,
    /// FRED's download, without.
    pub fred_download_url: String,
    pub fred_key: Option<Secret>,
    /// Of every source.
    pub rate: RequestRate,
    /// The first fetch of a series begins here.
    pub from: Timestamp,
    /// Seconds before the newest value from which on a fetch looks for revisions.
    pub revised_within: u64,
    /// In the file's order; names and files occur once.
    pub series: Vec<SeriesSettings>,
}

/// Who gives a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeriesSource {
    AlternativeMe,
    Fred,
    Yahoo,
    /// The data folder alone.
    File,
}

/// One series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesSettings {
    pub source: SeriesSource,
    /// The source's own name of it: `VIXCLS`, `^VIX`.
    pub code: String,
    /// Its name in the data folder: `macro/<file>.csv`.
    pub file: Option<String>,
    pub rule: SeriesRule,
}

const SOURCES: [(&str, SeriesSource); 4] = [
    ("alternative_me", SeriesSource::AlternativeMe),
    ("fred", SeriesSource::Fred),
    ("yahoo", SeriesSource::Yahoo),
    ("file", SeriesSource::File),
];
const PERIODS: [(&str, Period); 3] = [("moment", Period::Moment), ("day", Period::Day), ("month", Period::Month)];

impl MacroSettings {
    /// The rules of all series, by name.
    pub fn by_name(&self) -> BTreeMap<String, SeriesRule> {
        self.series.iter().map(|series| (series.rule.name.clone(), series.rule.clone())).collect()
    }

    /// The rules of the series that the data folder may hold, by file name without `.csv`.
    pub fn by_file(&self) -> BTreeMap<String, SeriesRule> {
        let named = self.series.iter().filter_map(|series| Some((series.file.clone()?, series.rule.clone())));
        named.collect()
    }
}

impl SeriesSource {
    /// As in the file.
    pub fn as_str(self) -> &'static str {
        SOURCES.iter().find(|(_, source)| *source == self).map_or("", |(name, _)| name)
    }
}

pub(super) fn read(root: &mut Section<'_>, environment: &Environment) -> Option<MacroSettings> {
    let mut section = root.section("macro")?;
    let alternative_me_url = address(&mut section, "alternative_me_url");
    let yahoo_url = address(&mut section, "yahoo_url");
    let fred_url = address(&mut section, "fred_url");
    let fred_download_url = address(&mut section, "fred_download_url");
    let rate = rate(&mut section);
    let from = from(&mut section);
    let revised_within = duration(&mut section, "revised_within");
    let series = all_series(&mut section);
    Some(MacroSettings {
        alternative_me_url: alternative_me_url?,
        yahoo_url: yahoo_url?,
        fred_url: fred_url?,
        fred_download_url: fred_download_url?,
        fred_key: key(environment, FRED_VARIABLE),
        rate: rate?,
        from: from?,
        revised_within: revised_within?,
        series: series?,
    })
}

fn from(section: &mut Section<'_>) -> Option<Timestamp> {
    let text = section.text("from")?;
    let time = text.parse();
    time.map_err(|_| section.fault("from", format!("must be a date such as \"2015-01-01\", is \"{text}\""))).ok()
}

fn all_series(section: &mut Section<'_>) -> Option<Vec<SeriesSettings>> {
    // All are read, so that every fault is reported.
    let read: Vec<_> = section.sections("series")?.into_iter().map(|mut table| one_series(&mut table)).collect();
    let series: Vec<SeriesSettings> = read.into_iter().collect::<Option<_>>()?;
    let mut faultless = true;
    for (i, one) in series.iter().enumerate() {
        let before = &series[..i];
        if before.iter().any(|other| other.rule.name == one.rule.name) {
            section.fault(&format!("series[{i}].code"), format!("`{}` stands twice", one.rule.name));
            faultless = false;
        }
        if one.file.is_some() && before.iter().any(|other| other.file == one.file) {
            section.fault(&format!("series[{i}].file"), "another series has this file");
            faultless = false;
        }
    }
    faultless.then_some(series)
}

fn one_series(section: &mut Section<'_>) -> Option<SeriesSettings> {
    let source = section.choice("source", &SOURCES);
    // The data folder's only series are called as their files.
    let is_file = source == Some(SeriesSource::File);
    let file = if is_file || section.has("file") { section.name("file").map(Some) } else { Some(None) };
    let code = if is_file { file.clone().flatten() } else { section.name("code") };
    let period = section.choice("period", &PERIODS);
    let lag = lag(section);
    let stale_after = duration(section, "stale_after");
    let (source, code) = (source?, code?);
    let publication = Publication { period: period?, lag: lag? };
    if source == SeriesSource::Yahoo && publication.period != Period::Day {
        section.fault("period", "must be \"day\": daily bars are asked for");
        return None;
    }
    let name = format!("{}:{code}", source.as_str());
    Some(SeriesSettings {
        source,
        code,
        file: file?,
        rule: SeriesRule { name, publication, stale_after: stale_after? },
    })
}

/// `36h`, or `2 weekdays`.
fn lag(section: &mut Section<'_>) -> Option<Lag> {
    let text = section.text("known_after")?;
    let weekdays = text.strip_suffix(" weekdays").or_else(|| text.strip_suffix(" weekday"));
    let lag = match weekdays {
        Some(days) => days.parse().ok().filter(|days| *days <= 366).map(Lag::Weekdays),
        None => seconds(&text).map(Lag::Seconds),
    };
    if lag.is_none() {
        section.fault("known_after", format!("must be such as \"6h\", \"9d\" or \"2 weekdays\", is \"{text}\""));
    }
    lag
}
