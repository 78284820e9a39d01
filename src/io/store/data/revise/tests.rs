use proptest::prelude::*;

use super::*;

fn row(key: i64, known_at: i64, value: i64) -> Revision<i64, i64> {
    Revision { key, known_at, value }
}

#[test]
fn a_revision_is_known_later_and_anything_else_clashes() {
    let stored = [row(1, 10, 5), row(1, 20, 6)];
    let put =
        |known_at, value| news(&stored, vec![row(1, known_at, value)]).map(|(added, written)| (added.len(), written));
    let same = Ok((0, Written { same: 1, ..Written::default() }));
    let revised = Ok((1, Written { revised: 1, ..Written::default() }));
    let clash = |incoming| Err(Clash { key: 1, stored: 20, incoming });
    // What stood then, or came to stand.
    assert_eq!([put(10, 5), put(15, 5), put(20, 6), put(99, 6), put(15, 6), put(1, 6), put(1, 5)], [same; 7]);
    assert_eq!([put(21, 5), put(21, 7)], [revised, revised]);
    assert_eq!([put(20, 5), put(20, 7), put(15, 7), put(1, 7)], [clash(20), clash(20), clash(15), clash(1)]);
    // Two values at once, whatever the order.
    assert!(news(&[], vec![row(1, 10, 5), row(1, 10, 6)]).is_err());
}

fn rows() -> impl Strategy<Value = Vec<Revision<i64, i64>>> {
    prop::collection::vec((0i64..4, 0i64..6, 0i64..3), 0..12)
        .prop_map(|rows| rows.into_iter().map(|(key, known_at, value)| row(key, known_at, value)).collect())
}

/// The value of `key` as known at `at`.
fn as_of(rows: &[Revision<i64, i64>], key: i64, at: i64) -> Option<i64> {
    let known = rows.iter().filter(|row| row.key == key && row.known_at <= at);
    known.max_by_key(|row| row.known_at).map(|row| row.value)
}

proptest! {
    /// However rows come, what was known at a time stays what was known, a repeat adds nothing,
    /// and every row that came is told.
    #[test]
    fn the_past_is_never_rewritten(batches in prop::collection::vec(rows(), 1..6)) {
        let mut stored: Vec<Revision<i64, i64>> = Vec::new();
        for batch in batches {
            let Ok((added, written)) = news(&stored, batch.clone()) else { continue };
            prop_assert_eq!(written.new + written.same + written.revised, batch.len() as u64);
            prop_assert_eq!(written.new + written.revised, added.len() as u64);
            let before = stored.clone();
            stored.extend(added);
            stored.sort_by_key(|row| (row.key, row.known_at));
            prop_assert!(stored.windows(2).all(|pair| (pair[0].key, pair[0].known_at) < (pair[1].key, pair[1].known_at)));
            for old in &before {
                prop_assert_eq!(as_of(&stored, old.key, old.known_at), Some(old.value));
            }
            for row in &batch {
                // It is known by then, or what it says came to stand later.
                let later = stored.iter().any(|other| other.key == row.key && other.known_at >= row.known_at && other.value == row.value);
                prop_assert!(later || as_of(&stored, row.key, row.known_at) == Some(row.value));
            }
            let again = news(&stored, batch.clone());
            let same = Written { same: batch.len() as u64, ..Written::default() };
            prop_assert_eq!(again, Ok((Vec::new(), same)));
        }
    }
}
