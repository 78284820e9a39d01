-- The store of data: series of numbers, posts and logs, each row with the second from which it
-- could be known. A row is never changed; a revision stands beside the row that it revises.
-- Times are unix seconds UTC. The SQLite schema is the same but for the names of types.

CREATE TABLE candle_series (
    id        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    venue     TEXT NOT NULL,
    symbol    TEXT NOT NULL,
    timeframe TEXT NOT NULL,
    UNIQUE (venue, symbol, timeframe)
);

CREATE TABLE candles (
    series   BIGINT NOT NULL,
    ts       BIGINT NOT NULL,
    known_at BIGINT NOT NULL,
    open     DOUBLE PRECISION NOT NULL,
    high     DOUBLE PRECISION NOT NULL,
    low      DOUBLE PRECISION NOT NULL,
    close    DOUBLE PRECISION NOT NULL,
    volume   DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (series, ts, known_at)
);

CREATE TABLE observation_series (
    id   BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);

CREATE TABLE observations (
    series   BIGINT NOT NULL,
    ts       BIGINT NOT NULL,
    known_at BIGINT NOT NULL,
    value    DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (series, ts, known_at)
);

CREATE TABLE posts (
    source    TEXT NOT NULL,
    id        TEXT NOT NULL,
    known_at  BIGINT NOT NULL,
    published BIGINT NOT NULL,
    author    TEXT,
    link      TEXT,
    text      TEXT NOT NULL,
    PRIMARY KEY (source, id, known_at)
);

CREATE INDEX posts_by_time ON posts (known_at);

-- Hashes and addresses as bytes; the topics one after another, 32 bytes each. A log that came from
-- a file has no `block_hash`.
CREATE TABLE logs (
    chain            BIGINT NOT NULL,
    pool             BYTEA NOT NULL,
    block            BIGINT NOT NULL,
    log_index        BIGINT NOT NULL,
    ts               BIGINT NOT NULL,
    block_hash       BYTEA,
    transaction_hash BYTEA NOT NULL,
    topics           BYTEA NOT NULL,
    data             BYTEA NOT NULL,
    PRIMARY KEY (chain, pool, block, log_index)
);

-- The blocks, both ends included, of which every log of the pool is in `logs`. Ranges of a pool
-- neither overlap nor touch.
CREATE TABLE scanned (
    chain       BIGINT NOT NULL,
    pool        BYTEA NOT NULL,
    first_block BIGINT NOT NULL,
    last_block  BIGINT NOT NULL,
    PRIMARY KEY (chain, pool, first_block)
);

-- Where each fetch goes on, committed with the rows it speaks of.
CREATE TABLE cursors (
    name     TEXT PRIMARY KEY,
    position TEXT NOT NULL
);
