-- What was derived of which rows: the maker's own note of how far and by what rules, and which
-- rows of its topic came in since (seconds of `known_at`, or blocks, both ends included). A writer
-- of rows widens this in the same transaction, and counts that it did, so that nothing that came in
-- is ever missed.

CREATE TABLE derived (
    name         TEXT PRIMARY KEY,
    topic        TEXT NOT NULL,
    position     TEXT NOT NULL,
    changed_from INTEGER,
    changed_to   INTEGER,
    changes      INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
