//! The names of the series that may tell a model's inputs, in a folder as in the store.

use super::{dex, mood};
use crate::{
    config::sources::Sources,
    features::{inputs::INPUTS, sink::Group},
    pipeline::forecaster::Subject,
};

/// A series and the seconds after which its value is too old.
pub(super) type Candidate = (String, Option<u64>);

/// For each of [`INPUTS`] the series that may tell it, the best first. `pool` is the name of the
/// pool of the asset's market; without one nothing tells of it.
pub(super) fn candidates(subject: &Subject, pool: Option<&str>, sources: &Sources) -> Vec<Vec<Candidate>> {
    let rules = sources.macros.by_name();
    let max_age = |name: &str, group| match group {
        Group::Macro => rules.get(name).map(|rule| Some(rule.stale_after)),
        Group::Sentiment => Some(Some(mood::MAX_AGE)),
        Group::Dex => Some(Some(dex::max_age(subject.timeframe))),
        _ => None,
    };
    let named = |pattern: &str| {
        let name =
            pattern.replace("{asset}", subject.asset.as_str()).replace("{timeframe}", subject.timeframe.as_str());
        match pool {
            Some(pool) => Some(name.replace("{pool}", pool)),
            None => (!name.contains("{pool}")).then_some(name),
        }
    };
    let candidate = |pattern: &&str, group| {
        let name = named(pattern)?;
        max_age(&name, group).map(|max_age| (name, max_age))
    };
    let of_input = |series: &'static [&'static str], group| {
        series.iter().filter_map(|pattern| candidate(pattern, group)).collect()
    };
    INPUTS.iter().map(|input| of_input(input.series, input.group)).collect()
}
