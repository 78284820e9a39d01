//! What became of the forecasts, and what the ensembles' were made of.

use std::collections::BTreeMap;

use serde::Serialize;

use super::format::{minute, number, percent, signed};
use crate::{
    domain::{Action, Asset, Combined, Decision, Part, Rejection, Verdict},
    units::Timestamp,
};

/// Entries shown; earlier ones are counted only.
const ENTRIES: usize = 20;

/// Every decision of a run, summed up.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Signals {
    /// How many decisions came to what.
    pub outcomes: BTreeMap<&'static str, usize>,
    /// Of the decisions that weighed one against the other, both as fractions of the stake: the
    /// edge by the probability's lower bound, and what the way in and out costs, the pool's fees
    /// alone where these are too much already.
    pub edge: Option<Spread>,
    pub cost: Option<Spread>,
    /// By asset, what moved its ensemble.
    pub members: Vec<Share>,
    pub entries: Vec<Entry>,
}

/// How values lie: each is one of them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    pub least: f64,
    pub median: f64,
    pub p90: f64,
    pub p99: f64,
    pub greatest: f64,
}

/// A member's part in what its ensemble said, on average.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Share {
    pub asset: Asset,
    pub member: String,
    pub weight: f64,
    /// Mean size of what it added, in log-odds.
    pub contribution: f64,
}

/// Why a position was opened.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    pub ts: Timestamp,
    pub asset: Asset,
    pub probability_up: f64,
    pub lower: f64,
    pub edge: f64,
    pub cost: f64,
    /// What each member of an ensemble added.
    pub parts: Vec<Part>,
    /// What outcomes since the training added.
    pub learnt: f64,
}

/// A table of the report, to be shown as text or as a page.
pub(super) struct Section {
    pub(super) title: String,
    pub(super) header: Vec<&'static str>,
    /// The first columns, which are words.
    pub(super) texts: usize,
    pub(super) rows: Vec<Vec<String>>,
}

impl Spread {
    fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let last = values.len().checked_sub(1)?;
        let at = |share: f64| values[(share * last as f64).round() as usize];
        Some(Self { least: at(0.0), median: at(0.5), p90: at(0.9), p99: at(0.99), greatest: at(1.0) })
    }
}

/// Sums the decisions up.
pub fn signals<'a>(decisions: impl Iterator<Item = &'a Decision>) -> Signals {
    let mut signals = Signals::default();
    let (mut edges, mut costs) = (Vec::new(), Vec::new());
    let mut members: BTreeMap<(&Asset, &str), (f64, f64, f64)> = BTreeMap::new();
    for decision in decisions {
        *signals.outcomes.entry(outcome(&decision.action)).or_default() += 1;
        let combined = combined(decision);
        let parts = combined.map_or(&[][..], |combined| &combined.parts);
        for part in parts {
            let (count, weight, size) = members.entry((&decision.asset, &part.member)).or_default();
            (*count, *weight, *size) = (*count + 1.0, *weight + part.weight, *size + part.contribution.abs());
        }
        if let Action::Enter { edge, cost, .. } | Action::Pass(Rejection::EdgeBelowCost { edge, cost }) =
            decision.action
        {
            edges.push(edge);
            costs.push(cost);
        }
        if let (Action::Enter { edge, cost, .. }, Some(forecast)) = (&decision.action, decision.forecast) {
            signals.entries.push(Entry {
                ts: decision.ts,
                asset: decision.asset.clone(),
                probability_up: forecast.probability_up,
                lower: forecast.lower,
                edge: *edge,
                cost: *cost,
                parts: parts.to_vec(),
                learnt: combined.map_or(0.0, |combined| combined.learnt),
            });
        }
    }
    (signals.edge, signals.cost) = (Spread::of(edges), Spread::of(costs));
    let share = |((asset, member), (count, weight, size)): ((&Asset, &str), (f64, f64, f64))| Share {
        asset: asset.clone(),
        member: member.to_owned(),
        weight: weight / count,
        contribution: size / count,
    };
    signals.members = members.into_iter().map(share).collect();
    signals
}

/// What the members said of a forecast that was relied on.
fn combined(decision: &Decision) -> Option<&Combined> {
    match decision.grounds.as_ref().map(|grounds| &grounds.ensemble) {
        Some(Verdict::Forecast { combined, .. }) => Some(combined),
        _ => None,
    }
}

fn outcome(action: &Action) -> &'static str {
    match action {
        Action::Enter { .. } => "bought",
        Action::Exit { .. } => "sold",
        Action::Keep => "kept",
        Action::Pass(why) => match why {
            Rejection::WarmingUp => "no forecast: warming up",
            Rejection::NoFrame => "no forecast: its bar is missing",
            Rejection::FrameRefused { .. } => "no forecast: its bar was refused",
            Rejection::Abstained(_) => "no forecast: the ensemble abstained",
            Rejection::OrderPending => "an order was on its way",
            Rejection::EdgeBelowCost { .. } => "the edge was below its cost",
            Rejection::StakeTooSmall => "the stake was too small",
            Rejection::Halted => "halted",
            Rejection::NoQuote => "the pool quoted nothing",
            Rejection::ImpactAboveLimit { .. } => "the price impact was above its limit",
            Rejection::AboveMaxPosition => "the position was too large",
            Rejection::NotCovered => "the account did not cover it",
            Rejection::Unguarded => "no output could be guarded",
            Rejection::GasTankEmpty => "too little ether for gas",
        },
    }
}

/// The tables that show it; those with nothing to show are left out.
pub(super) fn sections(signals: &Signals) -> Vec<Section> {
    let section = |title: &str, header: &[&'static str], texts, rows: Vec<Vec<String>>| Section {
        title: title.to_owned(),
        header: header.to_vec(),
        texts,
        rows,
    };
    let outcomes = signals.outcomes.iter().map(|(what, count)| vec![(*what).to_owned(), number(*count as f64, 0)]);
    let spread = |name: &str, spread: &Option<Spread>| {
        let Spread { least, median, p90, p99, greatest } = (*spread)?;
        let shown = [least, median, p90, p99, greatest].map(|value| format!("{}%", number(100.0 * value, 3)));
        Some([vec![name.to_owned()], shown.to_vec()].concat())
    };
    let spreads = [spread("edge", &signals.edge), spread("cost", &signals.cost)];
    let share = |share: &Share| {
        let Share { asset, member, weight, contribution } = share;
        vec![asset.to_string(), member.clone(), number(*weight, 3), number(*contribution, 3)]
    };
    let hidden = signals.entries.len().saturating_sub(ENTRIES);
    let last = if hidden > 0 { format!(", the last {ENTRIES}") } else { String::new() };
    let sections = [
        section("Decisions", &["", "times"], 1, outcomes.collect()),
        section(
            "Edge against cost, of the stake",
            &["", "least", "median", "top tenth from", "top hundredth from", "greatest"],
            1,
            spreads.into_iter().flatten().collect(),
        ),
        section(
            "What moved the ensembles, on average",
            &["asset", "member", "weight", "log-odds added"],
            2,
            signals.members.iter().map(share).collect(),
        ),
        section(
            &format!("Why it bought{last}"),
            &["asset", "decided", "log-odds added", "probability", "lower bound", "edge", "cost"],
            3,
            signals.entries.iter().skip(hidden).map(entry).collect(),
        ),
    ];
    sections.into_iter().filter(|section| !section.rows.is_empty()).collect()
}

fn entry(entry: &Entry) -> Vec<String> {
    let part = |part: &Part| format!("{} {}", part.member, signed(part.contribution, 3));
    let learnt = (entry.learnt != 0.0).then(|| format!("learnt {}", signed(entry.learnt, 3)));
    let parts: Vec<String> = entry.parts.iter().map(part).chain(learnt).collect();
    vec![
        entry.asset.to_string(),
        minute(entry.ts),
        parts.join(", "),
        number(entry.probability_up, 3),
        number(entry.lower, 3),
        percent(entry.edge),
        percent(entry.cost),
    ]
}
