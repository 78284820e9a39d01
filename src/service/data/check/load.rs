//! A data folder, or the store, as something to judge.

use std::collections::BTreeMap;

use super::{Input, Numbers};
use crate::{
    domain::SeriesRule,
    io::{
        data::{Folder, MacroValues, macro_files},
        store::{DataStore, DataStoreError},
    },
    service::data::fetch::{HEALTH, Health},
    units::Timestamp,
};

/// Reads every file of a folder. A file that cannot be read, or of which no rule says when its
/// values were public, is part of the judgement and not the end of it. A bar counts as known from
/// its close on. `rules` are those of the macro files, by file name; `done` is told how many files
/// of how many are read.
pub fn folder(folder: &Folder, rules: &BTreeMap<String, SeriesRule>, mut done: impl FnMut(usize, usize)) -> Input {
    let (candles, numbers) = (folder.files(), macro_files(folder.dir(), rules));
    let (mut read, all) = (0, candles.len() + numbers.len());
    let mut next = || {
        read += 1;
        done(read, all);
    };
    let mut input = Input::default();
    for file in candles {
        let series = file.series();
        match file.candles().and_then(Iterator::collect) {
            Ok(candles) => input.candles.push((series, candles)),
            Err(error) => input.unreadable.push((series.to_string(), error.to_string())),
        }
        next();
    }
    for file in numbers {
        match file.and_then(|file| Ok((file.read()?, file.rule))) {
            Ok((found, rule)) => input.numbers.push(judged(found, &rule)),
            Err(error) => input.unreadable.push(("macro".to_owned(), error.to_string())),
        }
        next();
    }
    input
}

fn judged(found: MacroValues, rule: &SeriesRule) -> Numbers {
    let mut notes = Vec::new();
    if found.empty > 0 {
        notes.push(format!("{} dates without a value", found.empty));
    }
    if found.before_1970 > 0 {
        notes.push(format!("{} rows before 1970 are left out", found.before_1970));
    }
    Numbers { name: rule.name.clone(), values: found.observations, max_age: Some(rule.stale_after), notes }
}

/// Reads every series of the store, revisions too, and every source whose last fetch failed.
/// `rules` are those of the series of numbers, by name; one without a rule is judged by its own
/// cadence.
///
/// # Errors
/// Where the store cannot be read.
pub async fn stored(
    store: &mut DataStore,
    rules: &BTreeMap<String, SeriesRule>,
    mut done: impl FnMut(usize, usize),
) -> Result<Input, DataStoreError> {
    let (candles, numbers) = (store.candle_series().await?, store.observation_series().await?);
    let (mut read, of) = (0, candles.len() + numbers.len());
    let mut next = || {
        read += 1;
        done(read, of);
    };
    let all = || Timestamp(0)..Timestamp(u64::MAX);
    let mut input = Input::default();
    for summary in candles {
        let bars = store.candle_revisions(&summary.series, all()).await?;
        input.candles.push((summary.series, bars));
        next();
    }
    for summary in numbers {
        let values = store.observation_revisions(&summary.series, all()).await?;
        let max_age = rules.get(&summary.series).map(|rule| rule.stale_after);
        input.numbers.push(Numbers { name: summary.series, values, max_age, notes: Vec::new() });
        next();
    }
    for (name, text) in store.cursors(HEALTH).await? {
        let job = name.strip_prefix(HEALTH).unwrap_or(&name).to_owned();
        match serde_json::from_str::<Health>(&text) {
            Ok(Health { failure: None, .. }) => {}
            Ok(Health { last_try, last_success, failure: Some(why) }) => {
                let since = last_success.map_or("never".to_owned(), |at| at.to_string());
                let why = format!("its fetch at {last_try} failed: {why} (last success: {since})");
                input.unreadable.push((job, why));
            }
            Err(error) => input.unreadable.push((job, format!("the store's note of its last fetch: {error}"))),
        }
    }
    Ok(input)
}
