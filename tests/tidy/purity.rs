//! Time, chance and the outer world are inputs: what must replay may not ask for them.

use super::{
    layers::is_pure,
    source::{Breach, Kind, Name, Tree},
};

/// No clock, no entropy, no environment, no file and no socket in layers 0 to 2, `pipeline` and
/// `backtest`; their tests may read files.
pub fn impurities(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for file in tree.files.iter().filter(|file| file.stage().is_some_and(is_pure)) {
        for name in file.live_names().filter(|name| name.kind != Kind::Member) {
            if let Some(what) = impurity(name) {
                breaches.push(file.breach(name.line, format!("`{}`: {what}", name.segments.join("::"))));
            }
        }
    }
    breaches
}

fn impurity(name: &Name) -> Option<&'static str> {
    let [first, .., last] = name.segments.as_slice() else {
        return matches!(name.last(), "thread_rng" | "OsRng").then_some("chance is an input: seed it");
    };
    match (first.as_str(), last.as_str()) {
        (_, "now") => Some("time is an input"),
        (_, "thread_rng" | "OsRng" | "from_os_rng" | "from_entropy") => Some("chance is an input: seed it"),
        ("rand", "rng" | "*") => Some("chance is an input: seed it"),
        ("rand", function) if function.starts_with("random") => Some("chance is an input: seed it"),
        ("tokio" | "reqwest" | "sqlx", _) => Some("the outer world belongs to `io`"),
        ("std", _) => match name.segments.get(1)?.as_str() {
            "env" => Some("the environment is read by `config` and `io` alone"),
            "fs" | "net" | "process" => Some("the outer world belongs to `io`"),
            "thread" if last == "sleep" => Some("time is an input"),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{super::source::found, *};

    fn check(path: &str, source: &str, breaches: usize) {
        let found = found(impurities, &[(path, source)]);
        assert_eq!(found.len(), breaches, "{path}: {source}: {found:?}");
    }

    #[test]
    fn clocks_are_found() {
        check("src/features/mod.rs", "fn f() { std::time::SystemTime::now(); Instant::now(); }", 2);
        check("src/pipeline/mod.rs", "fn f() { debug!(at = ?jiff::Timestamp::now()); }", 1);
        check("src/backtest/mod.rs", "fn f() { std::thread::sleep(second) }", 1);
        check("src/backtest/mod.rs", "fn f(now: Timestamp) { header.now(); now; }", 0);
    }

    #[test]
    fn chance_is_found() {
        check("src/models/forest.rs", "use rand::{rng, Rng};", 1);
        check("src/models/forest.rs", "fn f() { rand::random::<u8>(); rand::rng(); thread_rng(); }", 3);
        check("src/models/forest.rs", "fn f() { StdRng::from_os_rng(); ChaCha8Rng::seed_from_u64(7); }", 1);
    }

    #[test]
    fn the_outer_world_is_found() {
        check("src/journal/mod.rs", "use std::{fs, fmt, env, collections::BTreeMap};", 2);
        check("src/market/mod.rs", "use tokio::sync::mpsc; use reqwest::Client; fn f() { sqlx::query!(q) }", 3);
        check("src/risk/mod.rs", "fn f() { std::env::var(name) }", 1);
    }

    #[test]
    fn hosts_and_tests_are_free() {
        check("src/io/clock.rs", "fn f() { SystemTime::now(); std::env::var(a); std::fs::read(b); }", 0);
        check("src/cli/run.rs", "use tokio::task;", 0);
        check("src/amm/tests.rs", "fn t() { std::fs::read(fixture) }", 0);
    }
}
