//! What a specialist's members are made of.

use serde::{Deserialize, Serialize};

use super::{GrowError, MeanPlan, Member, Rows, VolumePlan, WindowPlan};
use crate::domain::Target;

/// How to grow a member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Plan {
    Mean(MeanPlan),
    Window(WindowPlan),
    Volume(VolumePlan),
}

impl Plan {
    /// A member that has seen the named rows and no other.
    ///
    /// # Errors
    /// See [`GrowError`].
    pub fn grow(&self, target: Target, rows: &Rows, train: &[u32], seed: u64) -> Result<Member, GrowError> {
        Ok(match self {
            Self::Mean(plan) => Member::Mean(plan.grow(target, rows, train, seed)?),
            Self::Window(plan) => Member::Window(Box::new(plan.grow(target, rows, train, seed)?)),
            Self::Volume(plan) => Member::Volume(Box::new(plan.grow(target, rows, train, seed)?)),
        })
    }
}
