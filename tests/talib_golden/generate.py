"""Writes golden.csv: made-up candles and what Python's TA-Lib says of them.

    pip install TA-Lib==0.8.2 numpy && python generate.py > golden.csv

The candles come from a formula (sines and a linear congruential generator), not from a market,
and hold the odd bars on purpose: flat ones, tradeless ones, a jump of 30 %, dojis, hammers,
engulfing pairs.
"""

import math

import numpy as np
import talib

BARS, FIRST = 320, 199  # values are written from the 200th bar on


def candles():
    state, close, rows = 20201015, 1800.0, []

    def noise():
        nonlocal state
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (state >> 33) / 2**31 - 0.5

    for i in range(BARS):
        opened = close * (1.3 if i == 230 else 1.0)
        if i % 7 == 3:  # opens a little off the last close, so that a body can engulf both ends
            opened *= 1.0 + 0.004 * noise()
        move = 0.004 * math.sin(i / 17.0) + 0.02 * noise()
        close = opened * (1.0 + (0.0 if i % 11 == 0 else move))
        up, down = 0.006 * abs(noise()), 0.006 * abs(noise())
        if i % 13 == 0:  # hammer: a small body on top of a long shadow
            close, up, down = opened * 1.001, 0.00005, 0.02
        high, low = max(opened, close) * (1.0 + up), min(opened, close) * (1.0 - down)
        volume = 50.0 + 40.0 * math.cos(i / 5.0) + 30.0 * (noise() + 0.5)
        if i in (150, 151, 260, 261, 262):  # nothing traded
            opened = high = low = close = rows[-1][3]
            volume = 0.0
        row = [round(x, 6) for x in (opened, high, low, close, volume)]
        row[1], row[2] = max(row[:4]), min(row[:4])
        close = row[3]
        rows.append(row)
    return np.array(rows)


def indicators(o, h, l, c, v):
    k, d = talib.STOCH(h, l, c, 14, 3, 0, 3, 0)
    macd, signal, histogram = talib.MACD(c, 12, 26, 9)
    down14, up14 = talib.AROON(h, l, 14)
    down25, up25 = talib.AROON(h, l, 25)
    upper, middle, lower = talib.BBANDS(c, 20, 2.0, 2.0, 0)
    return {
        "sma_20": talib.SMA(c, 20), "sma_50": talib.SMA(c, 50), "sma_200": talib.SMA(c, 200),
        "ema_12": talib.EMA(c, 12), "ema_26": talib.EMA(c, 26), "rsi_14": talib.RSI(c, 14),
        "stoch_k": k, "stoch_d": d, "willr_14": talib.WILLR(h, l, c, 14),
        "macd": macd, "macd_signal": signal, "macd_histogram": histogram,
        "adx_14": talib.ADX(h, l, c, 14),
        "aroon_up_14": up14, "aroon_down_14": down14, "aroon_up_25": up25, "aroon_down_25": down25,
        "obv": talib.OBV(c, v), "ad": talib.AD(h, l, c, v), "adosc": talib.ADOSC(h, l, c, v, 3, 10),
        "atr_14": talib.ATR(h, l, c, 14), "natr_14": talib.NATR(h, l, c, 14), "trange": talib.TRANGE(h, l, c),
        "bb_upper": upper, "bb_middle": middle, "bb_lower": lower,
        "bb_width": (upper - lower) / middle, "bb_position": (c - lower) / (upper - lower),
        "mom_10": talib.MOM(c, 10), "roc_10": talib.ROC(c, 10), "ppo": talib.PPO(c, 12, 26, 1),
        "cdl_doji": talib.CDLDOJI(o, h, l, c), "cdl_hammer": talib.CDLHAMMER(o, h, l, c),
        "cdl_engulfing": talib.CDLENGULFING(o, h, l, c),
    }


rows = candles()
values = indicators(*rows.T)
print(f"# Python TA-Lib {talib.__version__}; made by generate.py", end="\n")
print(",".join(["ts", "open", "high", "low", "close", "volume", *values]))
for i, row in enumerate(rows):
    told = [repr(float(column[i])) if i >= FIRST else "" for column in values.values()]
    print(",".join([str(1_600_000_000 // 3600 * 3600 + 3600 * i), *(repr(float(x)) for x in row), *told]))
