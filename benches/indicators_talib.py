"""All indicators over 100,000 bars by Python's TA-Lib, which is C: what `cargo bench --bench
indicators` is held against (its `as_python`).

    python3 benches/indicators_talib.py

Installs TA-Lib with pip into a virtual environment in target/ the first time. The candles, the
functions and their parameters are the same as there; the columns are kept until all are done, as
there. Times are the fastest and the median of several runs, on the wall clock and of the processor.
"""

import os
import statistics
import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / "target" / "talib-venv"
BARS, RUNS = 100_000, 15


def inside():
    """Runs this file again by the interpreter of the virtual environment."""
    python = HOME / "bin" / "python"
    if not python.exists():
        venv.create(HOME, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "TA-Lib==0.8.2", "numpy"], check=True)
    os.execv(python, [str(python), *sys.argv])


if Path(sys.prefix) != HOME:
    inside()

import numpy as np  # noqa: E402
import talib  # noqa: E402

sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tests" / "indicators"))
from calls import calls  # noqa: E402


def candles():
    state, close, rows = 20201015, 1800.0, []

    def uniform():
        nonlocal state
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (state >> 33) / 2**31

    for _ in range(BARS):
        opened = close
        close = opened * (1.0 + 0.02 * (uniform() - 0.5))
        high = max(opened, close) * (1.0 + 0.005 * uniform())
        low = min(opened, close) * (1.0 - 0.005 * uniform())
        rows.append((opened, high, low, close, 100.0 * uniform()))
    return (np.ascontiguousarray(column) for column in np.array(rows).T)


functions = calls(*candles())
wall, processor, columns = [], [], 0
for _ in range(RUNS):
    began, used = time.perf_counter(), time.process_time()
    kept = [call() for _, call in functions]
    wall.append(time.perf_counter() - began)
    processor.append(time.process_time() - used)
    columns = sum(len(values) if isinstance(values, tuple) else 1 for values in kept)
for name, times in (("wall", wall), ("processor", processor)):
    fastest, median = (1e3 * take(times) for take in (min, statistics.median))
    print(f"TA-Lib {talib.__version__}: {columns} columns, {BARS} bars, {name}: {fastest:.0f} ms, median {median:.0f} ms")
