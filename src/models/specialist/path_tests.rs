use super::*;
use crate::{
    domain::Ahead,
    models::{
        learn::{Matrix, Ridge as Regression},
        specialist::{Season, ridge::RidgePlan},
    },
    units::Timestamp,
};

const ROWS: usize = 600;
const LEVEL: usize = 3;
const DEVIATION: usize = 2;
/// What the regression and the trees read: how far the coming path goes against the level.
const TOLD: usize = 4;

fn draw(row: usize, of: f64) -> f64 {
    ((row as f64 * of).sin() * 43_758.545_3).rem_euclid(1.0) - 0.5
}

/// Two closes stay. How far prices move as such is `level`, which all but the ratios follow.
fn rows(level: f64) -> Rows {
    let told = |row| draw(row, 1.7);
    let column = |of: &dyn Fn(usize) -> f64| (0..ROWS).map(of).collect::<Vec<f64>>();
    let columns = [
        column(&|row| 3.0 * draw(row, 2.3)),
        column(&|row| 3.0 * draw(row, 3.1)),
        column(&|row| level + draw(row, 4.7)),
        column(&|_| level),
        column(&told),
        column(&|row| (row % 24) as f64),
        column(&|row| (row / 24 % 7) as f64),
    ];
    let ahead = |row: usize| {
        let (log_path, lean) = (level + 1.0 + told(row) + 0.4 * draw(row, 5.9), 4.0 * draw(row, 7.3));
        let (first, second) = (columns[0][row], columns[1][row]);
        let size = (log_path - columns[DEVIATION][row]).exp();
        let sum = first + second;
        let then = first * first + second * second - sum * sum / 20.0 + size * size - sum * lean * size / 10.0;
        Ahead { answers: [None, Some(then > 19.0), None], log_path, lean, ..Ahead::NOTHING }
    };
    let at = |row: usize| Timestamp(1_600_002_000 + 3_600 * row as u64);
    Rows {
        made_at: (0..ROWS).map(at).collect(),
        known_at: (4..ROWS + 4).map(at).collect(),
        ahead: (0..ROWS).map(ahead).collect(),
        x: Matrix::new(ROWS, columns.len(), columns.concat()).unwrap(),
    }
}

fn plan() -> PathPlan {
    PathPlan {
        closes: Columns(vec![0, 1]),
        deviation: DEVIATION as u16,
        level: LEVEL as u16,
        scale: RidgePlan {
            columns: Columns(vec![TOLD as u16]),
            season: Season { hour: 5, weekday: 6 },
            ridge: Regression { l2: 1.0, clip: 4.0 },
        },
        columns: Columns(vec![TOLD as u16]),
        correction: Boosting { trees: 5, min_leaf: 20, ..Boosting::default() },
    }
}

fn grown(rows: &Rows) -> Path {
    plan().grow(Target::Volatility, rows, &(0..ROWS as u32).collect::<Vec<_>>(), 1).unwrap()
}

fn row(rows: &Rows, number: usize) -> Vec<f64> {
    let mut row = vec![0.0; rows.x.width()];
    rows.x.copy_row(number, &mut row);
    row
}

#[test]
fn a_path_that_was_seen_decides() {
    let (closes, columns) = (Columns(vec![0, 1]), [1.0, -2.0, 0.0, 0.0]);
    // 5 less a 20th stays; a path of size 3 that leans by 4 adds 9 and 1.2 more, or less.
    let says = |size: f64, lean: f64, expected: f64| {
        let formula = Formula { closes: closes.clone(), deviation: 2, level: 3, seen: vec![Seen { size, lean }] };
        formula.stage(&columns, expected).unwrap().log_odds
    };
    assert!(says(3.0, 4.0, 0.0) < 0.0, "15.15 at most");
    assert!(says(4.0, 4.0, 0.0) > 0.0, "19.35 at least");
    assert!(says(3.7, 4.0, 0.0).abs() < 1e-12, "more one way and less the other");
    assert!(says(3.0, 0.0, 1.5f64.ln()) > 0.0, "of a forecast half as large again");
}

#[test]
fn what_prices_do_as_such_does_not_matter() {
    let (calm, wild) = (rows(-6.0), rows(-4.0));
    let (path, mut scratch) = (grown(&calm), Vec::new());
    let mut said = Vec::new();
    for number in 0..ROWS {
        let [here, there] = [&calm, &wild].map(|rows| path.log_odds(&row(rows, number), &mut scratch).unwrap());
        assert!((here - there).abs() < 1e-9, "row {number}: {here} and {there}");
        said.push((here, calm.ahead[number].answer(Target::Volatility) == Some(true)));
    }
    let right = said.iter().filter(|(log_odds, answer)| (*log_odds > 0.0) == *answer).count();
    assert!(right > ROWS * 8 / 10, "{right} of {ROWS}");
}

#[test]
fn contributions_sum_to_what_is_said_but_for_what_all_rows_share() {
    let rows = rows(-6.0);
    let (path, mut scratch) = (grown(&rows), Vec::new());
    let mut rest = |number| {
        let row = row(&rows, number);
        let mut parts = vec![0.0; row.len()];
        path.contributions(&row, &mut parts).unwrap();
        path.log_odds(&row, &mut scratch).unwrap() - parts.iter().sum::<f64>()
    };
    let first = rest(0);
    assert!((1..ROWS).all(|number| (rest(number) - first).abs() < 1e-9));
}

#[test]
fn of_a_row_without_its_window_nothing_is_said() {
    let rows = rows(-6.0);
    let path = grown(&rows);
    for column in [0, DEVIATION, LEVEL] {
        let mut row = row(&rows, 3);
        row[column] = f64::NAN;
        assert_eq!(path.log_odds(&row, &mut Vec::new()), Err(ScoreError::Window));
    }
}

#[test]
fn refuses_what_was_never_grown() {
    let (path, width) = (grown(&rows(-6.0)), 7);
    path.validate(width).unwrap();
    let damages: [fn(&mut Path); 4] = [
        |path| path.formula.seen.clear(),
        |path| path.formula.seen[0].size = f64::NAN,
        |path| path.formula.seen[0].lean = f64::INFINITY,
        |path| path.formula.level = 7,
    ];
    assert!(path.correction.validate(width, INPUTS + 1).is_err());
    for damage in damages {
        let mut damaged = path.clone();
        damage(&mut damaged);
        assert!(damaged.validate(width).is_err());
    }
}
