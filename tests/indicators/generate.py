"""Writes golden.csv: made-up candles and what Python's TA-Lib says of them.

    python3 -m venv venv && venv/bin/pip install TA-Lib==0.8.2 numpy
    venv/bin/python generate.py > golden.csv

The candles come from a formula (a linear congruential generator on a coarse grid of prices, so
that bars touch and repeat each other), not from a market. They hold flat stretches, hours without
trades, jumps and dojis, and at their end stretches in which the rarer candle patterns fire. The
field `patterns` names those of the bar; numbers are told of every fifth bar of the first 480, to
13 digits. The line `first` says from which bar on each column has values. What `ta` computes is
written here anew from the definitions.
"""

import sys
from collections import deque

import numpy as np
import talib
from talib import abstract

from calls import PATTERNS, calls

START, STEP = 1_600_002_000, 3_600
MAIN, STRETCH, TOLD, EVERY, TICK = 420, 28, 480, 5, 2.5


# Open, high, low and close of bars in which a pattern ends that chance would not find.
CRAFTED = {
    "2crows": [(0, 14, 0, 14), (18, 19, 16, 16), (17, 17, 8, 8)],
    "3blackcrows": [(0, 7, -1, 6), (5, 5, -3, -3), (0, 0, -8, -8), (-5, -5, -14, -14)],
    "3starsinsouth": [(0, 0, -20, -8), (-5, -4, -16, -9), (-8, -8, -9, -9)],
    "concealbabyswall": [(0, 0, -8, -8), (-8, -8, -16, -16), (-20, -14, -22, -22), (-12, -12, -26, -26)],
    "kicking, kickingbylength": [(0, 0, -12, -12), (4, 16, 4, 16)],
    "mathold": [(0, 20, 0, 20), (23, 24, 22, 22), (21, 21, 19, 19), (20, 20, 18, 18), (19, 30, 19, 30)],
}


class Chance:
    """Knuth's 64-bit linear congruential generator."""

    def __init__(self, seed):
        self.state = seed

    def uniform(self):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) / 2**31


def walk(seed, bars, close, tick):
    """Bars on a grid of `tick`, some of them odd."""
    chance = Chance(seed)
    chance.uniform()
    rows = []
    for bar in range(bars):
        odd, shape = chance.uniform(), chance.uniform()
        opened = close
        if odd < 0.25:  # a gap
            opened += tick * round(14 * (chance.uniform() - 0.5))
        body = round((4 if shape < 0.6 else 16) * (chance.uniform() - 0.5))
        if 0.25 < odd < 0.33:  # a doji
            body = 0
        close = max(opened + tick * body, 40 * tick)
        opened = max(opened, 40 * tick)
        long_up, long_down = chance.uniform() < 0.2, chance.uniform() < 0.2
        up = round(chance.uniform() * (12 if long_up else 1.4))
        down = round(chance.uniform() * (12 if long_down else 1.4))
        high, low = max(opened, close) + tick * up, min(opened, close) - tick * down
        volume = round(100 * chance.uniform(), 3)
        rows.append([opened, high, low, close, volume])
    return rows


def main_stretch():
    rows = walk(20201015, MAIN, 1800.0, TICK)
    for bar in [*range(150, 154), *range(260, 290)]:  # nothing is traded
        rows[bar] = [rows[149 if bar < 200 else 259][3]] * 4 + [0.0]
    for bar in range(330, 350):  # one price, but traded
        rows[bar] = [rows[329][3]] * 4 + [12.5 + bar]
    for row in rows[380:]:  # a crash by a third
        row[:4] = [price * 0.6875 for price in row[:4]]
    return rows


def crafted(close, shape):
    """Quiet bars, then those of `shape`."""
    quiet = [(0, 3, -1, 2), (2, 3, -1, 0)] * 7
    bars = [(*(close + TICK * price for price in bar), 10.0 + at) for at, bar in enumerate(quiet + shape)]
    return [list(bar) for bar in bars]


def fired(rows):
    """The candle patterns of these bars."""
    table = np.array(rows)
    return {names[0] for names, call in calls(*table.T) if names[0].startswith("cdl_") and call().any()}


def candles():
    """The main stretch, the crafted ones, then each in which a pattern fires that had not yet."""
    rows = main_stretch()
    for shape in CRAFTED.values():
        rows += crafted(rows[-1][3], shape)
    have = fired(rows)
    for seed in range(1, 6_000):
        if len(have) == len(PATTERNS):
            break
        more = walk(seed * 7919, STRETCH, rows[-1][3], TICK)
        if fired(more) - have:
            now = fired(rows + more)
            if now - have:
                rows, have = rows + more, now
    assert len(have) == len(PATTERNS), {"cdl_" + name for name in PATTERNS} - have
    print(f"{len(rows)} bars, {len(have)} patterns", file=sys.stderr)
    return np.array(rows)


def ema(values, period):
    out, weight = [values[0]], 2 / (period + 1)
    for value in values[1:]:
        out.append(weight * value + (1 - weight) * out[-1])
    return np.array(out)


def beyond(h, l, c):
    """Chandelier exit (22, 3), Keltner channel (20, 2) and efficiency ratio (14)."""
    before = np.concatenate([[c[0]], c[:-1]])
    ranges = np.maximum(h - l, np.maximum(abs(h - before), abs(l - before)))
    ranges[0] = h[0] - l[0]
    highs, lows, long, short = deque(maxlen=22), deque(maxlen=22), [], []
    for high, low, atr in zip(h, l, ema(ranges, 22)):
        highs.append(high)
        lows.append(low)
        long.append(max(highs) - 3 * atr)
        short.append(min(lows) + 3 * atr)
    middle, wide = ema((h + l + c) / 3, 20), 2 * ema(ranges, 20)
    ratio = np.full(len(c), np.nan)
    for bar in range(14, len(c)):
        path = abs(np.diff(c[bar - 14:bar + 1])).sum()
        if path > 0:
            ratio[bar] = abs(c[bar] - c[bar - 14]) / path
    return {
        "chandelier_long_22": blank(np.array(long), 21), "chandelier_short_22": blank(np.array(short), 21),
        "keltner_upper_20": blank(middle + wide, 19), "keltner_middle_20": blank(middle, 19),
        "keltner_lower_20": blank(middle - wide, 19), "efficiency_ratio_14": ratio,
    }


def blank(values, bars):
    """TA-Lib writes zeros where a whole number is missing."""
    values = np.array(values, dtype=float)
    values[:bars] = np.nan
    return values


def table(o, h, l, c, v):
    columns = {}
    for names, call in calls(o, h, l, c, v):
        values = call()
        values = values if isinstance(values, tuple) else (values,)
        assert len(values) == len(names), names
        for name, column in zip(names, values):
            if np.issubdtype(column.dtype, np.integer):
                function = {"supertrend_side": "SUPERTREND", "ht_trendmode": "HT_TRENDMODE"}.get(
                    name, "CDL" + name[4:].upper())
                info = abstract.Function(function)
                if function == "SUPERTREND":
                    info.parameters = {"timeperiod": 10, "multiplier": 3.0}
                column = blank(column, info.lookback)
            columns[name] = column
    columns.update(beyond(h, l, c))
    upper, middle, lower = columns["bb_upper"], columns["bb_middle"], columns["bb_lower"]
    columns["bbw"] = (upper - lower) / middle * 100
    with np.errstate(invalid="ignore"):
        columns["percentb"] = np.where(upper == lower, 0.5, (c - lower) / (upper - lower))
    return columns


def main():
    rows = candles()
    columns = table(*rows.T)
    patterns = {name: column for name, column in columns.items() if name.startswith("cdl_")}
    numbers = {name: column for name, column in columns.items() if name not in patterns}
    first = {name: int(np.argmax(np.isfinite(column))) for name, column in columns.items()}
    library = talib.__ta_version__.decode().split()[0]
    print(f"# Python TA-Lib {talib.__version__}, its C library {library}; by generate.py")
    print(",".join(["ts", "open", "high", "low", "close", "volume", "patterns", *numbers]))
    told = " ".join(f"{name}:{first[name]}" for name in patterns)
    print(",".join(["first", "", "", "", "", "", told, *(str(first[name]) for name in numbers)]))
    for bar, row in enumerate(rows):
        signals = {name: column[bar] for name, column in patterns.items()}
        told = " ".join(f"{name}:{int(signal)}" for name, signal in signals.items() if abs(signal) > 0)
        fields = [str(START + STEP * bar), *(repr(float(number)) for number in row), told]
        if bar < TOLD and bar % EVERY == 0:
            fields += [f"{column[bar]:.13g}" if np.isfinite(column[bar]) else "" for column in numbers.values()]
        print(",".join(fields))


if __name__ == "__main__":
    main()
