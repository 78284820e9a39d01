//! The program on a small made-up history, and a way to put something else in a stage's place.

use std::{cell::RefCell, sync::LazyLock};

use shoal::{
    domain::{Asset, Candle, KnownCandle, Observation, OutOfFold, Timeframe},
    ensemble::{Ensemble, Method},
    features::{engine::peers, inputs::INPUTS},
    pipeline::{
        forecaster::{EMBARGO_BARS, Learned, ModelSet, Settings, Subject, Table},
        frames::{History, Numbers},
    },
    units::Timestamp,
    validation::causality::{Plan, Program, Spoken, StageError, Stages},
};

use super::market;

pub(super) const HOUR: u64 = 3_600;
const BARS: u64 = 1_850;
const WARM: u64 = 400;

pub(super) fn at(bar: u64) -> Timestamp {
    Timestamp(market::START + HOUR * bar)
}

/// ETH led by BTC with some hours missing, spot beside it, and a macro series that is known late
/// and revised.
pub(super) fn history() -> History {
    let known = |candle: Candle| KnownCandle { candle, known_at: candle.ts.plus(HOUR) };
    let own: Vec<KnownCandle> = market::candles(1, BARS, 2_000.0, 0.004).into_iter().map(known).collect();
    let btc = market::candles(2, BARS, 40_000.0, 0.004).into_iter().map(known);
    let names = peers("binance_perp", &Asset::new("ETH"));
    let mut series: Vec<(String, Vec<KnownCandle>)> =
        names.iter().map(|peer| (format!("{}/{}", peer.venue, peer.asset), Vec::new())).collect();
    series[0].1 = btc.filter(|bar| bar.candle.ts.0 / HOUR % 50 != 7).collect();
    let spot = names.iter().position(|peer| peer.venue == "binance_spot").unwrap();
    series[spot].1 = market::candles(1, BARS, 2_001.0, 0.004).into_iter().map(known).collect();
    let mut inputs = vec![Vec::new(); INPUTS.len()];
    let observe = |day: u64| {
        let (ts, value) = (at(24 * day), 50.0 + (day % 30) as f64);
        let first = Observation { ts, known_at: ts.plus(30 * HOUR), value };
        [first, Observation { known_at: ts.plus(40 * HOUR), value: value + 1.0, ..first }]
    };
    let observations = (0..BARS / 24).flat_map(observe).collect();
    inputs[0] = vec![Numbers { name: "fear".into(), observations, max_age: Some(72 * HOUR) }];
    History { timeframe: Timeframe::H1, own, peers: series, inputs }
}

/// Two folds, one set, moving weights.
pub(super) fn program(horizon: u32) -> Program {
    let method = Method::Stacking { folds: 2, penalties: vec![0.01, 0.1], intercept: false };
    let settings = Settings { folds: 2, sets: 1, method, recency_bars: Some(100), ..Settings::new(horizon, 7, 2) };
    let subject = Subject { venue: "binance_perp".into(), asset: Asset::new("ETH"), timeframe: Timeframe::H1 };
    Program { subject, from: at(WARM), settings }
}

/// Within a bar, at which models are trained, and on a close.
pub(super) fn cuts() -> Vec<Timestamp> {
    vec![at(1_700).plus(1_234), at(1_800)]
}

pub(super) fn plan(cuts: &[Timestamp], probes: usize) -> Plan {
    let embargo = u64::from(EMBARGO_BARS) * HOUR;
    Plan { cuts: cuts.to_vec(), to: at(BARS), embargo, probes, seed: 3 }
}

type Rows = dyn Fn(&History, Timestamp) -> Result<Table, StageError>;
type Learn = dyn Fn(&Table, Timestamp) -> Result<Learned, StageError>;

/// The program with a stage of another's making.
pub(super) struct Planted {
    pub(super) program: Program,
    pub(super) rows: Box<Rows>,
    pub(super) learn: Box<Learn>,
    /// The history as the forecasts see it.
    pub(super) seen: fn(&History) -> History,
}

impl Planted {
    /// Rows of another making. Nothing is trained: the models are those of the honest program.
    pub(super) fn rows(rows: impl Fn(&Program, &History, Timestamp) -> Table + 'static) -> Self {
        let asked = program(1);
        Self {
            program: program(1),
            rows: Box::new(move |history, to| Ok(rows(&asked, history, to))),
            learn: Box::new(|_, _| Ok(LEARNED.clone())),
            seen: History::clone,
        }
    }

    /// Models of another making. The same table is learnt from once.
    pub(super) fn learn(horizon: u32, learn: impl Fn(&Table, Timestamp) -> Learned + 'static) -> Self {
        let asked = program(horizon);
        let done: RefCell<Vec<(Table, Learned)>> = RefCell::default();
        let learn = move |table: &Table, to| {
            if let Some((_, learned)) = done.borrow().iter().find(|(known, _)| same(known, table)) {
                return Ok(learned.clone());
            }
            let learned = learn(table, to);
            done.borrow_mut().push((table.clone(), learned.clone()));
            Ok(learned)
        };
        Self {
            program: program(horizon),
            rows: Box::new(move |history, to| asked.rows(history, to)),
            learn: Box::new(learn),
            seen: History::clone,
        }
    }
}

/// To the bit; a missing value is one, too.
fn same(a: &Table, b: &Table) -> bool {
    let bits = |table: &Table| -> Vec<u64> {
        let x = &table.rows.x;
        (0..x.width()).flat_map(|column| x.column(column)).map(|value| value.to_bits()).collect()
    };
    let answers = |table: &Table| table.rows.ahead.iter().map(|ahead| ahead.answers).collect::<Vec<_>>();
    a.opens == b.opens && answers(a) == answers(b) && bits(a) == bits(b)
}

/// What the honest program learns at the first cut.
pub(super) static LEARNED: LazyLock<Learned> = LazyLock::new(|| {
    let (program, at) = (program(1), cuts()[0]);
    program.learn(&program.rows(&history(), at).unwrap(), at).unwrap()
});

impl Stages for Planted {
    fn rows(&self, history: &History, to: Timestamp) -> Result<Table, StageError> {
        (self.rows)(history, to)
    }

    fn learn(&self, table: &Table, to: Timestamp) -> Result<Learned, StageError> {
        (self.learn)(table, to)
    }

    fn stack(&self, inputs: &[OutOfFold], table: &Table) -> Result<Ensemble, StageError> {
        self.program.stack(inputs, table)
    }

    fn forecast(
        &self,
        set: &ModelSet,
        history: &History,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Spoken>, StageError> {
        self.program.forecast(set, &(self.seen)(history), from, to)
    }
}
