//! What a specialist's members are made of.

use serde::{Deserialize, Serialize};

use super::{GrowError, MeanPlan, Member, PathPlan, Rows, VolumePlan, WindowPlan};
use crate::{
    domain::Target,
    models::learn::{Boosting, Recipe},
};

/// How to grow a member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Plan {
    Mean(MeanPlan),
    Window(WindowPlan),
    Path(PathPlan),
    Volume(VolumePlan),
}

/// A variant's name, and what is changed of boosted trees.
type Change = (&'static str, fn(&mut Boosting));

impl Plan {
    /// A member that has seen the named rows and no other.
    ///
    /// # Errors
    /// See [`GrowError`].
    pub fn grow(&self, target: Target, rows: &Rows, train: &[u32], seed: u64) -> Result<Member, GrowError> {
        Ok(match self {
            Self::Mean(plan) => Member::Mean(plan.grow(target, rows, train, seed)?),
            Self::Window(plan) => Member::Window(Box::new(plan.grow(target, rows, train, seed)?)),
            Self::Path(plan) => Member::Path(Box::new(plan.grow(target, rows, train, seed)?)),
            Self::Volume(plan) => Member::Volume(Box::new(plan.grow(target, rows, train, seed)?)),
        })
    }

    /// Itself, and what a search tries instead: one change each of its boosted trees.
    pub fn variants(&self) -> Vec<(&'static str, Self)> {
        let changes: [Change; 7] = [
            ("as it is", |_| {}),
            ("trees * 0.6", |boosting| boosting.trees = (boosting.trees * 3).div_ceil(5)),
            ("trees * 1.6", |boosting| boosting.trees = (boosting.trees * 8).div_ceil(5)),
            ("leaves / 2", |boosting| boosting.leaves = (boosting.leaves / 2).max(2)),
            ("leaves * 2", |boosting| boosting.leaves *= 2),
            ("l2 / 4", |boosting| boosting.l2 /= 4.0),
            ("l2 * 4", |boosting| boosting.l2 *= 4.0),
        ];
        let changed = |(name, change): Change| {
            let mut plan = self.clone();
            plan.boostings().into_iter().for_each(change);
            (name, plan)
        };
        changes.map(changed).into()
    }

    fn boostings(&mut self) -> Vec<&mut Boosting> {
        match self {
            Self::Mean(plan) => {
                let recipes = plan.parts.iter_mut().map(|part| &mut part.recipe);
                let boosted = recipes.filter_map(|recipe| match recipe {
                    Recipe::Boosting(boosting) => Some(boosting),
                    Recipe::Forest(_) | Recipe::Logistic(_) | Recipe::Scaled(_) => None,
                });
                boosted.collect()
            }
            Self::Window(plan) => vec![&mut plan.correction],
            Self::Path(plan) => vec![&mut plan.correction],
            Self::Volume(plan) => vec![&mut plan.correction, &mut plan.plain],
        }
    }
}
