//! The program on real candles, macro series and news, where they are at hand.

use shoal::{
    config::{Environment, sources::Sources},
    io::data::Folder,
    pipeline::frames::History,
    service::learning::load::load,
    units::Timestamp,
    validation::causality::{Plan, Program, check},
};

use super::{
    data::data,
    stage::{HOUR, plan, program},
};

/// What became known within these times: enough to warm up, train and forecast.
fn within(mut history: History, from: Timestamp, to: Timestamp) -> History {
    let inside = |known_at: Timestamp| from <= known_at && known_at <= to;
    history.own.retain(|bar| inside(bar.known_at));
    history.peers.iter_mut().for_each(|(_, bars)| bars.retain(|bar| inside(bar.known_at)));
    history.inputs.iter_mut().flatten().for_each(|numbers| numbers.observations.retain(|one| inside(one.known_at)));
    history
}

#[test]
fn real_candles_macro_series_and_news_pass() {
    let Some(folder) = data("candles").and_then(|candles| Some(candles.parent()?.to_owned())) else { return };
    let sources = Sources::load(None, &Environment::default()).unwrap();
    let begin: Timestamp = "2022-04-01".parse().unwrap();
    let bar = |number: u64| begin.plus(number * HOUR);
    let loaded = load(&Folder::open(&folder).unwrap(), &program(1).subject, &sources).unwrap();
    let history = within(loaded.history, begin, bar(1_800));
    let there = history.peers.iter().filter(|(_, bars)| !bars.is_empty()).count();
    let told = history.inputs.iter().flatten().filter(|numbers| !numbers.observations.is_empty()).count();
    assert!(there >= 10 && told >= 10, "{there} peers, {told} series");
    for horizon in [1, 4] {
        let program = Program { from: bar(400), ..program(horizon) };
        let plan = Plan { to: bar(1_800), ..plan(&[bar(1_700).plus(1_800), bar(1_760)], 0) };
        let report = check(&program, &history, &plan, &|_, _, _| {}).unwrap();
        assert_eq!(report.leaks, [], "horizon {horizon}");
        assert!(report.compared.forecasts > 300);
    }
}
