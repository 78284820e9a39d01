//! The loop, the pipeline and the journal together, on simulated pools.

use std::ops::ControlFlow;

use super::{
    SimulatedVenue, TapeHour, Venue, drive,
    drive::{Ended, SLOT},
    history, tape,
    tape::alignment,
    testing::{BASE_FEE, CAPITAL, ETHER, START, eth, eth_pool, hours, params, wandering},
};
use crate::{
    domain::{Action, Asset, Candle, Decision, FeatureRow, Forecast, Frame, Reason, Record, Rejection},
    features::FeatureStream,
    journal::open_orders,
    models::direction::PredictError,
    pipeline::{Halt, Input, MarketSetup, Model, Outlook, Pipeline, model::Unwanted},
    units::Timestamp,
};

const WARM: usize = 400;

fn steady(probability_up: f64) -> impl Model + Clone {
    move |_: &Asset, row: &FeatureRow| Forecast {
        horizon_hours: 6,
        probability_up,
        lower: probability_up,
        gain: 0.03,
        loss: 0.03,
        atr: row.atr,
    }
}

/// Sure of a rise until this time, and without a frame from then on.
#[derive(Clone, Copy)]
struct Silent(Timestamp);

impl Model for Silent {
    fn frame(&mut self, asset: &Asset, _: &Frame) -> Result<(), Unwanted> {
        Err(Unwanted(asset.clone()))
    }

    fn outlook(&self, asset: &Asset, now: Timestamp, row: Option<&FeatureRow>) -> Result<Outlook, PredictError> {
        if now < self.0 {
            return steady(0.7).outlook(asset, now, row);
        }
        Ok(Outlook { forecast: Err(Rejection::NoFrame), grounds: None })
    }
}

/// A pipeline on a fresh venue at the beginning of `tape`, its features warmed by `WARM` hours
/// of the same market before.
fn begin<M: Model>(model: M, tape: &[TapeHour]) -> (Pipeline<M>, SimulatedVenue) {
    let mut venue = SimulatedVenue::new([(eth(), eth_pool())], BASE_FEE);
    venue.mine(tape[0].ts.minus(SLOT), &alignment(tape)).unwrap();
    let mut features = FeatureStream::new();
    let mut row = None;
    let past = super::tape(&[eth()], &hours(&wandering(WARM as u64))).unwrap();
    for (_, candles) in history::candles(&[(eth(), eth_pool())], &past).unwrap() {
        for candle in candles {
            row = features.push(&candle).unwrap();
        }
    }
    let pool = venue.pools().unwrap().remove(0);
    let setup = MarketSetup { market: eth(), pool, features, row, forming: None };
    let pipeline = Pipeline::new(params(), model, vec![setup], tape[0].ts, CAPITAL, ETHER).unwrap();
    (pipeline, venue)
}

/// The tape after the warm-up's hours.
fn later(closes: &[u64]) -> Vec<TapeHour> {
    let mut all = wandering(WARM as u64);
    all.extend(closes);
    tape(&[eth()], &hours(&all)).unwrap().split_off(WARM)
}

fn run<M: Model>(model: M, tape: &[TapeHour]) -> Vec<Record> {
    let (mut pipeline, mut venue) = begin(model, tape);
    let mut journal = Vec::new();
    let ended = drive(&mut pipeline, &mut venue, &mut journal, tape, |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(ended, Ended::Finished);
    journal
}

fn exits(journal: &[Record]) -> Vec<Reason> {
    let reason = |record: &Record| match record {
        Record::Fill(fill) if fill.reason != Reason::Signal => Some(fill.reason),
        _ => None,
    };
    journal.iter().filter_map(reason).collect()
}

fn rejections(journal: &[Record]) -> Vec<&Rejection> {
    let passes = journal.iter().filter_map(|record| match record {
        Record::Decision(Decision { action: Action::Pass(why), .. }) => Some(why),
        _ => None,
    });
    passes.collect()
}

#[test]
fn a_candle_closes_every_hour_and_is_decided_on_once() {
    let journal = run(steady(0.5), &later(&wandering(30)));
    let decisions: Vec<Timestamp> = journal
        .iter()
        .filter_map(|record| match record {
            Record::Decision(decision) => Some(decision.ts),
            _ => None,
        })
        .collect();
    let first = START.plus((WARM as u64 + 1) * Timestamp::HOUR);
    let expected: Vec<_> = (0..30).map(|hour| first.plus(hour * Timestamp::HOUR)).collect();
    assert_eq!(decisions, expected);
}

#[test]
fn an_edge_below_its_cost_is_never_traded() {
    // 0.51 * 3% - 0.49 * 3% = 6 bp; the way in and out costs more than 10.
    let journal = run(steady(0.51), &later(&wandering(30)));
    assert!(!journal.iter().any(|record| matches!(record, Record::Intent(_))));
    assert!(rejections(&journal).iter().all(|why| matches!(why, Rejection::EdgeBelowCost { .. })));
}

#[test]
fn the_horizon_the_target_and_the_stop_each_close_a_position() {
    let level = vec![200_000; 8];
    assert_eq!(exits(&run(steady(0.7), &later(&level))), [Reason::Horizon]);
    let rising: Vec<u64> = (0..5).map(|hour| 200_000 + hour * 9_000).collect();
    assert_eq!(exits(&run(steady(0.7), &later(&rising))).first(), Some(&Reason::TakeProfit));
    let falling: Vec<u64> = (0..5).map(|hour| 200_000 - hour * 9_000).collect();
    assert_eq!(exits(&run(steady(0.7), &later(&falling))).first(), Some(&Reason::StopLoss));
}

#[test]
fn without_a_frame_nothing_is_bought_and_exits_are_watched_all_the_same() {
    let tape = later(&[200_000; 12]);
    let journal = run(Silent(tape[1].ts.plus(Timestamp::HOUR)), &tape);
    let entries = journal.iter().filter(|record| matches!(record, Record::Intent(order) if order.bracket.is_some()));
    assert_eq!(entries.count(), 1, "before the silence");
    assert_eq!(exits(&journal), [Reason::Horizon]);
    assert_eq!(rejections(&journal).last(), Some(&&Rejection::NoFrame));
    // A frame for a model that reads none is its host's fault, and no forecast.
    let (mut pipeline, _) = begin(steady(0.7), &tape);
    let bar = Candle { ts: tape[0].ts, open: 1.0, high: 1.0, low: 1.0, close: 1.0, volume: 1.0 };
    let frame = Frame { bar, peers: vec![], readings: vec![] };
    let asset = Asset::new("ETH");
    assert!(matches!(pipeline.step(Input::Frame { asset, frame }), Err(Halt::Frame(Unwanted(_)))));
}

#[test]
fn the_drawdown_halt_closes_everything_and_stays() {
    // Down by a half within an hour: the stop cannot save more than the pool pays.
    let mut closes = vec![200_000, 200_000, 110_000];
    closes.extend([110_000; 6]);
    let journal = run(steady(0.9), &later(&closes));
    assert!(journal.iter().any(|record| matches!(record, Record::Halted { .. })));
    assert_eq!(exits(&journal), [Reason::Halt]);
    let after: Vec<_> = journal.iter().skip_while(|record| !matches!(record, Record::Halted { .. })).collect();
    let entries = after.iter().filter(|record| matches!(record, Record::Intent(order) if order.bracket.is_some()));
    assert_eq!(entries.count(), 0);
    assert!(matches!(rejections(&journal).last(), Some(Rejection::Halted)));
}

#[test]
fn every_intent_is_settled_and_stands_before_its_fill() {
    let journal = run(steady(0.6), &later(&wandering(200)));
    assert!(journal.iter().filter(|record| matches!(record, Record::Fill(_))).count() > 20);
    assert_eq!(open_orders(&journal).unwrap(), []);
}

#[test]
fn the_same_tape_gives_the_same_bytes() {
    let tape = later(&wandering(200));
    let bytes = || serde_json::to_vec(&run(steady(0.6), &tape)).unwrap();
    assert_eq!(bytes(), bytes());
}

#[test]
fn a_pipeline_restored_from_its_journal_holds_what_the_dead_one_held() {
    let tape = later(&wandering(60));
    let (mut dead, mut venue) = begin(steady(0.6), &tape);
    let mut journal = Vec::new();
    for cut in 1..tape.len() {
        drive(&mut dead, &mut venue, &mut journal, &tape[cut - 1..cut], |_| ControlFlow::Continue(())).unwrap();
        let (mut restored, _) = begin(steady(0.6), &tape);
        restored.restore(&journal).unwrap();
        assert_eq!(restored.book(), dead.book(), "after hour {cut}");
        assert_eq!(restored.halted(), dead.halted());
        assert!(restored.pending().eq(dead.pending()));
    }
    // A record missing in the middle is noticed, not guessed over.
    let settled = journal.iter().position(|record| matches!(record, Record::Settled(_))).unwrap();
    journal.retain(|record| !matches!(record, Record::Intent(_)));
    let (mut restored, _) = begin(steady(0.6), &tape);
    assert!(restored.restore(&journal[..settled.min(journal.len())]).is_err() || restored.restore(&journal).is_err());
}
