//! Which of its variants a plan should be, by validation inside the training range alone.

use super::{GrowError, Plan, Rows, answered::Answered};
use crate::{
    domain::Target,
    models::learn::search::{Budget, SearchError, Tried, search},
};

/// A plan and what was changed to get it.
pub type Variant = (&'static str, Plan);

/// The plan's variants, named by what was changed, from the best to the worst.
///
/// # Errors
/// See [`SearchError`].
pub fn tune(
    target: Target,
    plan: &Plan,
    rows: &Rows,
    budget: &Budget,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Vec<Tried<Variant>>, SearchError<GrowError>> {
    let answered = Answered::new(target, rows);
    let fit = |(_, plan): &Variant, fold: &_, seed| Ok(answered.grow(plan, fold, seed)?.1);
    search(&plan.variants(), &answered.labels, &answered.times, budget, fit, progress)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::Ahead,
        models::{
            learn::{Boosting, Matrix, Recipe, folds::Reach},
            specialist::{Columns, MeanPlan, PartPlan},
        },
        units::Timestamp,
    };

    /// The first column tells the next move, the second nothing.
    fn rows(count: u64) -> Rows {
        let at = |hour: u64| Timestamp(1_600_002_000 + 3_600 * hour);
        let wave = |hour: u64, by: f64| (hour as f64 * by).sin();
        let ahead = |hour| Ahead {
            answers: [Some(wave(hour, 0.7) > 0.0), None, None],
            log_return: wave(hour, 0.7),
            log_range: f64::NAN,
            log_volume: f64::NAN,
            ..Ahead::NOTHING
        };
        Rows {
            made_at: (0..count).map(at).collect(),
            known_at: (1..=count).map(at).collect(),
            x: Matrix::new(
                count as usize,
                2,
                [0.7, 1.9].into_iter().flat_map(|by| (0..count).map(move |hour| wave(hour, by))).collect(),
            )
            .unwrap(),
            ahead: (0..count).map(ahead).collect(),
        }
    }

    #[test]
    fn every_variant_is_tried_and_the_best_comes_first() {
        let boosting =
            Boosting { trees: 5, learning_rate: 0.1, min_leaf: 5, l2: 1.0, column_share: 1.0, ..Boosting::default() };
        let part = PartPlan { columns: Columns(vec![0, 1]), recipe: Recipe::Boosting(boosting), weight: 1.0 };
        let plan = Plan::Mean(MeanPlan { parts: vec![part], centred: true });
        let budget = Budget::whole(plan.variants().len(), 3, Reach { horizon: 3_600, embargo: 0 }, 1, 2);
        assert_eq!(budget.fits, 13);
        let tried = tune(Target::Price, &plan, &rows(600), &budget, &|_| {}).unwrap();
        let names =
            |tried: &[Tried<(&'static str, Plan)>]| tried.iter().map(|tried| tried.candidate.0).collect::<Vec<_>>();
        // Of little trees that learn slowly more are better, and what is penalised less.
        assert!(["trees * 1.6", "l2 / 4"].contains(&tried[0].candidate.0), "{:?}", names(&tried));
        assert_eq!(tried.iter().map(|tried| tried.log_losses.len()).collect::<Vec<_>>(), [3, 3, 2, 2, 1, 1, 1]);
        let mut all: Vec<_> = plan.variants().into_iter().map(|(name, _)| name).collect();
        let mut seen = names(&tried);
        all.sort_unstable();
        seen.sort_unstable();
        assert_eq!(all, seen);
        assert_eq!(plan.variants()[0].1, plan, "the plan itself is a candidate");
        let again = tune(Target::Price, &plan, &rows(600), &Budget { threads: 1, ..budget }, &|_| {}).unwrap();
        assert_eq!(tried, again, "on any number of threads");
    }
}
