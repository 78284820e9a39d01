use super::*;
use crate::{
    domain::HeldOut,
    ensemble::synthetic::{HOUR, out_of_fold},
};

const P: Option<f64> = Some(0.5);

#[test]
fn members_are_joined_on_time_and_sorted_by_name() {
    let a = out_of_fold("a", &[true, false, true], &[Some(0.75), None, None]);
    let b = out_of_fold("b", &[true, false], &[P, Some(0.25)]);
    let table = Table::join(&[b.clone(), a.clone()]).unwrap();
    assert_eq!(table, Table::join(&[a, b]).unwrap());
    let names: Vec<&str> = table.members().iter().map(|name| &**name).collect();
    assert_eq!(names, ["a", "b"]);
    // Of the third row nobody spoke.
    let three = 3.0_f64.ln();
    let rows: Vec<_> = table.iter().map(|(row, said)| (row.made_at.0 / HOUR, row.outcome, said.to_vec())).collect();
    assert_eq!(rows[0].2[1], Some(0.0));
    assert!((rows[0].2[0].unwrap() - three).abs() < 1e-12);
    assert_eq!((rows[1].0, rows[1].1, rows[1].2[0]), (2, false, None));
    assert_eq!(table.len(), 2);
    // The absent one is taken to say the mean of those present.
    let inputs = table.inputs(0..2);
    assert_eq!(inputs.inputs[2], inputs.inputs[3]);
    assert_eq!(inputs.outcomes, [true, false]);
}

#[test]
fn members_that_do_not_fit_together_are_refused() {
    assert_eq!(Table::join(&[]), Err(TableError::NoMember));
    let a = out_of_fold("a", &[true, false], &[P; 2]);
    assert_eq!(Table::join(&[a.clone(), a.clone()]), Err(TableError::Twice { member: "a".into() }));
    let other = out_of_fold("b", &[true, true], &[P; 2]);
    let fault = Table::join(&[a.clone(), other]).unwrap_err();
    assert_eq!(fault.to_string(), "b and a hold different outcomes of the forecast made at 1970-01-01T02:00:00Z");
    let longer: Vec<HeldOut> = a.rows().iter().map(|row| HeldOut { known_at: row.known_at.plus(1), ..*row }).collect();
    let folds = [crate::domain::Fold { trained: Vec::new(), embargo_seconds: 0 }];
    let longer = OutOfFold::certify("c", &folds, longer).unwrap();
    assert!(matches!(Table::join(&[a, longer]), Err(TableError::Conflict { .. })), "another horizon");
}
