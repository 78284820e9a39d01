//! The causality gate: the program passes, and every leak that a test plants is caught by name.

#[path = "../support/data.rs"]
mod data;
#[path = "../learning/market.rs"]
mod market;

mod command;
mod plants;
mod real;
mod stage;

use shoal::validation::causality::{Stages, check};
use stage::{LEARNED, cuts, history, plan, program};

#[test]
fn the_program_passes_at_horizons_one_and_four() {
    for (horizon, sets) in [(1, 1), (4, 2)] {
        let mut program = program(horizon);
        program.settings.sets = sets;
        let mut steps = std::cell::RefCell::new(Vec::new());
        let tell = |_: &str, done: usize, of: usize| steps.borrow_mut().push((done, of));
        let report = check(&program, &history(), &plan(&cuts(), 1), &tell).unwrap();
        assert_eq!(report.leaks, [], "horizon {horizon}");
        let compared = report.compared;
        for count in [
            compared.features,
            compared.labels,
            compared.models,
            compared.training_rows,
            compared.members,
            compared.out_of_fold,
            compared.forecasts,
        ] {
            assert!(count > 0, "{compared:?}");
        }
        let of = steps.get_mut()[0].1;
        assert!(steps.get_mut().iter().enumerate().all(|(number, step)| *step == (number, of)), "{steps:?}");
        assert_eq!(steps.get_mut().len(), of);
    }
}

#[test]
fn weights_move_where_they_are_checked() {
    let spoken = program(1).forecast(&LEARNED.set, &history(), cuts()[0], plan(&cuts(), 0).to).unwrap();
    let (first, last) = (spoken.first().unwrap(), spoken.last().unwrap());
    assert!(first.weights.len() == 3 && first.weights != last.weights);
}
