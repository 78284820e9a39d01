//! How often what nobody pushes is asked for.

use std::time::Duration;

use super::fields::duration;
use crate::config::section::Section;

/// Between two looks of `shoal data fetch --follow`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FetchSettings {
    pub poll_macro: Duration,
    pub poll_news: Duration,
    /// Of the state of pools.
    pub poll_pools: Duration,
}

pub(super) fn read(root: &mut Section<'_>) -> Option<FetchSettings> {
    let mut section = root.section("fetch")?;
    let poll_macro = poll(&mut section, "poll_macro");
    let poll_news = poll(&mut section, "poll_news");
    let poll_pools = poll(&mut section, "poll_pools");
    Some(FetchSettings { poll_macro: poll_macro?, poll_news: poll_news?, poll_pools: poll_pools? })
}

fn poll(section: &mut Section<'_>, key: &str) -> Option<Duration> {
    let seconds = duration(section, key)?;
    if seconds == 0 {
        section.fault(key, "must be above zero");
        return None;
    }
    Some(Duration::from_secs(seconds))
}
