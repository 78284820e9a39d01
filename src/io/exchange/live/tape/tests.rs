use super::*;
use crate::io::exchange::trades::{Size, TradeKey};

fn trade(id: u64, at: u64) -> Trade {
    let size = Size::parse("1").unwrap();
    Trade { key: TradeKey(id, 0), id: Some(id), at_ns: at * 1_000_000_000, price: id as f64, size }
}

/// Counts a trade that follows the ones before, and takes it in.
fn take(tape: &mut Tape, trade: &Trade) -> Option<Candle> {
    tape.count(trade, trade.at()).unwrap();
    tape.add(trade)
}

fn count(tape: &mut Tape, trade: &Trade) -> Result<(), Leap> {
    tape.count(trade, trade.at())
}

fn tape() -> Tape {
    let mut tape = Tape::new(Timeframe::M1, true);
    take(&mut tape, &trade(9, 50));
    tape.begin(Timestamp(60));
    tape
}

fn closed(tape: &mut Tape, now: u64) -> Vec<(u64, Option<f64>)> {
    tape.close(Timestamp(now)).into_iter().map(|(open, candle)| (open.0, candle.map(|c| c.volume))).collect()
}

#[test]
fn a_bar_closes_by_a_later_trade_and_by_both_clocks() {
    let mut tape = tape();
    take(&mut tape, &trade(10, 60));
    assert_eq!(closed(&mut tape, 500), []);
    take(&mut tape, &trade(11, 200));
    // Our clock is behind.
    assert_eq!(closed(&mut tape, 100), []);
    assert_eq!(closed(&mut tape, 125), [(60, Some(1.0))]);
    assert_eq!(closed(&mut tape, 500), [(120, None)]);
}

#[test]
fn a_bar_that_began_before_is_not_ours() {
    let mut tape = Tape::new(Timeframe::M1, true);
    take(&mut tape, &trade(9, 61));
    tape.begin(Timestamp(120));
    take(&mut tape, &trade(10, 119));
    take(&mut tape, &trade(11, 180));
    assert_eq!(closed(&mut tape, 500), [(120, None)]);
}

#[test]
fn a_missing_number_keeps_its_bar_open_until_it_comes() {
    let mut tape = tape();
    for trade in [trade(10, 60), trade(12, 100), trade(13, 130)] {
        take(&mut tape, &trade);
    }
    assert_eq!(closed(&mut tape, 500), []);
    take(&mut tape, &trade(11, 80));
    assert_eq!(closed(&mut tape, 500), [(60, Some(3.0))]);
}

#[test]
fn a_missing_number_in_a_bar_had_elsewhere_is_no_loss() {
    let mut tape = tape();
    for trade in [trade(10, 60), trade(12, 100), trade(13, 130)] {
        take(&mut tape, &trade);
    }
    tape.skip(Timestamp(120));
    take(&mut tape, &trade(14, 190));
    assert_eq!(closed(&mut tape, 500), [(120, Some(1.0))]);
}

#[test]
fn a_heartbeat_closes_a_bar_only_if_it_knows_of_no_other_trade() {
    let mut tape = tape();
    take(&mut tape, &trade(10, 60));
    tape.hear(Timestamp(121), Some(11)).unwrap();
    assert_eq!(closed(&mut tape, 500), []);
    take(&mut tape, &trade(11, 119));
    assert_eq!(closed(&mut tape, 500), [(60, Some(2.0))]);
}

#[test]
fn a_late_trade_revises_its_bar() {
    let mut tape = tape();
    take(&mut tape, &trade(10, 60));
    take(&mut tape, &trade(11, 120));
    assert_eq!(closed(&mut tape, 500), [(60, Some(1.0))]);
    assert_eq!(take(&mut tape, &trade(12, 119)).unwrap().volume, 2.0);
    assert_eq!(take(&mut tape, &trade(12, 119)), None);
}

#[test]
fn one_absurd_number_does_not_end_the_counting() {
    for absurd in [u64::MAX, 10_000_000, 0] {
        let mut tape = Tape::new(Timeframe::M1, true);
        take(&mut tape, &trade(100_000, 50));
        tape.begin(Timestamp(60));
        take(&mut tape, &trade(100_001, 60));
        assert_eq!(count(&mut tape, &trade(absurd, 61)), Err(Leap { id: absurd, due: 100_002 }));
        // The count goes on where the trades do; of what was lost meanwhile nothing is known.
        assert_eq!(count(&mut tape, &trade(100_002, 62)).unwrap_err().id, 100_002);
        tape.begin(Timestamp(120));
        take(&mut tape, &trade(100_003, 120));
        take(&mut tape, &trade(100_005, 121));
        take(&mut tape, &trade(100_006, 200));
        assert_eq!(closed(&mut tape, 500), [], "a missing number shows, after {absurd}");
        take(&mut tape, &trade(100_004, 122));
        assert_eq!(closed(&mut tape, 500), [(120, Some(3.0))]);
    }
}

#[test]
fn an_absurd_number_before_the_first_is_left_behind() {
    let mut tape = Tape::new(Timeframe::M1, true);
    take(&mut tape, &trade(u64::MAX, 50));
    assert!(count(&mut tape, &trade(9, 51)).is_err());
    tape.begin(Timestamp(60));
    take(&mut tape, &trade(11, 60));
    take(&mut tape, &trade(12, 130));
    assert_eq!(closed(&mut tape, 500), []);
}

#[test]
fn a_heartbeat_of_an_absurd_number_is_not_believed() {
    let mut tape = tape();
    take(&mut tape, &trade(10, 60));
    assert_eq!(tape.hear(Timestamp(121), Some(u64::MAX)), Err(Leap { id: u64::MAX, due: 11 }));
    assert_eq!(closed(&mut tape, 500), []);
    take(&mut tape, &trade(11, 130));
    assert_eq!(closed(&mut tape, 500), [(60, Some(1.0))]);
    take(&mut tape, &trade(13, 190));
    assert_eq!(closed(&mut tape, 500), [], "a missing number shows");
}

#[test]
fn what_is_remembered_of_a_gap_is_bounded() {
    let mut tape = tape();
    let leap = (11..2 * LEAP).find_map(|id| count(&mut tape, &trade(id, 60 + id)).err());
    assert_eq!(leap, Some(Leap { id: 11 + LEAP, due: 10 }));
    assert!(tape.ahead.is_empty());
}
