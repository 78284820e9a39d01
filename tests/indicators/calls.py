"""Python TA-Lib's calls for every column of the catalogue that TA-Lib computes, in its order.

Written by hand from TA-Lib's documentation, not from Shoal's source: where the two differ the
golden test fails. Shared by generate.py, compare.py and benches/indicators_talib.py.
"""

import talib

SMA, EMA = 0, 1

PATTERNS = """2crows 3blackcrows 3inside 3linestrike 3outside 3starsinsouth 3whitesoldiers
abandonedbaby advanceblock belthold breakaway closingmarubozu concealbabyswall counterattack
darkcloudcover doji dojistar dragonflydoji engulfing eveningdojistar eveningstar
gapsidesidewhite gravestonedoji hammer hangingman harami haramicross highwave hikkake hikkakemod
homingpigeon identical3crows inneck invertedhammer kicking kickingbylength ladderbottom
longleggeddoji longline marubozu matchinglow mathold morningdojistar morningstar onneck piercing
rickshawman risefall3methods separatinglines shootingstar shortline spinningtop stalledpattern
sticksandwich takuri tasukigap thrusting tristar unique3river upsidegap2crows
xsidegap3methods""".split()

PENETRATION = {
    "abandonedbaby": 0.3, "darkcloudcover": 0.5, "eveningdojistar": 0.3, "eveningstar": 0.3,
    "mathold": 0.5, "morningdojistar": 0.3, "morningstar": 0.3,
}


def calls(o, h, l, c, v):
    """Pairs of column names and a function that computes them."""
    t = talib
    numbers = [
        # Overlap
        ("sma_20", lambda: t.SMA(c, 20)),
        ("sma_50", lambda: t.SMA(c, 50)),
        ("sma_200", lambda: t.SMA(c, 200)),
        ("ema_12", lambda: t.EMA(c, 12)),
        ("ema_26", lambda: t.EMA(c, 26)),
        ("ema_50", lambda: t.EMA(c, 50)),
        ("wma_20", lambda: t.WMA(c, 20)),
        ("dema_20", lambda: t.DEMA(c, 20)),
        ("tema_20", lambda: t.TEMA(c, 20)),
        ("trima_20", lambda: t.TRIMA(c, 20)),
        ("kama_30", lambda: t.KAMA(c, 30)),
        ("t3_5", lambda: t.T3(c, 5, 0.7)),
        ("mama fama", lambda: t.MAMA(c, 0.5, 0.05)),
        ("hma_20", lambda: t.HMA(c, 20)),
        ("zlema_20", lambda: t.ZLEMA(c, 20)),
        ("ht_trendline", lambda: t.HT_TRENDLINE(c)),
        ("midpoint_14", lambda: t.MIDPOINT(c, 14)),
        ("midprice_14", lambda: t.MIDPRICE(h, l, 14)),
        ("sar", lambda: t.SAR(h, l, 0.02, 0.2)),
        ("supertrend supertrend_side", lambda: t.SUPERTREND(h, l, c, 10, 3.0)),
        ("bb_upper bb_middle bb_lower", lambda: t.BBANDS(c, 20, 2.0, 2.0, SMA)),
        ("accbands_upper accbands_middle accbands_lower", lambda: t.ACCBANDS(h, l, c, 20)),
        ("donchian_upper donchian_middle donchian_lower", lambda: t.DONCHIAN(h, l, 20)),
        # Momentum
        ("rsi_14", lambda: t.RSI(c, 14)),
        ("stoch_k stoch_d", lambda: t.STOCH(h, l, c, 14, 3, SMA, 3, SMA)),
        ("stochf_k stochf_d", lambda: t.STOCHF(h, l, c, 14, 3, SMA)),
        ("stochrsi_k stochrsi_d", lambda: t.STOCHRSI(c, 14, 14, 3, SMA)),
        ("macd macd_signal macd_histogram", lambda: t.MACD(c, 12, 26, 9)),
        ("ppo", lambda: t.PPO(c, 12, 26, EMA)),
        ("apo", lambda: t.APO(c, 12, 26, SMA)),
        ("adx_14", lambda: t.ADX(h, l, c, 14)),
        ("adxr_14", lambda: t.ADXR(h, l, c, 14)),
        ("dx_14", lambda: t.DX(h, l, c, 14)),
        ("plus_di_14", lambda: t.PLUS_DI(h, l, c, 14)),
        ("minus_di_14", lambda: t.MINUS_DI(h, l, c, 14)),
        ("plus_dm_14", lambda: t.PLUS_DM(h, l, 14)),
        ("minus_dm_14", lambda: t.MINUS_DM(h, l, 14)),
        ("aroon_down_14 aroon_up_14", lambda: t.AROON(h, l, 14)),
        ("aroon_down_25 aroon_up_25", lambda: t.AROON(h, l, 25)),
        ("aroonosc_14", lambda: t.AROONOSC(h, l, 14)),
        ("vortex_plus_14 vortex_minus_14", lambda: t.VORTEX(h, l, c, 14)),
        ("cci_20", lambda: t.CCI(h, l, c, 20)),
        ("cmo_14", lambda: t.CMO(c, 14)),
        ("mfi_14", lambda: t.MFI(h, l, c, v, 14)),
        ("imi_14", lambda: t.IMI(o, c, 14)),
        ("mom_10", lambda: t.MOM(c, 10)),
        ("roc_10", lambda: t.ROC(c, 10)),
        ("trix_15", lambda: t.TRIX(c, 15)),
        ("tsi", lambda: t.TSI(c, 25, 13)),
        ("ultosc", lambda: t.ULTOSC(h, l, c, 7, 14, 28)),
        ("willr_14", lambda: t.WILLR(h, l, c, 14)),
        ("bop", lambda: t.BOP(o, h, l, c)),
        ("ao", lambda: t.AO(h, l, 5, 34)),
        # Volume
        ("obv", lambda: t.OBV(c, v)),
        ("ad", lambda: t.AD(h, l, c, v)),
        ("adosc", lambda: t.ADOSC(h, l, c, v, 3, 10)),
        ("efi_13", lambda: t.EFI(c, v, 13)),
        ("pvt", lambda: t.PVT(c, v)),
        ("volume_sma_20", lambda: t.SMA(v, 20)),
        ("pvo", lambda: t.PVO(v, 12, 26, EMA)),
        # Volatility
        ("trange", lambda: t.TRANGE(h, l, c)),
        ("atr_14", lambda: t.ATR(h, l, c, 14)),
        ("natr_14", lambda: t.NATR(h, l, c, 14)),
        ("stddev_20", lambda: t.STDDEV(c, 20, 1.0)),
        ("var_20", lambda: t.VAR(c, 20, 1.0)),
        ("avgdev_14", lambda: t.AVGDEV(c, 14)),
        ("massi", lambda: t.MASSI(h, l, 9, 25)),
        # Cycle
        ("ht_dcperiod", lambda: t.HT_DCPERIOD(c)),
        ("ht_dcphase", lambda: t.HT_DCPHASE(c)),
        ("ht_inphase ht_quadrature", lambda: t.HT_PHASOR(c)),
        ("ht_sine ht_leadsine", lambda: t.HT_SINE(c)),
        ("ht_trendmode", lambda: t.HT_TRENDMODE(c)),
        # Statistics
        ("linearreg_14", lambda: t.LINEARREG(c, 14)),
        ("linearreg_slope_14", lambda: t.LINEARREG_SLOPE(c, 14)),
        ("linearreg_intercept_14", lambda: t.LINEARREG_INTERCEPT(c, 14)),
        ("linearreg_angle_14", lambda: t.LINEARREG_ANGLE(c, 14)),
        ("tsf_14", lambda: t.TSF(c, 14)),
        ("correl_30", lambda: t.CORREL(h, l, 30)),
        ("correl_volume_30", lambda: t.CORREL(c, v, 30)),
        ("beta_5", lambda: t.BETA(h, l, 5)),
        ("max_20", lambda: t.MAX(c, 20)),
        ("min_20", lambda: t.MIN(c, 20)),
        # Price
        ("avgprice", lambda: t.AVGPRICE(o, h, l, c)),
        ("medprice", lambda: t.MEDPRICE(h, l)),
        ("typprice", lambda: t.TYPPRICE(h, l, c)),
        ("wclprice", lambda: t.WCLPRICE(h, l, c)),
        ("ha_open ha_high ha_low ha_close", lambda: t.HA(o, h, l, c)),
    ]

    def pattern(name):
        function = getattr(t, "CDL" + name.upper())
        if name in PENETRATION:
            return lambda: function(o, h, l, c, PENETRATION[name])
        return lambda: function(o, h, l, c)

    return [(names.split(), call) for names, call in numbers] + [
        (["cdl_" + name], pattern(name)) for name in PATTERNS
    ]
