//! Macro series.

use super::{Context, Event, Report, report::SERIES};
use crate::{
    config::sources::MacroSettings,
    io::{
        economic::{Held, Look},
        store::data::DataStoreError,
    },
    service::sources::MacroSeries,
    units::Timestamp,
};

/// One series of one source.
#[derive(Debug)]
pub struct SeriesJob<'a> {
    pub series: &'a MacroSeries,
    pub settings: &'a MacroSettings,
    /// Since when to ask again for what was fetched before.
    pub again: Option<Timestamp>,
}

/// Of a [`Look`], as it is kept.
const SEPARATOR: char = '@';

impl SeriesJob<'_> {
    pub(super) fn name(&self) -> String {
        format!("{SERIES}{}", self.series.rule.name)
    }

    pub(super) async fn run(&self, context: &Context<'_>) -> Result<Report, DataStoreError> {
        let rule = &self.series.rule;
        let name = self.name();
        let mut report = Report::new(&name);
        context.tell(Event::Began { job: &name, total: None, unit: "values" });
        let position = context.position(&name).await?;
        let look = match position.as_deref().map(parse) {
            None => None,
            Some(Some(look)) => Some(look),
            Some(None) => {
                let position = position.unwrap_or_default();
                return Ok(
                    report.failed(&format!("the store says `{position}` of its last fetch, which is no such thing"))
                );
            }
        };
        let held = context
            .keeper
            .ask(async |store| store.observations(&rule.name, Timestamp(0)..Timestamp(u64::MAX), None).await)
            .await?;
        let newest = held.last().map(|observation| observation.ts);
        // Everything, if an earlier fetch was asked for less.
        let begun = look.is_some_and(|look| look.from <= self.settings.from);
        let from = match newest {
            Some(newest) if begun => newest.minus(self.settings.revised_within).max(self.settings.from),
            _ => self.settings.from,
        };
        let from = self.again.map_or(from, |again| from.min(again.max(self.settings.from)));
        let values = held.iter().map(|observation| (observation.ts, observation.value)).collect();
        let held = Held { values, look };
        let fetched = tokio::select! {
            fetched = self.series.source.fetch(&self.series.code, rule, from, &held) => fetched,
            () = context.interrupt.wait() => return Ok(report.interrupted()),
        };
        let fetched = match fetched {
            Ok(fetched) => fetched,
            Err(error) => return Ok(report.failed(&error)),
        };
        let look = fetched.readings.look;
        let position = format!("{}{SEPARATOR}{}", look.from.0, look.at.0);
        let (observations, now) = (&fetched.readings.observations, context.clock.now());
        let written = context
            .keeper
            .ask(async |store| {
                store.put_current_observations(&rule.name, observations, now, Some((&name, &position))).await
            })
            .await?;
        report.add(written);
        report.drop("not public yet", fetched.readings.not_due as u64);
        report.drop("not settled", fetched.unsettled as u64);
        context.tell(Event::Advanced { job: &name, by: observations.len() as u64 });
        let newest = observations.last().map(|observation| observation.ts).max(newest);
        if let Some(newest) = newest.filter(|newest| rule.is_stale(*newest, context.clock.now())) {
            report.notes.push(format!("stale: its newest value speaks of {newest}"));
        }
        Ok(report)
    }
}

fn parse(text: &str) -> Option<Look> {
    let (from, at) = text.split_once(SEPARATOR)?;
    Some(Look { from: Timestamp(from.parse().ok()?), at: Timestamp(at.parse().ok()?) })
}
