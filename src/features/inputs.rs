//! Series beside the candles that a frame carries a reading of, in this order.

use super::sink::Group;

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Input {
    pub name: &'static str,
    pub group: Group,
    /// The names under which it may be stored, the best first; `{asset}` stands for the asset
    /// that is forecast, `{pool}` for the pool of its market, `{timeframe}` for the bars' length.
    /// The first of them that is fresh is read.
    pub series: &'static [&'static str],
    pub meaning: &'static str,
    /// Its level means the same at all times; otherwise only its changes are columns.
    pub level: bool,
}

macro_rules! inputs {
    ($($group:ident, $name:literal, $level:literal, $meaning:literal, [$($series:literal),*];)*) => {
        pub const INPUTS: [Input; [$($name),*].len()] = [$(
            Input { name: $name, group: Group::$group, series: &[$($series),*], meaning: $meaning, level: $level },
        )*];
    };
}

inputs! {
    Macro, "fear_greed", true, "Fear & Greed, 0..100", ["alternative_me:fear_greed"];
    Macro, "vix", false, "VIX", ["fred:VIXCLS", "yahoo:^VIX", "file:vix_daily_cboe"];
    Macro, "dollar", false, "dollar index", ["fred:DTWEXBGS", "yahoo:DX-Y.NYB"];
    Macro, "gold", false, "gold", ["yahoo:GC=F", "file:gold_xauusd_daily"];
    Macro, "oil", false, "WTI oil", ["fred:DCOILWTICO", "yahoo:CL=F", "file:wti_daily_eia"];
    Macro, "yield_10y", false, "US 10-year yield", ["fred:DGS10", "yahoo:^TNX"];
    Macro, "yield_2y", false, "US 2-year yield", ["fred:DGS2"];
    Macro, "breakeven", false, "US 10-year breakeven inflation", ["fred:T10YIE"];
    Macro, "high_yield", false, "US high-yield spread", ["fred:BAMLH0A0HYM2"];
    Macro, "stocks", false, "S&P 500", ["fred:SP500"];
    Sentiment, "mood", true, "time-decayed mean sentiment, -1..1", ["sentiment:{asset}:mean"];
    Sentiment, "mood_spread", true, "dispersion of the sentiment", ["sentiment:{asset}:dispersion"];
    Sentiment, "posts", false, "decayed count of posts", ["sentiment:{asset}:count"];
    Sentiment, "mood_confidence", true, "confidence of the sentiment, 0..1", ["sentiment:{asset}:confidence"];
    Sentiment, "mood_btc", true, "time-decayed mean sentiment of BTC, -1..1", ["sentiment:BTC:mean"];
    Sentiment, "posts_btc", false, "decayed count of posts on BTC", ["sentiment:BTC:count"];
    Dex, "dex_flow", false, "net flow into the asset through its market's pool", ["pool:{pool}:net_flow:{timeframe}"];
    Dex, "dex_swaps", false, "swaps in that pool", ["pool:{pool}:swaps:{timeframe}"];
    Dex, "dex_liquidity", false, "active liquidity of that pool", ["pool:{pool}:liquidity:{timeframe}"];
    Dex, "dex_depth", false, "base that pool gives until its price stands 1 % higher", ["pool:{pool}:depth_buy:{timeframe}"];
    Dex, "dex_spread", true, "that pool's price over the exchanges', basis points", ["pool:{pool}:spread:{asset}USDT:{timeframe}", "pool:{pool}:spread:{asset}USD:{timeframe}"];
}
