//! Training of a model set.

use super::{
    model_set::{MemberReport, ModelSet, Subject, Trained},
    recipe::{self, ENSEMBLE},
    rows::Table,
    settings::{Parameters, Settings},
    target_learner::TargetLearner,
    vote::{self, VoteError},
};
use crate::{
    domain::{OutOfFold, Target},
    features::{engine, sets::Sets},
    models::{
        learn::{
            LearnError, bag,
            folds::Reach,
            search::{Budget, SearchError, Tried},
        },
        metrics,
        moves::Moves,
        specialist::{self, GrowError, Plan, Seen, Specialist, TrainSpecialistError, tune},
        threshold::Threshold,
    },
};

/// Folds by which a search judges.
const SEARCH_FOLDS: usize = 3;

/// Why nothing was trained.
#[derive(Debug, thiserror::Error)]
pub enum TrainSetError {
    #[error("{name}: {why}")]
    Specialist { name: &'static str, why: TrainSpecialistError },
    #[error("{name}: the search: {why}")]
    Search { name: &'static str, why: SearchError<GrowError> },
    #[error("the ensemble: {0}")]
    Vote(#[from] VoteError),
    #[error("what {name} would learn from outcomes: {why}")]
    Learner { name: &'static str, why: LearnError },
    #[error("prices that never rose, or never fell: nothing to size a stake by")]
    Moves,
    #[error("the ensemble promised an edge in no row with a range: nothing to size a stake by")]
    Edge,
}

/// A model set and what it was made of.
#[derive(Clone, Debug)]
pub struct Learned {
    pub set: ModelSet,
    /// Of each specialist of the set, in their order.
    pub evidence: Vec<Evidence>,
}

impl Learned {
    /// What the ensemble learnt from: of each specialist that forecasts the price, in their order.
    pub fn inputs(&self) -> Vec<OutOfFold> {
        inputs(&self.set.specialists, &self.evidence)
    }
}

fn inputs(specialists: &[Specialist], evidence: &[Evidence]) -> Vec<OutOfFold> {
    let prices = specialists.iter().zip(evidence).filter(|(specialist, _)| specialist.target == Target::Price);
    prices.map(|(_, evidence)| evidence.out_of_fold.clone()).collect()
}

/// What a specialist's members were given, and what they said of rows that they were kept from.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// Of each member; rows are numbered as in the table.
    pub seen: Vec<Seen>,
    /// What calibration made of it; of those that forecast the price, the ensemble learnt from it.
    pub out_of_fold: OutOfFold,
}

impl Evidence {
    /// The probabilities of the rows of which it spoke, and their outcomes.
    fn said(&self) -> (Vec<f64>, Vec<bool>) {
        self.out_of_fold.rows().iter().filter_map(|held| Some((held.probability?, held.outcome))).unzip()
    }
}

/// Trains every specialist on the table's rows, then the ensemble on what they said of rows that
/// they had not seen. `progress` is told a name, and how many of its members are done, of how many.
/// The same table, settings and seed give the same set, on any number of threads.
///
/// # Errors
/// See [`TrainSetError`].
pub fn train(
    subject: Subject,
    table: &Table,
    trained: Trained,
    settings: &Settings,
    progress: &(dyn Fn(&str, usize, usize) + Sync),
) -> Result<Learned, TrainSetError> {
    let columns = Sets::new();
    let bar = subject.timeframe.seconds();
    let reach = Reach { horizon: u64::from(settings.horizon) * bar, embargo: u64::from(settings.embargo_bars) * bar };
    let (mut specialists, mut reports, mut evidence) = (Vec::new(), Vec::new(), Vec::new());
    let (mut plans, mut searched) = (Vec::new(), Vec::new());
    for (number, (name, target, measured)) in recipe::plans(&columns, settings.horizon).into_iter().enumerate() {
        let seed = settings.seed.wrapping_mul(1_000).wrapping_add(number as u64);
        let mut plan = measured;
        if settings.search {
            let budget = Budget::whole(plan.variants().len(), SEARCH_FOLDS, reach, seed, settings.threads);
            let tried = tune(target, &plan, &table.rows, &budget, &|done| progress(name, done, budget.fits))
                .map_err(|why| TrainSetError::Search { name, why })?;
            if let Some(best) = tried.first() {
                plan = best.candidate.1.clone();
            }
            let named = |tried: Tried<(&str, Plan)>| Tried {
                candidate: tried.candidate.0.to_owned(),
                log_losses: tried.log_losses,
            };
            searched.push((name.to_owned(), tried.into_iter().map(named).collect()));
        }
        let Settings { folds, sets, threads, .. } = *settings;
        let bag = bag::Plan { folds, sets, reach, seed, threads };
        let tell = |done, of| progress(name, done, of);
        let done = specialist::train(name, target, &plan, &table.rows, &bag, settings.horizon, &tell)
            .map_err(|why| TrainSetError::Specialist { name, why })?;
        let of_it = Evidence { seen: done.seen, out_of_fold: done.out_of_fold };
        let (told, outcomes) = of_it.said();
        let calibration = format!("{:?}", done.calibration).to_lowercase();
        reports.push(report(name, target, (&told, &outcomes), calibration));
        evidence.push(of_it);
        specialists.push(done.specialist);
        plans.push((name.to_owned(), plan));
    }
    let (moves, base_rate) = moves(table).ok_or(TrainSetError::Moves)?;
    progress(ENSEMBLE, 0, 1);
    let params = settings.ensemble(subject.timeframe);
    let familiar = columns.direction();
    let rows = vote::Rows::new(&inputs(&specialists, &evidence), table, &familiar)?;
    let ensemble = rows.fit(&params)?;
    let trial = rows.tried(&params)?;
    for (member, weight) in ensemble.members().iter().zip(ensemble.weights()) {
        if let Some(report) = reports.iter_mut().find(|report| *report.name == **member) {
            report.weight = Some(*weight);
        }
    }
    reports.push(report(ENSEMBLE, Target::Price, (&trial.told, &trial.outcomes), "identity".to_owned()));
    let bounds = trial.bounds(settings.horizon)?;
    let promises = trial.promises(&moves, table);
    let threshold = Threshold::of(&promises, settings.horizon).ok_or(TrainSetError::Edge)?;
    let (mut learners, mut priors) = (Vec::new(), Vec::new());
    for (name, target, read, prior) in recipe::learners(&columns, settings.horizon) {
        let told = match specialists.iter().position(|specialist| specialist.name == name) {
            Some(place) => evidence[place].said().0,
            None if name == ENSEMBLE => trial.told.clone(),
            None => Vec::new(),
        };
        let learner = TargetLearner::start(name, target, read, &table.rows, &told, &prior);
        learners.push(learner.map_err(|why| TrainSetError::Learner { name, why })?);
        priors.push((name.to_owned(), prior));
    }
    progress(ENSEMBLE, 1, 1);
    let Settings { folds, sets, embargo_bars, .. } = *settings;
    let set = ModelSet {
        features: engine::VERSION,
        columns: columns.columns().len() as u32,
        subject,
        horizon: settings.horizon,
        trained,
        parameters: Parameters { folds, sets, embargo_bars, ensemble: params, priors, plans, searched },
        reports,
        specialists,
        ensemble,
        learners,
        bounds,
        moves,
        threshold,
        base_rate,
        familiar,
    };
    Ok(Learned { set, evidence })
}

/// How far prices went over the horizon, and how often up.
fn moves(table: &Table) -> Option<(Moves, f64)> {
    let rows = (0..table.rows.len()).filter_map(|row| table.moved(row));
    let moves = Moves::of(rows.clone());
    let (rose, all) = rows.fold((0u32, 0u32), |(rose, all), (forward, _)| (rose + u32::from(forward > 0.0), all + 1));
    moves.are_sound().then(|| (moves, f64::from(rose) / f64::from(all)))
}

fn report(name: &str, target: Target, (told, outcomes): (&[f64], &[bool]), calibration: String) -> MemberReport {
    MemberReport {
        name: name.to_owned(),
        target,
        rows: told.len() as u64,
        log_loss: metrics::log_loss(told, outcomes).unwrap_or(f64::NAN),
        auc: metrics::auc(told, outcomes).unwrap_or(f64::NAN),
        weight: None,
        calibration,
    }
}
