//! The geometry of the deviation's window some bars ahead, on rows as the specialists get them.

use shoal::{domain::Target, features::sets::Sets, pipeline::forecaster};

use super::{BARS, Timeframe, WARM, at, frames};

/// What the closes that stay and the path that came say together is the answer, in every row.
#[test]
fn what_stays_and_what_comes_make_the_deviation() {
    let (frames, sets) = (frames(), Sets::new());
    let deviation = usize::from(sets.place("std20r"));
    for horizon in [2, 4, 18, 19, 20, 24] {
        let rows = forecaster::table(&frames, Timeframe::H1, horizon, at(WARM), at(BARS)).unwrap().rows;
        let staying = sets.staying(horizon);
        assert_eq!(staying.len(), 19usize.saturating_sub(horizon as usize));
        let mut agreed = [0, 0];
        for row in rows.answered(Target::Volatility) {
            let (ahead, row) = (&rows.ahead[row as usize], row as usize);
            let closes = staying.iter().map(|&column| rows.x.column(usize::from(column))[row]);
            let (sum, squares) =
                closes.fold((0.0, 0.0), |(sum, squares), close| (sum + close, squares + close * close));
            let size = (ahead.log_path.exp() - 1e-4) / rows.x.column(deviation)[row].exp();
            let kept = squares - sum * sum / 20.0;
            let then = kept + size * size - 2.0 * sum * ahead.lean * size / 20.0;
            let answer = ahead.answer(Target::Volatility) == Some(true);
            assert_eq!(then > 19.0, answer, "horizon {horizon}, row {row}: {then}");
            agreed[usize::from(answer)] += 1;
        }
        assert!(agreed.iter().all(|&rows| rows > 500), "{agreed:?}");
    }
}
