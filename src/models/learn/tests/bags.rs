//! Bags and searches.

use super::{
    super::{
        bag::{Bag, BagError},
        folds::Fold,
        search::{Budget, SearchError, search},
    },
    *,
};

#[test]
fn a_bag_is_the_same_on_any_number_of_threads() {
    let (x, labels) = sample(600, 4, 12, 0.02, |row| row[0] - row[2]);
    let weights = [1.0; 600];
    let data = Training::new(&x, &labels, &weights).unwrap();
    for recipe in recipes() {
        let grow = |threads| bag::grow(&recipe, &data, &hours(600), &plan(threads), &|_, _| {}).unwrap();
        let once = grow(1);
        for threads in [2, 3, 16] {
            assert_eq!(grow(threads), once, "{} on {threads} threads", recipe.name());
        }
        assert_eq!((once.bag.members().len(), once.bag.validate()), (10, Ok(())));
        assert!(metrics::auc(&once.out_of_fold, &labels).unwrap() > 0.75);
    }
}

#[test]
fn a_bag_is_the_mean_of_members_with_seeds_of_their_own_and_says_how_far_it_is() {
    let (x, labels) = sample(400, 3, 13, 0.0, |row| row[0]);
    let weights = [1.0; 400];
    let data = Training::new(&x, &labels, &weights).unwrap();
    let told = std::sync::Mutex::new(Vec::new());
    let report = |done, of| told.lock().unwrap().push((done, of));
    let bagged = bag::grow(&boosting(), &data, &hours(400), &plan(2), &report).unwrap();
    let mut told = told.into_inner().unwrap();
    told.sort_unstable();
    assert_eq!(told, (1..=10).map(|done| (done, 10)).collect::<Vec<_>>());
    let row = [0.3, -0.2, 1.0];
    let members = bagged.bag.members().iter().map(|member| member.log_odds(&row, 0.0).unwrap());
    let mean = members.sum::<f64>() / 10.0;
    assert!((bagged.bag.predict(&row, 0.0).unwrap() - sigmoid(mean)).abs() < 1e-15);
    assert!(bagged.bag.members().windows(2).all(|pair| pair[0] != pair[1]));
}

/// On labels that are pure noise, what a bag says of rows it was grown from must be noise too.
/// The labels overlap: neighbours repeat one another, and a fold without purge would know.
#[test]
fn out_of_fold_predictions_know_nothing_of_their_own_labels() {
    let rows = 1_500;
    let mut rng = ChaCha8Rng::seed_from_u64(14);
    let steps: Vec<f64> = (0..rows + 24).map(|_| rng.random_range(-1.0..1.0)).collect();
    let labels: Vec<bool> = (0..rows).map(|row| steps[row..row + 24].iter().sum::<f64>() > 0.0).collect();
    let times = hours(rows);
    // Time itself is a column: trees can remember where they are.
    let x = Matrix::new(rows, 1, (0..rows).map(|row| row as f64).collect()).unwrap();
    let weights = vec![1.0; rows];
    let data = Training::new(&x, &labels, &weights).unwrap();
    let learner = Boosting { trees: 10, leaves: 64, depth: 10, column_share: 1.0, bins: 254, ..boosting() };
    let auc = |horizon: u64, folds: usize| {
        let plan = Plan { folds, sets: 1, reach: Reach { horizon, embargo: 0 }, ..plan(2) };
        let bagged = bag::grow(&learner, &data, &times, &plan, &|_, _| {}).unwrap();
        metrics::auc(&bagged.out_of_fold, &labels).unwrap()
    };
    let (purged, leaking) = (auc(24 * 3_600, 60), auc(0, 60));
    assert!(purged < 0.55, "purged {purged}");
    assert!(leaking > 0.6, "the leak that purging closes: {leaking}");
}

#[test]
fn a_failing_member_is_named() {
    let (x, mut labels) = sample(100, 2, 15, 0.0, |row| row[0]);
    // All that is true lies in the first fold.
    labels.iter_mut().enumerate().for_each(|(row, up)| *up = row < 10);
    let weights = [1.0; 100];
    let data = Training::new(&x, &labels, &weights).unwrap();
    let error = bag::grow(&recipes()[3], &data, &hours(100), &Plan { sets: 1, ..plan(2) }, &|_, _| {}).unwrap_err();
    let expected = BagError::Member { set: 0, fold: 0, error: LearnError::OneClass };
    assert_eq!(error, expected);
    assert!(Bag::of(vec![]).is_none());
}

#[test]
fn the_search_prefers_what_generalises_within_its_budget() {
    let (x, labels) = sample(900, 6, 16, 0.0, |row| row[0]);
    let weights = [1.0; 900];
    let data = Training::new(&x, &labels, &weights).unwrap();
    let wild = Boosting { trees: 150, learning_rate: 0.5, leaves: 64, depth: 12, min_leaf: 1, l2: 0.0, ..boosting() };
    let candidates = [Recipe::Boosting(wild), Recipe::Boosting(boosting()), recipes()[3]];
    let budget = Budget { folds: 3, fits: 10, reach: Reach { horizon: 3_600, embargo: 0 }, seed: 1, threads: 2 };
    let run = |budget: &Budget| {
        let fits = std::sync::atomic::AtomicUsize::new(0);
        let fit = |recipe: &Recipe, fold: &Fold, seed| Ok(bag::member(recipe, &data, fold, seed)?.1);
        let count = |_| {
            fits.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        };
        let found = search::<_, LearnError>(&candidates, &labels, &hours(900), budget, fit, &count);
        found.map(|tried| (tried, fits.into_inner()))
    };
    let (tried, fits) = run(&budget).unwrap();
    assert_eq!((tried[0].candidate, fits), (candidates[2], 5), "{tried:?}");
    assert_eq!(tried.iter().map(|tried| tried.log_losses.len()).collect::<Vec<_>>(), [2, 2, 1]);
    assert_eq!(tried[2].candidate, candidates[0]);
    assert_eq!(run(&Budget { threads: 1, ..budget }).unwrap().0, tried);
    assert_eq!(run(&Budget { fits: 3, ..budget }).unwrap().1, 3);
    assert_eq!(run(&Budget { fits: 2, ..budget }), Err(SearchError::Budget { fits: 2, candidates: 3 }));
}
