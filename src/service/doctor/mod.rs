//! What stands between a configuration and a run: each thing that a run needs, whether it is
//! there, and how to mend it if not.
//!
//! Nothing is changed and nothing is sent. A check that fails stops no other; one that cannot be
//! made without it is reported as skipped.

mod judge;
mod local;
mod models;
mod node;
mod sources;
#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::{
    config::{Config, sources::Sources},
    io::{store::Place, wallet::KeySources},
    units::Timestamp,
};

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Ok,
    /// Worth knowing; a run works all the same.
    Note,
    /// A run would fail, or could not trade.
    Problem,
    /// Not checked, because it depends on a check that failed.
    Skipped,
}

impl State {
    /// As in the JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Problem => "problem",
            Self::Skipped => "skipped",
        }
    }
}

/// One check and what it found. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub name: String,
    pub state: State,
    pub found: String,
    /// How to mend it; present where the state is a problem.
    pub mend: Option<String>,
}

impl Finding {
    fn new(name: impl Into<String>, state: State, found: impl Into<String>) -> Self {
        Self { name: name.into(), state, found: found.into(), mend: None }
    }

    pub(crate) fn ok(name: impl Into<String>, found: impl Into<String>) -> Self {
        Self::new(name, State::Ok, found)
    }

    pub(crate) fn note(name: impl Into<String>, found: impl Into<String>) -> Self {
        Self::new(name, State::Note, found)
    }

    pub(crate) fn problem(name: impl Into<String>, found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { mend: Some(mend.into()), ..Self::new(name, State::Problem, found) }
    }

    pub(crate) fn skipped(name: impl Into<String>, because: impl Into<String>) -> Self {
        Self::new(name, State::Skipped, because)
    }
}

/// Checks everything that a run with this configuration needs. `store` is where its models' bars
/// would come from, and `now` the host's clock.
pub async fn examine(
    config: &Config,
    sources: &Sources,
    store: &Place,
    keys: &KeySources,
    now: Timestamp,
) -> Vec<Finding> {
    let assets: Vec<_> = config.markets.iter().map(|market| market.asset.as_str()).collect();
    let what =
        format!("{}: mode {}, trades {} for {}", config.file, config.mode, assets.join(", "), config.quote.symbol);
    let mut findings = vec![Finding::ok("configuration", what)];
    let (key, account) = local::key(keys);
    findings.push(key);
    findings.extend(node::examine(config, account, now).await);
    findings.extend(config.paper.as_ref().map(|paper| judge::paper(paper, &config.quote)));
    findings.push(local::journal(&config.journal).await);
    if config.model.files.is_empty() {
        findings.push(local::history(config));
    } else {
        findings.extend(models::examine(config, sources, store, now).await);
    }
    findings.extend(sources::findings(sources));
    findings
}

/// Whether a run can begin.
pub fn is_sound(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| finding.state != State::Problem)
}
