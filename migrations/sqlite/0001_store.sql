-- The store of data: series of numbers, posts and logs, each row with the second from which it
-- could be known. A row is never changed; a revision stands beside the row that it revises.
-- Times are unix seconds UTC. The PostgreSQL schema is the same but for the names of types.

CREATE TABLE candle_series (
    id        INTEGER PRIMARY KEY,
    venue     TEXT NOT NULL,
    symbol    TEXT NOT NULL,
    timeframe TEXT NOT NULL,
    UNIQUE (venue, symbol, timeframe)
) STRICT;

CREATE TABLE candles (
    series   INTEGER NOT NULL,
    ts       INTEGER NOT NULL,
    known_at INTEGER NOT NULL,
    open     REAL NOT NULL,
    high     REAL NOT NULL,
    low      REAL NOT NULL,
    close    REAL NOT NULL,
    volume   REAL NOT NULL,
    PRIMARY KEY (series, ts, known_at)
) STRICT, WITHOUT ROWID;

CREATE TABLE observation_series (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE observations (
    series   INTEGER NOT NULL,
    ts       INTEGER NOT NULL,
    known_at INTEGER NOT NULL,
    value    REAL NOT NULL,
    PRIMARY KEY (series, ts, known_at)
) STRICT, WITHOUT ROWID;

CREATE TABLE posts (
    source    TEXT NOT NULL,
    id        TEXT NOT NULL,
    known_at  INTEGER NOT NULL,
    published INTEGER NOT NULL,
    author    TEXT,
    link      TEXT,
    text      TEXT NOT NULL,
    PRIMARY KEY (source, id, known_at)
) STRICT, WITHOUT ROWID;

CREATE INDEX posts_by_time ON posts (known_at);

-- Hashes and addresses as bytes; the topics one after another, 32 bytes each. A log that came from
-- a file has no `block_hash`.
CREATE TABLE logs (
    chain            INTEGER NOT NULL,
    pool             BLOB NOT NULL,
    block            INTEGER NOT NULL,
    log_index        INTEGER NOT NULL,
    ts               INTEGER NOT NULL,
    block_hash       BLOB,
    transaction_hash BLOB NOT NULL,
    topics           BLOB NOT NULL,
    data             BLOB NOT NULL,
    PRIMARY KEY (chain, pool, block, log_index)
) STRICT, WITHOUT ROWID;

-- The blocks, both ends included, of which every log of the pool is in `logs`. Ranges of a pool
-- neither overlap nor touch.
CREATE TABLE scanned (
    chain       INTEGER NOT NULL,
    pool        BLOB NOT NULL,
    first_block INTEGER NOT NULL,
    last_block  INTEGER NOT NULL,
    PRIMARY KEY (chain, pool, first_block)
) STRICT, WITHOUT ROWID;

-- Where each fetch goes on, committed with the rows it speaks of.
CREATE TABLE cursors (
    name     TEXT PRIMARY KEY,
    position TEXT NOT NULL
) STRICT, WITHOUT ROWID;
