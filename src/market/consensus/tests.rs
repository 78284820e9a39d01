//! What a lying, an absent and a late venue can do: degrade, never corrupt.

use proptest::prelude::*;

use super::*;
use crate::{
    domain::{Candle, KnownCandle, Timeframe},
    market::asof::Known,
};

const NAMES: [&str; 7] = ["a", "b", "c", "d", "e", "f", "g"];
const AT: Timestamp = Timestamp(100_000);

fn params() -> Params {
    Params::with_max_age(600)
}

fn quote(venue: &'static str, price: f64) -> Quote<'static> {
    Quote { venue, unit: "USD", ts: AT.minus(5), known_at: AT.minus(3), price, volume: Some(1.0) }
}

fn judge<'a>(quotes: &[Quote<'a>]) -> Verdict<'a> {
    consensus(quotes, &[], "USD", AT, &params())
}

fn honest() -> impl Strategy<Value = Vec<Quote<'static>>> {
    prop::collection::vec((0.98_f64..1.02, 0.01..1e6_f64), 2..6).prop_map(|venues| {
        let quote = |(name, (price, volume)): (&&'static str, (f64, f64))| Quote {
            volume: Some(volume),
            ..quote(name, 2_000.0 * price)
        };
        NAMES.iter().zip(venues).map(quote).collect()
    })
}

fn range(quotes: &[Quote<'_>]) -> (f64, f64) {
    let low = quotes.iter().map(|quote| quote.price).fold(f64::INFINITY, f64::min);
    let high = quotes.iter().map(|quote| quote.price).fold(0.0, f64::max);
    (low * (1.0 - 1e-12), high * (1.0 + 1e-12))
}

proptest! {
    #[test]
    fn one_liar_of_three_or_more_moves_nothing_beyond_the_honest(
        honest in honest(), lie in prop_oneof![1e-9..1e12_f64, 1_900.0..2_100.0_f64], volume in prop_oneof![Just(1e300), 0.01..1e9_f64], place in 0_usize..6
    ) {
        let (low, high) = range(&honest);
        let mut all = honest.clone();
        all.insert(place.min(honest.len()), Quote { volume: Some(volume), ..quote("liar", lie) });
        let verdict = judge(&all);
        if let Ok(found) = verdict.consensus {
            prop_assert!((low..=high).contains(&found.price), "{found:?} of {all:?}");
            prop_assert!(found.dispersion.is_some_and(|dispersion| dispersion >= params().floor));
        }
        prop_assert_eq!(verdict.used.len() + verdict.rejected.len(), all.len());
        if !(1_000.0..=4_000.0).contains(&lie) {
            prop_assert!(verdict.used.iter().all(|vote| vote.venue != "liar") || verdict.consensus.is_err());
        }
    }

    #[test]
    fn the_order_and_the_late_change_nothing(honest in honest(), late in 1_u64..1_000, price in 1.0..1e6_f64) {
        let verdict = judge(&honest);
        let mut other: Vec<_> = honest.iter().rev().copied().collect();
        other.push(Quote { known_at: AT.plus(late), ..quote("late", price) });
        other.push(Quote { ts: AT.minus(600 + late), ..quote("old", price) });
        let second = judge(&other);
        match (verdict.consensus, second.consensus) {
            (Ok(a), Ok(b)) => prop_assert!((a.price / b.price - 1.0).abs() < 1e-12 && a.known_at == b.known_at),
            (a, b) => prop_assert!(a.is_err() && b.is_err()),
        }
        prop_assert_eq!(second.used.len(), verdict.used.len());
        prop_assert!(second.rejected.contains(&("late", Rejection::NotYetKnown)));
        let stale = Rejection::Stale { age: 600 + late };
        prop_assert!(second.rejected.contains(&("old", stale)));
    }

    #[test]
    fn missing_venues_leave_a_price_of_those_that_stay(honest in honest(), stay in 1_usize..6) {
        let left = &honest[..stay.min(honest.len())];
        let verdict = judge(left);
        if let Ok(found) = verdict.consensus {
            let (low, high) = range(left);
            prop_assert!((low..=high).contains(&found.price));
            prop_assert_eq!(found.dispersion.is_none(), left.len() == 1);
        }
    }

    #[test]
    fn all_stale_is_no_price(honest in honest(), late in 601_u64..90_000) {
        let old: Vec<_> = honest.into_iter().map(|quote| Quote { ts: AT.minus(late), ..quote }).collect();
        let verdict = judge(&old);
        prop_assert_eq!(verdict.consensus, Err(NoConsensus::NoVenue));
        prop_assert_eq!(verdict.rejected.len(), old.len());
    }
}

#[test]
fn an_outlier_is_named_and_fewer_venues_know_less() {
    let verdict = judge(&[quote("a", 100.0), quote("b", 100.1), quote("c", 99.9), quote("d", 110.0)]);
    let found = verdict.consensus.unwrap();
    assert!((found.price - 100.0).abs() < 0.11, "{found:?}");
    assert!(matches!(verdict.rejected[..], [("d", Rejection::Outlier { distance })] if distance > 0.09));
    let errors: Vec<f64> = (2..=5)
        .map(|n| {
            let quotes: Vec<_> = NAMES.iter().take(n).map(|name| quote(name, 100.0)).collect();
            judge(&quotes).consensus.unwrap().standard_error.unwrap()
        })
        .collect();
    assert!(errors.is_sorted_by(|a, b| a > b), "{errors:?}");
}

#[test]
fn one_venue_has_no_dispersion_and_two_must_agree() {
    let alone = judge(&[quote("a", 100.0)]).consensus.unwrap();
    assert_eq!((alone.price.round(), alone.dispersion, alone.standard_error), (100.0, None, None));
    let two = judge(&[quote("a", 100.0), Quote { volume: Some(3.0), ..quote("b", 100.4) }]);
    assert!((two.consensus.unwrap().price - 100.3).abs() < 1e-3, "{two:?}");
    let apart = judge(&[quote("a", 100.0), quote("b", 100.7)]).consensus.unwrap_err();
    assert!(matches!(apart, NoConsensus::Disagreement { venues: 2, low, high } if low < 100.1 && high > 100.6));
    let split = judge(&[quote("a", 100.0), quote("b", 100.0), quote("c", 120.0), quote("d", 120.0)]);
    assert!(matches!(split.consensus, Err(NoConsensus::Disagreement { venues: 4, .. })), "{split:?}");
}

#[test]
fn an_even_split_is_no_consensus_however_many_venues_stand_on_each_side() {
    for percent in [0.7, 1.0, 2.0, 4.0, 5.0, 7.9, 8.0, 10.0, 12.0, 20.0, 30.0] {
        for side in 1..=3 {
            let price = |place: usize| if place < side { 100.0 } else { 100.0 + percent };
            let quotes: Vec<_> = (0..2 * side).map(|place| quote(NAMES[place], price(place))).collect();
            let verdict = judge(&quotes);
            assert!(
                matches!(verdict.consensus, Err(NoConsensus::Disagreement { .. })),
                "{side} against {side}, {percent} %: {verdict:?}"
            );
        }
    }
    let apart = [quote("a", 100.0), quote("b", 100.1), quote("c", 100.5), quote("d", 100.6)];
    assert!(judge(&apart).consensus.is_ok(), "the middle two are no farther apart than two may be");
}

#[test]
fn a_price_is_known_from_its_verdict_on() {
    // One of the two goes stale: another price, of nothing new.
    let old = Quote { ts: AT.minus(600), known_at: AT.minus(590), ..quote("a", 100.0) };
    let quotes = [old, quote("b", 100.4)];
    let found = |at: Timestamp| consensus(&quotes, &[], "USD", at, &params()).consensus.unwrap().observation();
    let (before, after) = (found(AT), found(AT.plus(1)));
    assert!((before.value - 100.2).abs() < 1e-3 && (after.value - 100.4).abs() < 1e-9);
    assert_eq!((before.known_at, after.known_at), (AT, AT.plus(1)));
}

proptest! {
    #[test]
    fn doubling_both_sides_never_makes_a_price_of_a_quarrel(gap in 0.0_f64..0.35, low in 1.0..1e5_f64) {
        let pair = [quote("a", low), quote("b", low * gap.exp())];
        let four = [pair[0], pair[1], quote("c", pair[0].price), quote("d", pair[1].price)];
        let six = [four[0], four[1], four[2], four[3], quote("e", pair[0].price), quote("f", pair[1].price)];
        if judge(&pair).consensus.is_err() {
            prop_assert!(judge(&four).consensus.is_err());
            prop_assert!(judge(&six).consensus.is_err());
        }
    }
}

#[test]
fn what_is_no_price_no_trade_or_a_second_vote_does_not_count() {
    let quotes = [
        quote("a", 100.0),
        Quote { ts: AT.minus(50), ..quote("a", 90.0) },
        quote("b", f64::NAN),
        quote("c", -1.0),
        Quote { volume: Some(0.0), ..quote("d", 100.0) },
        Quote { volume: Some(-1.0), ..quote("e", 100.0) },
        Quote { volume: None, ..quote("f", 100.2) },
    ];
    let verdict = judge(&quotes);
    assert_eq!(verdict.used.iter().map(|vote| (vote.venue, vote.weight)).collect::<Vec<_>>(), [("a", 0.5), ("f", 0.5)]);
    let why: Vec<_> = verdict.rejected.iter().map(|(venue, why)| (*venue, *why)).collect();
    use Rejection::{NoTrade, NotAPrice, Superseded};
    assert_eq!(why, [("a", Superseded), ("b", NotAPrice), ("c", NotAPrice), ("d", NoTrade), ("e", NotAPrice)]);
}

#[test]
fn another_unit_counts_only_at_a_known_rate() {
    let dollars = quote("kraken", 100.0);
    let tether = Quote { unit: "USDT", ..quote("binance", 103.0) };
    let rate = |value, known_at| Rate { from: "USDT", to: "USD", price: Known { ts: AT.minus(60), known_at, value } };
    let alone = consensus(&[dollars, tether], &[], "USD", AT, &params());
    assert_eq!(alone.rejected, [("binance", Rejection::NoRate)]);
    assert_eq!(alone.consensus.unwrap().dispersion, None);
    let late = consensus(&[dollars, tether], &[rate(0.97, AT.plus(1))], "USD", AT, &params());
    assert_eq!(late.rejected, [("binance", Rejection::NoRate)]);
    let both = consensus(&[dollars, tether], &[rate(0.97, AT.minus(1))], "USD", AT, &params());
    let found = both.consensus.unwrap();
    assert!((found.price - 99.955).abs() < 1e-3, "{found:?}");
    assert_eq!((both.used.len(), found.known_at, found.ts), (2, AT, AT.minus(60)));
}

#[test]
fn a_series_uses_what_each_venue_had_said_and_feels_an_outage() {
    let candle = |hour: u64, close: f64| KnownCandle {
        candle: Candle { ts: Timestamp(hour * 3_600), open: close, high: close, low: close, close, volume: 2.0 },
        known_at: Timestamp((hour + 1) * 3_600 + 1),
    };
    let whole: Vec<_> = (0..6).map(|hour| candle(hour, 100.0 + hour as f64)).collect();
    let holed: Vec<_> = whole.iter().copied().filter(|known| ![2, 3].contains(&(known.candle.ts.0 / 3_600))).collect();
    let venue = |name, candles| Venue { name, unit: "USD", candles, timeframe: Timeframe::H1 };
    let venues = [venue("a", &whole[..]), venue("b", &whole), venue("c", &holed)];
    let grid: Vec<_> = (1..7).map(|hour| Timestamp(hour * 3_600 + 5)).collect();
    let verdicts = series(&venues, &[], "USD", &grid, &Params::with_max_age(3_599)).unwrap();
    let used: Vec<_> = verdicts.iter().map(|verdict| verdict.used.len()).collect();
    assert_eq!(used, [3, 3, 2, 2, 3, 3]);
    for (hour, verdict) in verdicts.iter().enumerate() {
        let found = verdict.consensus.unwrap();
        assert!((found.price - 100.0 - hour as f64).abs() < 1e-9);
        assert_eq!(found.known_at, verdict.at);
    }
    assert_eq!(verdicts[2].rejected, [("c", Rejection::Stale { age: 3_605 })]);
}
