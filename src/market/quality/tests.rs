//! Every fault planted once and found where it stands, and none found where there is none.

use proptest::prelude::*;

use super::*;
use crate::domain::{Candle, KnownCandle, Observation, Timeframe};

const HOUR: u64 = 3_600;

fn price(hour: u64) -> f64 {
    // Hours that move by about half a percent, up and down.
    1_000.0 * (0.02 * (hour as f64 * 0.7).sin()).exp()
}

fn bar(hour: u64, close: f64, volume: f64) -> KnownCandle {
    let open = price(hour);
    let candle = Candle {
        ts: Timestamp(hour * HOUR),
        open,
        high: open.max(close) * 1.001,
        low: open.min(close) * 0.999,
        close,
        volume,
    };
    KnownCandle { candle, known_at: Timestamp((hour + 1) * HOUR) }
}

fn bars(hours: u64) -> Vec<KnownCandle> {
    (0..hours).map(|hour| bar(hour, price(hour + 1), 5.0)).collect()
}

fn judge(candles: &[KnownCandle]) -> Quality {
    check_candles(candles, Timeframe::H1, &[], None, &Params::default())
}

fn places(quality: &Quality) -> Vec<(FaultKind, u64, u64)> {
    quality.faults.iter().map(|fault| (fault.kind, fault.at.0 / HOUR, fault.values)).collect()
}

#[test]
fn a_sound_series_has_no_fault() {
    let quality = judge(&bars(500));
    assert_eq!(quality.faults, []);
    assert_eq!((quality.values, quality.first, quality.last), (500, Some(Timestamp(0)), Some(Timestamp(499 * HOUR))));
    assert_eq!((judge(&[]).faults, judge(&[]).first), (vec![], None));
}

#[test]
fn each_fault_is_found_where_it_stands() {
    use FaultKind as F;
    type Plant = fn(&mut Vec<KnownCandle>);
    type Found = &'static [(FaultKind, u64, u64)];
    let cases: [(Plant, Found); 11] = [
        (|all| drop(all.drain(40..47)), &[(F::Gap, 40, 7)]),
        (|all| all.insert(41, all[40]), &[(F::Duplicate, 40, 1)]),
        (
            |all| all.push(KnownCandle { known_at: Timestamp(900 * HOUR), ..bar(40, price(41) * 1.001, 5.0) }),
            &[(F::Unsorted, 40, 1), (F::Revision, 40, 1)],
        ),
        (|all| all.insert(41, bar(40, price(41) * 1.001, 5.0)), &[(F::Conflict, 40, 1)]),
        (|all| all.swap(40, 41), &[(F::Unsorted, 40, 1)]),
        (|all| all[40].candle.ts = Timestamp(40 * HOUR + 7), &[(F::OffGrid, 40, 1), (F::KnownTooEarly, 40, 1)]),
        (|all| all[40].known_at = Timestamp(40 * HOUR), &[(F::KnownTooEarly, 40, 1)]),
        (|all| all[40].candle.low = -1.0, &[(F::NotAValue, 40, 1), (F::Gap, 40, 1)]),
        (|all| all[40].candle.close = f64::NAN, &[(F::NotAValue, 40, 1), (F::Gap, 40, 1)]),
        (
            |all| {
                (all[40], all[41], all[43]) =
                    (bar(40, price(41), 0.0), bar(41, price(42), 0.0), bar(43, price(44), 0.0));
            },
            &[(F::ZeroVolume, 40, 2), (F::ZeroVolume, 43, 1)],
        ),
        (|all| all[40] = bar(40, price(41) * 1.3, 5.0), &[(F::Spike, 40, 1)]),
    ];
    for (plant, expected) in cases {
        let mut all = bars(100);
        plant(&mut all);
        assert_eq!(places(&judge(&all)), expected);
    }
}

#[test]
fn a_crash_that_others_made_is_none_and_one_alone_is() {
    let crash = |hour: u64| if hour > 300 { 0.7 } else { 1.0 };
    let all: Vec<_> = (0..600).map(|hour| bar(hour, price(hour + 1) * crash(hour), 5.0)).collect();
    let others: Vec<_> = all.iter().map(|known| (known.candle.ts, known.candle.close * 1.001)).collect();
    let calm: Vec<_> = bars(600).iter().map(|known| (known.candle.ts, known.candle.close)).collect();
    let found = |reference: &[(Timestamp, f64)]| {
        places(&check_candles(&all, Timeframe::H1, reference, None, &Params::default()))
    };
    assert_eq!(found(&[]), []);
    assert_eq!(found(&others), []);
    assert_eq!(found(&calm), [(FaultKind::Spike, 301, 1)]);
}

#[test]
fn a_series_that_ended_is_stale_from_the_third_bar_overdue_on() {
    let at = |now| check_candles(&bars(10), Timeframe::H1, &[], Some(Timestamp(now)), &Params::default());
    assert_eq!(places(&at(13 * HOUR - 1)), []);
    assert_eq!(places(&at(13 * HOUR)), [(FaultKind::Stale, 10, 3)]);
}

#[test]
fn a_venue_that_leaves_the_others_diverges_there_and_a_lasting_basis_is_none() {
    let closes = |factor: fn(u64) -> f64| -> Vec<(Timestamp, f64, f64)> {
        (0..600).map(|hour| (Timestamp(hour * HOUR), price(hour) * factor(hour), 1.0)).collect()
    };
    let honest = closes(|hour| 1.0 + 0.0002 * (hour as f64).cos());
    let based = closes(|hour| 1.03 + 0.0002 * (hour as f64).cos());
    let wrong = closes(|hour| if (400..405).contains(&hour) { 1.05 } else { 1.0 });
    let peers = [Peer { venue: "a", bars: &honest }, Peer { venue: "b", bars: &honest }];
    let judge = |own: &[(Timestamp, f64, f64)]| check_divergence(own, HOUR, &peers, false, &Params::default()).1;
    let based = judge(&based);
    assert_eq!(based.faults, []);
    assert!((based.median.unwrap() - 1.03_f64.ln()).abs() < 1e-3);
    let wrong = judge(&wrong);
    assert_eq!((wrong.faults.len(), wrong.compared), (1, 600));
    let fault = wrong.faults[0];
    assert_eq!((fault.at, fault.values), (Timestamp(400 * HOUR), 5));
    assert!((fault.size.unwrap() - 1.05_f64.ln()).abs() < 1e-3);
    assert_eq!(check_divergence(&honest, HOUR, &[], true, &Params::default()).1.compared, 0);
}

#[test]
fn numbers_are_judged_by_their_own_cadence() {
    // Working days, values that wander.
    let day = |n: u64| Observation {
        ts: Timestamp((n / 5 * 7 + n % 5) * DAY),
        known_at: Timestamp((n / 5 * 7 + n % 5 + 1) * DAY),
        value: 50.0 + (n as f64 * 0.9).sin(),
    };
    let all: Vec<_> = (0..300).map(day).collect();
    let judge = |values: &[Observation], now| check_scalar(values, now, None, &Params::default());
    let sound = judge(&all, None);
    assert_eq!((sound.faults.as_slice(), sound.step), (&[][..], Some(DAY)));
    let mut holed = all.clone();
    drop(holed.drain(100..107));
    let gap = judge(&holed, None).faults;
    assert_eq!((gap.len(), gap[0].kind, gap[0].values), (1, FaultKind::Gap, 8), "a working week and a half");
    let mut negative = all.clone();
    negative[200].value = -37.0;
    let spike = judge(&negative, None).faults;
    assert_eq!((spike.len(), spike[0].kind, spike[0].at), (1, FaultKind::Spike, all[200].ts));
    let mut broken = all.clone();
    broken[200].value = f64::INFINITY;
    assert_eq!(judge(&broken, None).faults[0].kind, FaultKind::NotAValue);
    let last = all[299].ts;
    assert_eq!(judge(&all, Some(last.plus(11 * DAY))).faults, []);
    assert_eq!(judge(&all, Some(last.plus(12 * DAY))).count(FaultKind::Stale), (1, 3));
    let limited = check_scalar(&all, Some(last.plus(4 * DAY)), Some(3 * DAY), &Params::default());
    assert_eq!(limited.count(FaultKind::Stale), (1, 4));
}

#[test]
fn in_one_unit_no_distance_is_usual() {
    let closes = |factor: &dyn Fn(u64) -> f64| -> Vec<(Timestamp, f64, f64)> {
        (0..600).map(|hour| (Timestamp(hour * HOUR), price(hour) * factor(hour), 1.0)).collect()
    };
    let honest = closes(&|hour| 1.0 + 0.0002 * (hour as f64).cos());
    let peers = [Peer { venue: "a", bars: &honest }, Peer { venue: "b", bars: &honest }];
    let judge = |factor: &dyn Fn(u64) -> f64, one_unit| {
        let faults = check_divergence(&closes(factor), HOUR, &peers, one_unit, &Params::default()).1.faults;
        faults.into_iter().map(|fault| (fault.at.0 / HOUR, fault.values)).collect::<Vec<_>>()
    };
    assert_eq!(judge(&|_| 1.05, true), [(0, 600)], "5 % off from the first bar on");
    assert_eq!(judge(&|_| 2.0, true), [(0, 600)], "another thing's price");
    assert_eq!(judge(&|_| 1.05, false), [], "another unit's price");
    assert_eq!(judge(&|hour| if hour < 300 { 1.0 } else { 0.95 }, true), [(300, 300)], "a step and what follows");
    assert_eq!(judge(&|hour| if hour < 3 { 1.05 } else { 1.0 }, true)[0], (0, 3));
    assert_eq!(judge(&|_| 1.01, true), [], "a perpetual's basis");
}

const DAY: u64 = 86_400;

fn numbers(values: impl IntoIterator<Item = (u64, f64)>) -> Vec<Observation> {
    let value = |(ts, value)| Observation { ts: Timestamp(ts), known_at: Timestamp(ts), value };
    values.into_iter().map(value).collect()
}

#[test]
fn a_jump_of_a_number_that_mostly_stands_still_is_a_spike() {
    let spikes = |rate: &dyn Fn(u64) -> f64| {
        let all = numbers((0..100).map(|day| (day * DAY, rate(day))));
        let found = check_scalar(&all, None, None, &Params::default()).faults;
        let days: Vec<_> = found.iter().map(|fault| (fault.kind, fault.at.0 / DAY)).collect();
        assert!(days.iter().all(|(kind, _)| *kind == FaultKind::Spike));
        days.into_iter().map(|(_, day)| day).collect::<Vec<_>>()
    };
    let jumps = |day: u64| if [50, 70].contains(&day) { 999.0 } else { 5.33 };
    assert_eq!(spikes(&jumps), [50, 70], "a value that never changed, and a spike that hides no other");
    let steps = |day: u64| 0.25 * (day / 10) as f64;
    assert_eq!(spikes(&|day| if day == 55 { 99.0 } else { steps(day) }), [55]);
    assert_eq!(spikes(&steps), [0_u64; 0], "what stays is no spike");
    assert_eq!(spikes(&|day| if day == 55 { 1.75 } else { steps(day) }), [0_u64; 0], "the size that its changes have");
    assert_eq!(
        spikes(&|day| if day % 9 == 8 { (day % 4) as f64 } else { 0.0 }),
        [0_u64; 0],
        "a count that is mostly none"
    );
}

#[test]
fn gaps_are_of_series_with_a_cadence_alone() {
    let judge = |all: &[Observation], now| check_scalar(all, Some(Timestamp(now)), None, &Params::default());
    // Hours in which something happened, so many in ten, in no order (the mix of splitmix64).
    let mix = |hour: u64| {
        let mixed = hour.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^ (mixed >> 27)
    };
    let events = |share: u64| (0..2_000_u64).filter(move |hour| mix(*hour) % 10 < share);
    for share in [2, 4, 6, 8] {
        let all = numbers(events(share).map(|hour| (hour * HOUR, (hour % 7) as f64)));
        let end = all.last().unwrap().ts.0;
        let found = judge(&all, end);
        assert_eq!((found.faults.as_slice(), found.is_regular), (&[][..], false), "{share}");
        assert_eq!(judge(&all, end + 400 * HOUR).count(FaultKind::Stale).0, 1);
    }
    // Months and quarters are no irregular steps, nor is an hour that is late by a minute.
    let months: Vec<u64> = (0..60).map(|month| month * 2_629_746 / DAY * DAY).collect();
    let late = (0..200).map(|hour| hour * HOUR + hour % 3 * 60).collect();
    for (times, gone) in [(months, 20), (late, 100)] {
        let all = numbers(
            times.into_iter().enumerate().filter(|(row, _)| *row != gone && *row != gone + 1).map(|(_, ts)| (ts, 1.0)),
        );
        let found = judge(&all, 0);
        assert_eq!((found.count(FaultKind::Gap), found.is_regular), ((1, 2), true));
    }
}

proptest! {
    #[test]
    fn what_was_taken_out_is_what_is_missing(gone in prop::collection::btree_set(1_u64..199, 0..60)) {
        let left: Vec<_> = bars(200).into_iter().filter(|known| !gone.contains(&(known.candle.ts.0 / HOUR))).collect();
        let quality = judge(&left);
        let gaps = quality.faults.iter().filter(|fault| fault.kind == FaultKind::Gap);
        let missing: Vec<u64> = gaps.flat_map(|gap| (0..gap.values).map(move |n| gap.at.0 / HOUR + n)).collect();
        prop_assert_eq!(missing, gone.into_iter().collect::<Vec<_>>());
        prop_assert_eq!(quality.count(FaultKind::Spike), (0, 0));
    }
}
