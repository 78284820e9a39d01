"""Compares a table that `shoal indicators` wrote with Python's TA-Lib over the same candles.

    python compare.py candles.csv.gz indicators.csv.gz

Prints the columns that differ by more than one part in a billion, and the largest difference.
"""

import csv
import gzip
import sys

import numpy as np

from calls import calls

NEAR_ZERO = 1e-12


def read(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rt") as file:
        rows = csv.reader(file)
        header = next(rows)
        numbers = np.array([[float(field) if field else np.nan for field in row] for row in rows])
    return {name: np.ascontiguousarray(numbers[:, index]) for index, name in enumerate(header)}


candles, ours = read(sys.argv[1]), read(sys.argv[2])
assert (candles["ts"] == ours["ts"]).all(), "not the same bars"
worst, compared, wrong = (0.0, ""), 0, []
for names, call in calls(*(candles[name] for name in ("open", "high", "low", "close", "volume"))):
    values = call()
    for name, theirs in zip(names, values if isinstance(values, tuple) else (values,)):
        whole = np.issubdtype(theirs.dtype, np.integer)
        theirs, mine = theirs.astype(float), ours[name]
        both = np.isfinite(theirs) & np.isfinite(mine)
        # TA-Lib writes zeros where a whole number is missing.
        lone = (np.isfinite(theirs) != np.isfinite(mine)) & ~(whole & (theirs == 0))
        away = abs(theirs[both] - mine[both])
        allowed = np.maximum(abs(theirs[both]), NEAR_ZERO / 1e-9 * abs(mine[both]).mean())
        apart = np.divide(away, allowed, out=np.zeros_like(away), where=allowed > 0)
        largest = apart.max()
        compared += int(both.sum())
        worst = max(worst, (largest, name))
        if largest > 1e-9 or lone.any():
            wrong.append(
                f"{name}: {largest:.2e}, {int((apart > 1e-9).sum())} bars above 1e-9,"
                f" {int(lone.sum())} present on one side alone"
            )
print(f"{compared} values; the largest relative difference is {worst[0]:.2e} in {worst[1]}")
print("\n".join(wrong) or "all agree to one part in a billion")
sys.exit(bool(wrong))
