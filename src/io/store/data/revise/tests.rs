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

#[test]
fn what_is_said_now_is_a_revision_wherever_it_differs() {
    let stored = [row(1, 10, 5), row(1, 20, 6), row(2, 10, 5)];
    let put = |key, known_at, value, now| {
        current(&stored, vec![row(key, known_at, value)], now).map(|(added, _)| added.first().map(|row| row.known_at))
    };
    assert_eq!([put(1, 10, 6, 99), put(1, 99, 6, 99), put(2, 10, 5, 99)], [Ok(None), Ok(None), Ok(None)]);
    // Back to what it was.
    assert_eq!(put(1, 10, 5, 99), Ok(Some(99)));
    // New; and never known before its own time, nor before what it revises.
    assert_eq!([put(3, 10, 5, 99), put(1, 120, 7, 99), put(1, 10, 7, 15)], [Ok(Some(10)), Ok(Some(120)), Ok(Some(21))]);
    let twice = current(&stored, vec![row(1, 10, 7), row(1, 20, 8)], 99);
    assert_eq!(twice, Err(Clash { key: 1, stored: 10, incoming: 20 }));
    assert_eq!(current(&[], vec![row(1, 10, 7), row(1, 20, 7)], 99).unwrap().0, [row(1, 10, 7)]);
}

proptest! {
    /// Against a plain list of what was said when: as of each second it stands as it was said
    /// last by then, and saying it again adds nothing.
    #[test]
    fn what_stands_is_what_was_said_last(
        said in prop::collection::vec((0i64..3, prop::collection::btree_map(0i64..4, 0i64..3, 1..4)), 1..12),
    ) {
        let mut stored: Vec<Revision<i64, i64>> = Vec::new();
        let mut model: Vec<(i64, i64, i64)> = Vec::new();
        let mut now = 100;
        for (later, values) in said {
            now += later;
            let batch: Vec<_> = values.iter().map(|(key, value)| row(*key, *key, *value)).collect();
            let (added, written) = current(&stored, batch.clone(), now).unwrap();
            prop_assert_eq!(written.new + written.same + written.revised, batch.len() as u64);
            stored.extend(added);
            stored.sort_by_key(|row| (row.key, row.known_at));
            for (key, value) in values {
                let newest = model.iter().rev().find(|(known, ..)| *known == key).copied();
                match newest {
                    None => model.push((key, key, value)),
                    Some((_, at, old)) if old != value => model.push((key, now.max(at + 1), value)),
                    Some(_) => {}
                }
            }
            let (_, again) = current(&stored, batch.clone(), now + 1).unwrap();
            prop_assert_eq!(again, Written { same: batch.len() as u64, ..Written::default() });
        }
        for key in 0..4 {
            for at in 0..now + 20 {
                let known = model.iter().rfind(|(of, known_at, _)| *of == key && *known_at <= at);
                prop_assert_eq!(as_of(&stored, key, at), known.map(|known| known.2));
            }
        }
    }
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
