"""The same import as `shoal data import`, as a plain pandas script does it.

    python benches/import_pandas.py DATA_FOLDER STORE.sqlite

Reads every candles/<venue>/<SYMBOL>_<timeframe>.csv[.gz] and inserts what is new into a SQLite
file with the same table, key and durability. Nothing is checked.
"""

import pathlib
import sqlite3
import sys
import time

import pandas

SECONDS = {"1m": 60, "5m": 300, "15m": 900, "1h": 3_600, "4h": 14_400, "1d": 86_400}
COLUMNS = ["ts", "open", "high", "low", "close", "volume"]


def main(data: str, store: str) -> None:
    began = time.perf_counter()
    connection = sqlite3.connect(store)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(
        "CREATE TABLE IF NOT EXISTS candles (series INTEGER NOT NULL, ts INTEGER NOT NULL,"
        " known_at INTEGER NOT NULL, open REAL NOT NULL, high REAL NOT NULL, low REAL NOT NULL,"
        " close REAL NOT NULL, volume REAL NOT NULL, PRIMARY KEY (series, ts, known_at)) WITHOUT ROWID"
    )
    rows = 0
    files = sorted(pathlib.Path(data, "candles").glob("*/*.csv*"))
    for series, path in enumerate(files, start=1):
        frame = pandas.read_csv(path, usecols=COLUMNS)[COLUMNS]
        frame.insert(0, "series", series)
        frame.insert(2, "known_at", frame["ts"] + SECONDS[path.name.split(".")[0].rsplit("_", 1)[1]])
        with connection:
            connection.executemany(
                "INSERT OR IGNORE INTO candles VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                frame.itertuples(index=False, name=None),
            )
        rows += len(frame)
    connection.close()
    seconds = time.perf_counter() - began
    print(f"{rows} rows of {len(files)} files in {seconds:.2f} s, {rows / seconds:.0f} a second")


if __name__ == "__main__":
    main(*sys.argv[1:])
