use proptest::prelude::*;

use super::*;
use crate::ensemble::synthetic::{HOUR, uniform};

fn params() -> RecencyParams {
    RecencyParams {
        horizon_seconds: 4 * HOUR,
        half_life_seconds: 48 * HOUR,
        rate: 0.25,
        floor: 0.05,
        cap: 0.7,
        max_step: 0.02,
    }
}

fn hour(hour: u64) -> Timestamp {
    Timestamp(HOUR * hour)
}

/// Plays bars one by one: at each, outcomes that are due become known, then members speak.
fn play(recency: &mut Recency, from: u64, bars: &[(Vec<Option<f64>>, bool)], mut look: impl FnMut(&Recency)) {
    for (at, (said, _)) in (from..).zip(bars) {
        let due = at.checked_sub(4).filter(|due| *due >= from).map(|due| (hour(due), bars[(due - from) as usize].1));
        recency.resolve(hour(at), due.as_slice()).unwrap();
        recency.note(hour(at), said).unwrap();
        look(recency);
    }
}

#[test]
fn hand_computed() {
    let free = RecencyParams { floor: 0.0, cap: 1.0, max_step: 1.0, rate: 1.0, ..params() };
    let mut recency = Recency::start(&[0.5, 0.5], free).unwrap();
    recency.note(hour(0), &[Some(0.8), Some(0.4)]).unwrap();
    recency.resolve(hour(4), &[(hour(0), true)]).unwrap();
    // Bayes' rule: 0.8 to 0.4.
    assert!((recency.weights()[0] - 2.0 / 3.0).abs() < 1e-12, "{:?}", recency.weights());
    let loss = recency.recent_log_loss();
    assert!((loss[0].unwrap() + 0.8_f64.ln()).abs() < 1e-12 && (loss[1].unwrap() + 0.4_f64.ln()).abs() < 1e-12);
    // A half-life later the evidence counts half: the odds are the root of two.
    recency.resolve(hour(52), &[]).unwrap();
    let odds = 2.0_f64.sqrt();
    assert!((recency.weights()[0] - odds / (1.0 + odds)).abs() < 1e-12, "{:?}", recency.weights());
}

#[test]
fn outcomes_are_taken_when_they_are_known_and_once() {
    let mut recency = Recency::start(&[0.5, 0.5], params()).unwrap();
    recency.note(hour(10), &[Some(0.9), Some(0.2)]).unwrap();
    recency.note(hour(11), &[Some(0.9), Some(0.2)]).unwrap();
    let before = recency.clone();
    let early = recency.resolve(Timestamp(hour(14).0 - 1), &[(hour(10), true)]).unwrap_err();
    assert!(matches!(early, RecencyError::NotYetKnown { due, .. } if due == hour(14)), "{early}");
    // One early pair among others: nothing is taken.
    assert!(recency.resolve(hour(14), &[(hour(10), true), (hour(11), true)]).is_err());
    let never = recency.resolve(hour(14), &[(hour(9), true)]).unwrap_err();
    assert_eq!(never, RecencyError::NeverNoted { made_at: hour(9) });
    assert!(recency.resolve(hour(14), &[(hour(10), true), (hour(10), true)]).is_err(), "twice");
    assert_eq!(recency, before);
    recency.resolve(hour(14), &[(hour(10), true)]).unwrap();
    assert!(recency.weights()[0] > recency.weights()[1]);
    assert!(recency.resolve(hour(14), &[(hour(10), true)]).is_err(), "it is settled");
    assert!(matches!(recency.resolve(hour(13), &[]), Err(RecencyError::Backwards { .. })));
    assert_eq!(recency.pending(), 1);
}

#[test]
fn faulty_notes_are_refused() {
    let mut recency = Recency::start(&[0.5, 0.5], params()).unwrap();
    assert_eq!(recency.note(hour(1), &[None]), Err(RecencyError::Width { found: 1, expected: 2 }));
    assert!(matches!(recency.note(hour(1), &[Some(f64::NAN), None]), Err(RecencyError::Probability { .. })));
    recency.note(hour(1), &[None, None]).unwrap();
    assert!(matches!(recency.note(hour(1), &[None, None]), Err(RecencyError::NotedLate { .. })));
}

#[test]
fn an_outcome_that_never_comes_is_given_up() {
    let mut recency = Recency::start(&[1.0], RecencyParams { cap: 1.0, ..params() }).unwrap();
    recency.note(hour(0), &[Some(0.5)]).unwrap();
    recency.resolve(hour(52), &[]).unwrap();
    assert_eq!((recency.pending(), recency.given_up()), (1, 0));
    recency.resolve(hour(53), &[]).unwrap();
    assert_eq!((recency.pending(), recency.given_up()), (0, 1));
}

#[test]
fn parameters_must_leave_room() {
    for wrong in [
        RecencyParams { floor: 0.4, ..params() },
        RecencyParams { cap: 0.3, ..params() },
        RecencyParams { floor: f64::NAN, ..params() },
        RecencyParams { max_step: 0.0, ..params() },
        RecencyParams { rate: -1.0, ..params() },
        RecencyParams { half_life_seconds: 0, ..params() },
        RecencyParams { horizon_seconds: 0, ..params() },
    ] {
        assert!(Recency::start(&[1.0 / 3.0; 3], wrong).is_err(), "{wrong:?}");
    }
}

/// Three members: two know the odds of 0.7, the third does so until `turns` and then says the
/// opposite; it is silent in `silent`.
fn turning(bars: u64, turns: u64, silent: std::ops::Range<u64>) -> Vec<(Vec<Option<f64>>, bool)> {
    let mut state = 11;
    (0..bars)
        .map(|at| {
            let p = if uniform(&mut state) < 0.5 { 0.7 } else { 0.3 };
            let outcome = uniform(&mut state) < p;
            let third = if at < turns { p } else { 1.0 - p };
            (vec![Some(p), Some(p), (!silent.contains(&at)).then_some(third)], outcome)
        })
        .collect()
}

#[test]
fn a_member_that_turns_bad_loses_its_weight_and_one_that_returns_begins_anew() {
    let mut recency = Recency::start(&[1.0 / 3.0; 3], params()).unwrap();
    let bars = turning(1_000, 200, 600..900);
    let mut third = Vec::new();
    play(&mut recency, 0, &bars, |recency| third.push(recency.weights()[2]));
    assert!((third[200] - 1.0 / 3.0).abs() < 1e-9, "as good as the others: {}", third[200]);
    assert!((third[599] - 0.05).abs() < 1e-3, "it lies at the floor: {}", third[599]);
    // Silent for 300 hours, six half-lives: what it did wrong is hardly remembered ...
    assert!(third[899] > 0.2, "{}", third[899]);
    // ... but it is still as bad.
    assert!(third[999] < 0.08, "{}", third[999]);
    let loss = recency.recent_log_loss();
    assert!(loss[2].unwrap() > loss[0].unwrap() + 0.2, "{loss:?}");
}

#[test]
fn bars_that_are_hard_for_all_move_nothing() {
    let mut recency = Recency::start(&[0.2, 0.5, 0.3], params()).unwrap();
    let bars: Vec<_> = (0..100).map(|_| (vec![Some(0.99); 3], false)).collect();
    play(&mut recency, 0, &bars, |_| {});
    assert!(recency.weights().iter().zip([0.2, 0.5, 0.3]).all(|(a, b)| (a - b).abs() < 1e-9));
}

#[test]
fn silence_on_hard_bars_is_no_merit() {
    let mut recency = Recency::start(&[0.25, 0.25, 0.5], params()).unwrap();
    // The third says what the others say, but only of the bars that are easy.
    let bar = |hard: bool| (vec![Some(0.8), Some(0.8), (!hard).then_some(0.8)], !hard);
    let bars: Vec<_> = (0..100).map(|at| bar(at % 2 == 0)).collect();
    play(&mut recency, 0, &bars, |_| {});
    assert!(recency.weights().iter().zip([0.25, 0.25, 0.5]).all(|(a, b)| (a - b).abs() < 1e-9));
    let loss = recency.recent_log_loss();
    assert!(loss[2] < loss[0], "though its own loss is lower: {loss:?}");
}

#[test]
fn a_file_that_was_tampered_with_is_refused() {
    let mut recency = Recency::start(&[0.5, 0.5], params()).unwrap();
    recency.note(hour(1), &[Some(0.4), None]).unwrap();
    let text = serde_json::to_string(&recency).unwrap();
    assert_eq!(serde_json::from_str::<Recency>(&text).unwrap(), recency);
    for (from, to) in [
        ("\"weights\":[0.5,0.5]", "\"weights\":[0.9,0.1]"),
        ("\"weights\":[0.5,0.5]", "\"weights\":[0.5,0.4]"),
        ("\"weights\":[0.5,0.5]", "\"weights\":[]"),
        ("\"fitted\":[0.5,0.5]", "\"fitted\":[1.0]"),
        ("\"cap\":0.7", "\"cap\":0.1"),
        ("\"excess\":0.0", "\"excess\":1e999"),
        ("[0.4,null]", "[4,null]"),
        ("[0.4,null]", "[0.4]"),
        ("\"last_noted\":3600", "\"last_noted\":0"),
        ("\"given_up\"", "\"more\":0,\"given_up\""),
    ] {
        assert!(text.contains(from), "{from}: {text}");
        let wrong = text.replacen(from, to, 1);
        assert!(serde_json::from_str::<Recency>(&wrong).is_err(), "{to}");
    }
}

type Bars = Vec<(Vec<Option<f64>>, bool)>;

fn story(members: usize, bars: usize) -> impl Strategy<Value = Bars> {
    let said = prop::collection::vec(prop::option::weighted(0.7, 0.0..=1.0_f64), members);
    prop::collection::vec((said, any::<bool>()), bars)
}

fn bounds() -> impl Strategy<Value = (Vec<f64>, RecencyParams, Bars)> {
    (1_usize..6).prop_flat_map(|members| {
        let equal = 1.0 / members as f64;
        let scale = (0.0..1.0_f64, 0.0..1.0_f64, 0.001..0.5_f64, 0.0..3.0_f64, 1_u64..200);
        (prop::collection::vec(0.01..1.0_f64, members), scale, story(members, 40)).prop_map(
            move |(raw, (low, high, max_step, rate, half_life), bars)| {
                let sum: f64 = raw.iter().sum();
                let (floor, cap) = (low * equal, equal + high * (1.0 - equal));
                let half_life_seconds = half_life * HOUR;
                let params = RecencyParams { floor, cap, max_step, rate, half_life_seconds, ..params() };
                (raw.iter().map(|w| w / sum).collect(), params, bars)
            },
        )
    })
}

proptest! {
    #[test]
    fn weights_sum_to_one_are_bounded_and_smooth((fitted, params, bars) in bounds()) {
        let mut recency = Recency::start(&fitted, params).unwrap();
        let mut last = recency.weights().to_vec();
        let mut faults = Vec::new();
        play(&mut recency, 0, &bars, |recency| {
            let weights = recency.weights();
            if (weights.iter().sum::<f64>() - 1.0).abs() > 1e-9 {
                faults.push(format!("they sum to {}", weights.iter().sum::<f64>()));
            }
            if !weights.iter().all(|w| (params.floor..=params.cap).contains(w)) {
                faults.push(format!("{weights:?} out of bounds"));
            }
            if weights.iter().zip(&last).any(|(now, then)| (now - then).abs() > params.max_step + 1e-12) {
                faults.push(format!("{last:?} to {weights:?} is too far"));
            }
            last = weights.to_vec();
        });
        prop_assert!(faults.is_empty(), "{:?}", faults);
    }

    #[test]
    fn the_future_changes_nothing((fitted, params, bars) in bounds(), cut in 4_usize..40) {
        let mut other = bars.clone();
        // What is known at bar `cut`: outcomes of bars up to `cut - 4`.
        other.iter_mut().skip(cut - 3).for_each(|(_, outcome)| *outcome = !*outcome);
        other.iter_mut().skip(cut + 1).for_each(|(said, _)| said.fill(None));
        let weights = |bars: &Bars| {
            let mut recency = Recency::start(&fitted, params).unwrap();
            let mut seen = Vec::new();
            play(&mut recency, 0, bars, |recency| seen.push(recency.weights().to_vec()));
            seen
        };
        prop_assert_eq!(&weights(&bars)[..=cut], &weights(&other)[..=cut]);
    }

    #[test]
    fn a_saved_state_goes_on_to_the_bit((fitted, params, bars) in bounds(), cut in 0_usize..40) {
        let mut whole = Recency::start(&fitted, params).unwrap();
        let mut cuts = Recency::start(&fitted, params).unwrap();
        play(&mut whole, 0, &bars, |_| {});
        for (at, (said, _)) in bars.iter().enumerate() {
            if at == cut {
                cuts = serde_json::from_str(&serde_json::to_string(&cuts).unwrap()).unwrap();
            }
            let due = at.checked_sub(4).map(|due| (hour(due as u64), bars[due].1));
            cuts.resolve(hour(at as u64), due.as_slice()).unwrap();
            cuts.note(hour(at as u64), said).unwrap();
        }
        prop_assert_eq!(whole, cuts);
    }

    #[test]
    fn silence_leads_back_to_the_fitted_weights((fitted, params, bars) in bounds()) {
        let mut recency = Recency::start(&fitted, params).unwrap();
        let first = recency.weights().to_vec();
        play(&mut recency, 0, &bars, |_| {});
        for step in 0..2_000 {
            recency.resolve(hour(1_000 * (step + 1)), &[]).unwrap();
        }
        let back = recency.weights().iter().zip(&first).all(|(now, then)| (now - then).abs() < 1e-9);
        prop_assert!(back, "{:?} {:?}", recency.weights(), first);
    }
}
