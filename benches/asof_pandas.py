#!/usr/bin/env python3
"""What `asof.rs` beside it does, with pandas: ten series onto five years of hours.

A plain script as one would write it: `merge_asof` on `known_at` for each series, with ages and a
staleness limit. Of each series only what does not step back in `ts` may be joined, or a late
revision of an old value would hide a newer one. Needs pandas; prints the best and the median of
several rounds in milliseconds, by the clock and of processor time (the machine may be busy).

    python benches/asof_pandas.py
"""

import statistics
import time

import numpy as np
import pandas as pd

HOUR, ROWS, SERIES, START, ROUNDS = 3_600, 43_800, 10, 1_577_836_800, 15
MAX_AGE = 6 * HOUR


def observations(series: int) -> pd.DataFrame:
    row = np.arange(ROWS)
    ts = START + row * HOUR
    known_at = ts + (row * 7_919 + series * 104_729) % 300
    value = np.sin(row * 0.01 + series)
    frame = pd.DataFrame({"ts": ts, "known_at": known_at, "value": value})
    late = frame[(row + series) % 50 == 0].assign(
        known_at=lambda x: x.known_at + 24 * HOUR, value=lambda x: x.value + 0.1
    )
    return pd.concat([frame, late]).sort_values("known_at", kind="stable").reset_index(drop=True)


def join(grid: pd.DataFrame, frames: list[pd.DataFrame]) -> list[pd.DataFrame]:
    columns = []
    for frame in frames:
        latest = frame[frame["ts"] >= frame["ts"].cummax()]
        seen = pd.merge_asof(grid, latest, left_on="t", right_on="known_at")
        seen["age"] = seen["t"] - seen["ts"]
        seen["known_for"] = seen["t"] - seen["known_at"]
        seen["value"] = seen["value"].where(seen["age"] <= MAX_AGE)
        columns.append(seen[["value", "age", "known_for"]])
    return columns


def main() -> None:
    grid = pd.DataFrame({"t": START + np.arange(ROWS) * HOUR + 150})
    frames = [observations(series) for series in range(SERIES)]
    wall, cpu = [], []
    for _ in range(ROUNDS):
        start, busy = time.perf_counter(), time.process_time()
        columns = join(grid, frames)
        wall.append((time.perf_counter() - start) * 1e3)
        cpu.append((time.process_time() - busy) * 1e3)
    total = sum(float(column["value"].sum()) for column in columns)
    for name, rounds in (("clock", wall), ("processor", cpu)):
        print(f"{name}: best {min(rounds):.1f} ms, median {statistics.median(rounds):.1f} ms")
    print(f"pandas {pd.__version__}, sum of all values {total:.6f}")


if __name__ == "__main__":
    main()
