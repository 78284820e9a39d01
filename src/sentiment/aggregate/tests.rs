//! Worked hours, and what must hold of every run: order does not matter, the past stays.

use proptest::prelude::*;

use super::*;

const PARAMS: AggregateParams = AggregateParams { half_life_seconds: 3_600.0, memory_hours: 4 };
const H: u64 = 3_600;

fn post(known_at: u64, id: &str, value: f64, confidence: f64) -> ScoredPost {
    ScoredPost {
        source: format!("s{}", id.len()),
        id: id.to_owned(),
        known_at: Timestamp(known_at),
        assets: vec![Asset::new("ETH")],
        score: Score { value, confidence },
    }
}

fn aggregator() -> Aggregator {
    Aggregator::new(PARAMS, [Asset::new("ETH")], Timestamp(0))
}

fn batch(posts: &[ScoredPost], until: u64) -> Vec<HourAggregate> {
    let mut aggregator = aggregator();
    posts.iter().for_each(|post| aggregator.push(post.clone()).unwrap());
    aggregator.close_until(Timestamp(until))
}

fn near(a: Option<f64>, b: f64) -> bool {
    a.is_some_and(|a| (a - b).abs() < 1e-12)
}

#[test]
fn a_worked_example() {
    // Both known at the start of their hours: half a weight at the first hour's end, a quarter
    // and a half at the second's.
    let hours = batch(&[post(0, "a", 1.0, 1.0), post(H, "bb", -1.0, 1.0)], 3 * H);
    assert_eq!(hours.iter().map(|hour| hour.count).collect::<Vec<_>>(), [1, 1, 0]);
    assert_eq!((hours[0].mean, hours[0].dispersion), (Some(1.0), Some(0.0)));
    assert!(near(Some(hours[0].confidence), 1.0 / 3.0));
    assert!(near(hours[1].mean, -1.0 / 3.0), "{hours:?}");
    assert!(near(hours[1].dispersion, (8.0f64 / 9.0).sqrt()), "{hours:?}");
    assert!(near(Some(hours[1].confidence), 0.75 / 1.75));
    assert_eq!(hours[1].shares, BTreeMap::from([("s2".to_owned(), 1.0)]));
    assert_eq!((hours[1].hour, hours[1].known_at), (Timestamp(H), Timestamp(2 * H)));
}

#[test]
fn an_hour_without_posts_has_a_count_and_no_mean() {
    let hours = batch(&[post(0, "a", 1.0, 1.0)], 2 * H);
    assert_eq!((hours[1].count, hours[1].mean, hours[1].dispersion), (0, None, None));
    let measures: Vec<String> =
        hours[1].observations().into_iter().map(|(measure, seen)| format!("{measure}={}", seen.value)).collect();
    assert_eq!(measures, ["count=0", "confidence=0.2"]);
}

#[test]
fn a_post_without_evidence_counts_and_weighs_nothing() {
    let hours = batch(&[post(5, "a", 0.0, 0.0)], H);
    assert_eq!((hours[0].count, hours[0].mean, hours[0].confidence), (1, None, 0.0));
    assert_eq!(hours[0].shares.len(), 1);
}

#[test]
fn the_hours_edge_belongs_to_the_next_hour() {
    let counts = |at| batch(&[post(at, "a", 1.0, 1.0)], 2 * H).iter().map(|hour| hour.count).collect::<Vec<_>>();
    assert_eq!((counts(H - 1), counts(H)), (vec![1, 0], vec![0, 1]));
}

#[test]
fn a_late_post_is_refused_and_changes_nothing() {
    let mut aggregator = aggregator();
    aggregator.close_until(Timestamp(H));
    let late = Late { known_at: Timestamp(H - 1), open_from: Timestamp(H) };
    assert_eq!(aggregator.push(post(H - 1, "a", 1.0, 1.0)), Err(late));
    assert_eq!(aggregator.close_until(Timestamp(2 * H))[0].count, 0);
}

#[test]
fn the_same_post_twice_counts_once_and_other_assets_not_at_all() {
    let mut other = post(7, "c", 1.0, 1.0);
    other.assets = vec![Asset::new("DOGE")];
    let hours = batch(&[post(5, "a", 1.0, 1.0), post(5, "a", 1.0, 1.0), other], H);
    assert_eq!((hours.len(), hours[0].count), (1, 1));
}

fn posts() -> impl Strategy<Value = Vec<ScoredPost>> {
    let one = (0..12 * H, -1.0..=1.0, prop_oneof![Just(0.0), 0.0..=1.0], any::<bool>());
    prop::collection::vec(one, 0..40).prop_map(|list| {
        let numbered = list.into_iter().enumerate();
        numbered
            .map(|(i, (at, value, confidence, long))| {
                post(at, &format!("{i:0width$}", width = if long { 4 } else { 3 }), value, confidence)
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn order_and_the_times_of_closing_do_not_matter(
        posts in posts(),
        seed in any::<u64>(),
        steps in prop::collection::vec(1..9_000u64, 0..12),
    ) {
        let whole = batch(&posts, 14 * H);
        let mut shuffled = posts.clone();
        shuffled.sort_by_key(|post| (post.known_at.0 ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        prop_assert_eq!(&batch(&shuffled, 14 * H), &whole);

        // As live: post by post as known, hours closed in between.
        let mut live = aggregator();
        let (mut hours, mut now) = (Vec::new(), 0);
        for step in steps.into_iter().chain([14 * H]) {
            let next = now + step;
            let known = shuffled.iter().filter(|post| (now..next).contains(&post.known_at.0));
            known.for_each(|post| live.push(post.clone()).unwrap());
            hours.extend(live.close_until(Timestamp(next)));
            now = next;
        }
        hours.truncate(whole.len());
        prop_assert_eq!(&hours, &whole);
    }

    /// The definition, summed plainly.
    #[test]
    fn the_figures_are_their_definitions(posts in posts()) {
        for hour in batch(&posts, 14 * H) {
            let end = hour.known_at;
            let memory = hour.hour.minus((PARAMS.memory_hours as u64 - 1) * H);
            let of_hour: Vec<_> = posts.iter().filter(|post| post.known_at.hour() == hour.hour).collect();
            let weighed: Vec<(f64, f64)> = posts
                .iter()
                .filter(|post| post.known_at >= memory && post.known_at < end)
                .map(|post| (post.score.confidence * 0.5f64.powf(end.since(post.known_at) as f64 / 3_600.0), post.score.value))
                .collect();
            let weight: f64 = weighed.iter().map(|(weight, _)| weight).sum();
            let mean = weighed.iter().map(|(weight, value)| weight * value).sum::<f64>() / weight;
            let variance = weighed.iter().map(|(weight, value)| weight * (value - mean).powi(2)).sum::<f64>() / weight;
            prop_assert_eq!(hour.count, of_hour.len() as u64);
            prop_assert_eq!(hour.mean.is_some(), of_hour.iter().any(|post| post.score.confidence > 0.0));
            prop_assert!((hour.confidence - weight / (weight + 1.0)).abs() < 1e-12);
            if let (Some(found), Some(dispersion)) = (hour.mean, hour.dispersion) {
                prop_assert!((found - mean).abs() < 1e-9 && (-1.0..=1.0).contains(&found));
                prop_assert!((dispersion - variance.max(0.0).sqrt()).abs() < 1e-6);
            }
            let total: f64 = hour.shares.values().sum();
            let whole = (total - 1.0).abs() < 1e-12;
            prop_assert!(whole || hour.count == 0 && hour.shares.is_empty());
            for (_, seen) in hour.observations() {
                prop_assert!(seen.ts == hour.hour && seen.known_at == hour.hour.plus(H));
            }
        }
    }

    #[test]
    fn what_comes_later_never_changes_what_was_known(posts in posts(), others in posts(), cut in 0..13 * H) {
        let before = |post: &&ScoredPost| post.known_at.0 < cut;
        let changed: Vec<_> = posts.iter().filter(before).chain(others.iter().filter(|post| !before(post))).cloned().collect();
        let known = |posts: &[ScoredPost]| {
            let hours = batch(posts, 14 * H);
            hours.into_iter().filter(|hour| hour.known_at.0 <= cut).collect::<Vec<_>>()
        };
        prop_assert_eq!(known(&posts), known(&changed));
    }

    #[test]
    fn a_restart_with_the_memorys_posts_goes_on_the_same(posts in posts(), at in 4..12u64) {
        let from = at - PARAMS.memory_hours as u64 + 1;
        let mut restarted = Aggregator::new(PARAMS, [Asset::new("ETH")], Timestamp(from * H));
        let late = posts.iter().filter(|post| restarted.push((*post).clone()).is_err()).count();
        prop_assert_eq!(late, posts.iter().filter(|post| post.known_at.0 < from * H).count());
        let after = |hours: Vec<HourAggregate>| hours.into_iter().filter(|hour| hour.hour.0 >= at * H).collect::<Vec<_>>();
        prop_assert_eq!(after(restarted.close_until(Timestamp(14 * H))), after(batch(&posts, 14 * H)));
    }
}
