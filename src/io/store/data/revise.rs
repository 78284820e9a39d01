//! What of the rows that came is news.

use super::{Fault, Written, seconds};
use crate::units::Timestamp;

/// A value of `key`, known from `known_at` on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Revision<K, V> {
    pub(super) key: K,
    pub(super) known_at: i64,
    pub(super) value: V,
}

/// A value that differs from what is stored without being known later.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Clash<K> {
    pub(super) key: K,
    pub(super) stored: i64,
    pub(super) incoming: i64,
}

/// The rows to add, and the count of all.
type News<K, V> = (Vec<Revision<K, V>>, Written);

/// The rows of `incoming` to add to `stored`, which holds every row of their keys and is sorted
/// by key and `known_at`.
///
/// A row says nothing new where its value is the one that stood at its `known_at`, or came to
/// stand later: then the stored `known_at` stands. A value that differs from all of these is a
/// revision where it is known after all that is stored of its key, and else a clash: what was
/// lived through is not rewritten.
///
/// # Errors
/// The first clash; then nothing should be stored.
pub(super) fn news<K, V>(
    mut stored: &[Revision<K, V>],
    mut incoming: Vec<Revision<K, V>>,
) -> Result<News<K, V>, Clash<K>>
where
    K: Ord + Clone,
    V: PartialEq,
{
    incoming.sort_by(|a, b| (&a.key, a.known_at).cmp(&(&b.key, b.known_at)));
    // A source that contradicts itself: neither value came after the other.
    let twice = incoming.windows(2).find(|pair| {
        (&pair[0].key, pair[0].known_at) == (&pair[1].key, pair[1].known_at) && pair[0].value != pair[1].value
    });
    if let Some([row, _]) = twice {
        return Err(Clash { key: row.key.clone(), stored: row.known_at, incoming: row.known_at });
    }
    let mut written = Written::default();
    let mut added: Vec<Revision<K, V>> = Vec::with_capacity(incoming.len());
    for row in incoming {
        while let [first, rest @ ..] = stored
            && first.key < row.key
        {
            stored = rest;
        }
        let before = stored.iter().take_while(|other| other.key == row.key);
        let history = before.chain(added.iter().rev().take_while(|other| other.key == row.key));
        let mut newest = None;
        let mut standing: Option<&Revision<K, V>> = None;
        let mut stands_later = false;
        for other in history {
            newest = newest.max(Some(other.known_at));
            if other.known_at <= row.known_at && standing.is_none_or(|known| known.known_at <= other.known_at) {
                standing = Some(other);
            }
            stands_later |= other.known_at >= row.known_at && other.value == row.value;
        }
        match newest {
            None => written.new += 1,
            Some(_) if stands_later || standing.is_some_and(|known| known.value == row.value) => {
                written.same += 1;
                continue;
            }
            Some(newest) if newest < row.known_at => written.revised += 1,
            Some(stored) => return Err(Clash { key: row.key, stored, incoming: row.known_at }),
        }
        added.push(row);
    }
    Ok((added, written))
}

/// How a row is taken that differs from the newest stored one of its key.
#[derive(Clone, Copy, Debug)]
pub(super) enum Differing {
    /// As history: it must be known after all that is stored ([`news`]).
    MustBeLater,
    /// As what is said now, at this second ([`current`]).
    KnownFrom(i64),
}

impl Differing {
    /// Of what is said at `now`; of history where that is `None`.
    pub(super) fn at(now: Option<Timestamp>) -> Result<Self, Fault> {
        let from = |now| Ok(Self::KnownFrom(seconds(|| "now".to_owned(), now)?));
        now.map_or(Ok(Self::MustBeLater), from)
    }

    /// # Errors
    /// The first clash; then nothing should be stored.
    pub(super) fn news<K: Ord + Clone, V: PartialEq>(
        self,
        stored: &[Revision<K, V>],
        incoming: Vec<Revision<K, V>>,
    ) -> Result<News<K, V>, Clash<K>> {
        match self {
            Self::MustBeLater => news(stored, incoming),
            Self::KnownFrom(now) => current(stored, incoming, now),
        }
    }
}

/// The rows to add to `stored`, sorted as for [`news`], so that what stands is `incoming`: what a
/// source or a derivation says at `now`, one value a key.
///
/// A row says nothing new where its value is the newest stored one. One that differs, be it as an
/// earlier one was, is a revision, known from `now` on: never before its own `known_at`, and
/// always after what is stored, also where a clock was set back.
///
/// # Errors
/// A key with two values: neither came after the other.
pub(super) fn current<K, V>(
    mut stored: &[Revision<K, V>],
    mut incoming: Vec<Revision<K, V>>,
    now: i64,
) -> Result<News<K, V>, Clash<K>>
where
    K: Ord + Clone,
    V: PartialEq,
{
    incoming.sort_by(|a, b| (&a.key, a.known_at).cmp(&(&b.key, b.known_at)));
    if let Some([a, b]) = incoming.windows(2).find(|pair| pair[0].key == pair[1].key && pair[0].value != pair[1].value)
    {
        return Err(Clash { key: a.key.clone(), stored: a.known_at, incoming: b.known_at });
    }
    incoming.dedup_by(|b, a| a.key == b.key);
    let mut written = Written::default();
    let mut added = Vec::new();
    for row in incoming {
        let before = stored.partition_point(|held| held.key < row.key);
        stored = &stored[before..];
        match stored.iter().take_while(|held| held.key == row.key).last() {
            None => {
                written.new += 1;
                added.push(row);
            }
            Some(held) if held.value == row.value => written.same += 1,
            Some(held) => {
                written.revised += 1;
                let known_at = row.known_at.max(now).max(held.known_at.saturating_add(1));
                added.push(Revision { known_at, ..row });
            }
        }
    }
    Ok((added, written))
}

/// Of each key the newest row; `rows` are sorted by key and `known_at`.
pub(super) fn newest<K: PartialEq, V>(rows: Vec<Revision<K, V>>) -> Vec<Revision<K, V>> {
    let mut kept: Vec<Revision<K, V>> = Vec::with_capacity(rows.len());
    for row in rows {
        match kept.last_mut() {
            Some(last) if last.key == row.key => *last = row,
            _ => kept.push(row),
        }
    }
    kept
}

#[cfg(test)]
mod tests;
