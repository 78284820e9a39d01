//! What each specialist is made of. How it was measured: `docs/MODELS.md`.

use crate::{
    domain::Target,
    features::sets::Sets,
    models::{
        learn::{Boosting, Logistic, Prior, Recipe, Ridge, Scaled},
        specialist::{Columns, MeanPlan, PartPlan, PathPlan, Plan, RidgePlan, Season, VolumePlan, WindowPlan},
    },
};

/// The ensemble's name beside the specialists'.
pub const ENSEMBLE: &str = "ensemble";

/// Small trees on few columns at a time: what is left of hourly direction bears no more.
const DIRECTION: Boosting = Boosting {
    trees: 250,
    learning_rate: 0.03,
    leaves: 4,
    depth: 16,
    min_leaf: 200,
    min_leaf_hessian: 1e-3,
    l2: 50.0,
    row_share: 0.7,
    column_share: 0.2,
    bins: 63,
};
const WINDOW: Boosting = Boosting { trees: 60, learning_rate: 0.05, leaves: 7, column_share: 0.3, ..DIRECTION };
const VOLUME: Boosting =
    Boosting { trees: 200, learning_rate: 0.04, leaves: 15, min_leaf: 300, l2: 100.0, column_share: 0.3, ..DIRECTION };
/// Few rows to each real degree of freedom: the penalty is scikit-learn's `C` of 0.0003.
const LINEAR: Logistic = Logistic { l2: 3_333.0, clip: 4.0 };
/// Of the direction's scale.
const SCALE: Logistic = Logistic { l2: 100.0, clip: 3.0 };
const REGRESSION: Ridge = Ridge { l2: 10.0, clip: 6.0 };

/// The specialists by name, with what they forecast.
pub fn plans(sets: &Sets, horizon: u32) -> Vec<(&'static str, Target, Plan)> {
    let boosted =
        |columns: Vec<u16>| PartPlan { columns: Columns(columns), recipe: Recipe::Boosting(DIRECTION), weight: 1.0 };
    let scale = sets.direction_scale();
    // Labels that overlap repeat each other: `horizon` rows tell what one does.
    let overlapping = |learner: Logistic| Logistic { l2: learner.l2 * f64::from(horizon), ..learner };
    let (of_index, of_scale) = (overlapping(LINEAR), overlapping(SCALE));
    let scaled = |index: Vec<u16>, weight: f64| PartPlan {
        columns: Columns([index.as_slice(), &scale].concat()),
        recipe: Recipe::Scaled(Scaled { index: of_index, scale_columns: scale.len() as u16, scale: of_scale }),
        weight,
    };
    let price = |parts| Plan::Mean(MeanPlan { parts, centred: true });
    let season = Season { hour: sets.place("hour"), weekday: sets.place("dow") };
    let ridge = |columns| RidgePlan { columns: Columns(columns), season, ridge: REGRESSION };
    let volatility = if horizon == 1 {
        Plan::Window(WindowPlan {
            low: sets.place("glo"),
            high: sets.place("ghi"),
            scale: ridge(sets.scale()),
            columns: Columns(sets.window()),
            correction: WINDOW,
        })
    } else {
        Plan::Path(PathPlan {
            closes: Columns(sets.staying(horizon)),
            deviation: sets.place("std20r"),
            level: sets.place("lhl_e72"),
            scale: ridge(sets.relative_scale()),
            columns: Columns(sets.path()),
            correction: WINDOW,
        })
    };
    let volume = Plan::Volume(VolumePlan {
        noise: sets.place("nz"),
        change: ridge(sets.volume_change()),
        columns: Columns(sets.volume()),
        correction: VOLUME,
        plain: Boosting { trees: 250, ..VOLUME },
        half_life_years: 1.0,
    });
    vec![
        // Four times a part of trees, which say less: docs/FORECASTS.md, what was tried.
        (
            "price_direction",
            Target::Price,
            price(vec![boosted(sets.direction()), boosted(sets.own()), scaled(sets.linear_direction(), 4.0)]),
        ),
        ("volatility", Target::Volatility, volatility),
        ("volume", Target::Volume, volume),
        ("sentiment", Target::Price, price(vec![boosted(sets.sentiment_and_own()), scaled(sets.linear_own(), 1.0)])),
        ("macro", Target::Price, price(vec![boosted(sets.macro_and_cross()), scaled(sets.linear_cross(), 1.0)])),
    ]
}

/// The specialists that forecast the price: the ensemble's members.
pub fn price_models() -> Vec<&'static str> {
    let plans = plans(&Sets::new(), 1).into_iter();
    plans.filter(|(_, target, _)| *target == Target::Price).map(|(name, ..)| name).collect()
}

/// Who goes on learning from outcomes: who has the last word on each target, by which columns, and
/// what it begins with.
pub(super) fn learners(sets: &Sets, horizon: u32) -> Vec<(&'static str, Target, Columns, Prior)> {
    let counts = 1.0 / f64::from(horizon.max(1));
    let prior = |l2, share, recalibration| Prior {
        regression: Logistic { l2, clip: LINEAR.clip },
        share,
        counts,
        recalibration,
    };
    // Training rows count for less than outcomes, for markets change; of the price further ahead than
    // one bar that was no better. The numbers were measured: docs/FORECASTS.md, what was tried.
    let of_price = prior(LINEAR.l2, if horizon == 1 { 0.5 } else { 1.0 }, None);
    vec![
        (ENSEMBLE, Target::Price, Columns(sets.linear_direction()), of_price),
        ("volatility", Target::Volatility, Columns(sets.scale()), prior(1_000.0, 0.5, Some(0.1))),
        ("volume", Target::Volume, Columns(sets.volume()), prior(1_000.0, 0.25, Some(0.1))),
    ]
}

/// A specialist's weight in weighted voting: price_direction reads what the others read apart
/// (docs/FORECASTS.md, what was tried).
pub(super) fn weight(member: &str) -> f64 {
    if member == "price_direction" { 4.0 } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn learners_begin_as_was_measured() {
        let sets = Sets::new();
        let of = |horizon| {
            learners(&sets, horizon).into_iter().map(move |(name, target, Columns(columns), prior)| {
                assert!(prior.counts == 1.0 / f64::from(horizon) && prior.regression.clip == 4.0);
                (name, target, columns, prior.regression.l2, prior.share, prior.recalibration)
            })
        };
        let expected = |of_price| {
            [
                (ENSEMBLE, Target::Price, sets.linear_direction(), 3_333.0, of_price, None),
                ("volatility", Target::Volatility, sets.scale(), 1_000.0, 0.5, Some(0.1)),
                ("volume", Target::Volume, sets.volume(), 1_000.0, 0.25, Some(0.1)),
            ]
        };
        assert!(of(1).eq(expected(0.5)) && of(4).eq(expected(1.0)) && of(24).eq(expected(1.0)));
    }
}
