use super::*;
use crate::domain::Candle;

const HOUR: u64 = 3_600;

fn bar(hour: u64, close: f64) -> KnownCandle {
    let ts = Timestamp(hour * HOUR);
    let candle = Candle { ts, open: close, high: close, low: close, close, volume: 1.0 };
    KnownCandle { candle, known_at: ts.plus(HOUR) }
}

fn numbers(name: &str, values: &[(u64, u64, f64)], max_age: u64) -> Numbers {
    let observe = |&(ts, known_at, value): &(u64, u64, f64)| Observation {
        ts: Timestamp(ts * HOUR),
        known_at: Timestamp(known_at * HOUR),
        value,
    };
    Numbers { name: name.into(), observations: values.iter().map(observe).collect(), max_age: Some(max_age * HOUR) }
}

#[test]
fn a_frame_that_is_made_later_holds_what_came_meanwhile() {
    let late = |seconds: u64| KnownCandle { known_at: Timestamp(HOUR + seconds), ..bar(0, 1.0) };
    let history = |own: u64, peer: u64| History {
        timeframe: Timeframe::H1,
        own: vec![late(own)],
        peers: vec![("peer".into(), vec![late(peer)])],
        inputs: vec![vec![numbers("series", &[(0, 0, 1.0)], 9)]],
    };
    let told = |history: History| {
        let frames = frames(&history).unwrap();
        frames.first().map(|frame| (frame.peers[0].is_some(), frame.readings[0].value))
    };
    assert_eq!(told(history(5, 9)), None, "at the close nothing is known of it");
    assert_eq!(told(history(5, 9).delayed(9)), Some((true, 1.0)));
    assert_eq!(told(history(5, 9).delayed(8)), Some((false, 1.0)));
    assert_eq!(told(history(5, 9).delayed(4)), None);
    let revised = Observation { ts: Timestamp(0), known_at: Timestamp(HOUR + 3), value: 2.0 };
    let mut revisions = history(0, 0);
    revisions.inputs[0][0].observations.push(revised);
    assert_eq!(told(revisions.clone()), Some((true, 1.0)));
    assert_eq!(told(revisions.delayed(3)), Some((true, 2.0)));
}

#[test]
fn of_revisions_within_the_delay_the_last_is_told() {
    let known = |seconds: u64, close: f64| KnownCandle { known_at: Timestamp(HOUR + seconds), ..bar(0, close) };
    let observed =
        |seconds: u64, value: f64| Observation { ts: Timestamp(HOUR), known_at: Timestamp(HOUR + seconds), value };
    let history = History {
        timeframe: Timeframe::H1,
        // In any order.
        own: vec![known(4, 2.0), known(1, 1.0)],
        peers: vec![("peer".into(), vec![known(1, 1.0), known(4, 2.0), known(11, 3.0)])],
        inputs: vec![vec![Numbers {
            observations: vec![observed(1, 1.0), observed(4, 2.0), observed(11, 3.0)],
            ..numbers("series", &[], 9)
        }]],
    };
    let told = frames(&history.clone().delayed(10)).unwrap();
    assert_eq!((told.len(), told[0].bar.close, told[0].peers[0].unwrap().close), (1, 2.0, 2.0));
    assert_eq!(told[0].readings[0], Reading { value: 2.0, age_hours: 0.0 });

    let mut faulty = history.clone();
    faulty.own.push(known(4, 5.0));
    assert!(frames(&faulty.delayed(10)).is_err(), "two values of one time are a fault as ever");
    let mut early = history;
    early.own[0].known_at = Timestamp(HOUR - 5);
    assert!(frames(&early.delayed(10)).is_err(), "known before its close");
}

#[test]
fn a_frame_holds_what_was_known_at_its_close_and_nothing_else() {
    let late = KnownCandle { known_at: Timestamp(9 * HOUR), ..bar(2, 7.0) };
    let history = History {
        timeframe: Timeframe::H1,
        own: (0..6).map(|hour| bar(hour, 1.0)).collect(),
        peers: vec![("late".into(), vec![bar(0, 5.0), bar(1, 6.0), late]), ("absent".into(), vec![])],
        inputs: vec![
            vec![numbers("best", &[(0, 2, 10.0), (1, 4, 11.0)], 3), numbers("second", &[(1, 1, 20.0)], 100)],
            vec![numbers("stale", &[(0, 1, 1.0)], 1)],
            vec![],
        ],
    };
    let frames = frames(&history).unwrap();
    let peer = |frame: &Frame| frame.peers[0].map(|candle| candle.close);
    assert_eq!(frames.iter().map(peer).collect::<Vec<_>>(), [Some(5.0), Some(6.0), None, None, None, None]);
    assert!(frames.iter().all(|frame| frame.peers[1].is_none()));
    let read = |input: usize| frames.iter().map(|frame| frame.readings[input]).collect::<Vec<_>>();
    let best: Vec<(f64, f64)> = read(0).iter().map(|reading| (reading.value, reading.age_hours)).collect();
    // Known at hour 2, of hour 0, too old after hour 3; the better series wins where fresh.
    assert_eq!(best, [(20.0, 0.0), (10.0, 2.0), (10.0, 3.0), (11.0, 3.0), (20.0, 4.0), (20.0, 5.0)]);
    let stale = read(1);
    assert_eq!((stale[0].value, stale[0].age_hours), (1.0, 1.0));
    assert!(stale[1].value.is_nan() && stale[1].age_hours == 2.0);
    assert!(read(2)[0].value.is_nan() && read(2)[0].age_hours.is_nan());
}

#[test]
fn a_faulty_series_is_named() {
    let faulty = KnownCandle { known_at: Timestamp(1), ..bar(1, 1.0) };
    let history = History {
        timeframe: Timeframe::H1,
        own: vec![bar(0, 1.0), bar(1, 1.0)],
        peers: vec![("binance_spot/ETH".into(), vec![faulty])],
        inputs: vec![],
    };
    assert!(frames(&history).unwrap_err().to_string().starts_with("series binance_spot/ETH:"));
}
