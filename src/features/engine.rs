//! Frames in, rows out: one bar at a time, in history as live.

use std::sync::LazyLock;

use super::{
    CandleError,
    blocks::{
        activity::Activity,
        basis::Basis,
        calendar,
        context::Context,
        funding::Funding,
        leaders::{self, LEADERS, Leader},
        market::Market,
        own::Own,
        volume::Volume,
    },
    check::check,
    side::Side,
    sink::{Catalogue, Column, Sink},
};
use crate::{
    domain::{Asset, Frame, Peer, Timeframe},
    units::Timestamp,
};

/// Raised whenever a column's name, order or meaning changes; an artifact refuses another version.
pub const VERSION: u32 = 3;

/// The assets whose mean is the market, where the venue has them.
pub const MARKET: [&str; 13] =
    ["ETH", "BTC", "SOL", "BNB", "LINK", "NEAR", "DOGE", "AVAX", "MATIC", "ADA", "XRP", "LTC", "DOT"];
const LEADING: [&str; LEADERS + 1] = ["BTC", "ETH", "SOL"];
/// A venue of spot prices and one of perpetuals, each the other's counterpart.
const COUNTERPARTS: [(&str, &str); 2] = [("binance_perp", "binance_spot"), ("binance_spot", "binance_perp")];

/// The series of candles that a frame must carry beside the asset's own, in this order: the
/// leaders, the rest of the market, then the asset and the first leader on the counterpart venue.
pub fn peers(venue: &str, asset: &Asset) -> Vec<Peer> {
    let here = |name: &str| Peer { venue: venue.to_owned(), asset: Asset::new(name) };
    let other = COUNTERPARTS.iter().find(|(at, _)| *at == venue).map_or("", |(_, other)| *other);
    let there = |asset: Asset| Peer { venue: other.to_owned(), asset };
    let leading: Vec<&str> = LEADING.into_iter().filter(|name| *name != asset.as_str()).take(LEADERS).collect();
    let rest = MARKET.into_iter().filter(|name| *name != asset.as_str() && !leading.contains(name));
    let mut peers: Vec<Peer> = leading.iter().copied().chain(rest).map(here).collect();
    peers.extend([there(asset.clone()), there(Asset::new(leading[0]))]);
    peers
}

/// How many of the peers are on the counterpart venue, at their end.
const ELSEWHERE: usize = 2;

/// All columns of one asset, streaming. A clone is an independent stream.
///
/// Bars are counted, not hours: a missing bar is not filled, and the bars on both sides of it are
/// neighbours. What cannot be computed yet, or at all, is missing: not a number.
#[derive(Clone, Debug)]
pub struct Engine {
    timeframe: Timeframe,
    last: Option<Timestamp>,
    me: Side,
    leaders: [Side; LEADERS],
    others: Vec<Side>,
    elsewhere: [Side; ELSEWHERE],
    own: Own,
    volume: Volume,
    by_leader: [Leader; LEADERS],
    market: Market,
    activity: Activity,
    basis: Basis,
    funding: Funding,
    context: Context,
}

impl Engine {
    /// For frames with `peers` peers, as [`peers`] lists them.
    pub fn new(timeframe: Timeframe, peers: usize) -> Self {
        let day = usize::try_from((86_400 / timeframe.seconds()).max(1)).unwrap_or(1);
        let own_memory = (8 * 7 * day).max(336);
        let memory = day.max(72);
        let rest = peers.saturating_sub(LEADERS + ELSEWHERE);
        Self {
            timeframe,
            last: None,
            me: Side::new(own_memory),
            leaders: std::array::from_fn(|_| Side::new(memory)),
            others: vec![Side::new(day.max(24)); rest],
            elsewhere: std::array::from_fn(|_| Side::new(1)),
            own: Own::new(day),
            volume: Volume::new(day),
            by_leader: std::array::from_fn(|place| Leader::new(place + 1, day)),
            market: Market::new(),
            activity: Activity::new(LEADERS + rest, day),
            basis: Basis::new(),
            funding: Funding::new(),
            context: Context::new(day),
        }
    }

    /// Writes the row known at this bar's close into `row`, in the order of [`catalogue`].
    ///
    /// # Errors
    /// [`CandleError`] of the own bar or a peer's; nothing is taken in then.
    pub fn push(&mut self, frame: &Frame, mut row: &mut Vec<f64>) -> Result<(), CandleError> {
        check(&frame.bar, self.last)?;
        for candle in frame.peers.iter().flatten() {
            check(candle, None)?;
        }
        row.clear();
        self.last = Some(frame.bar.ts);
        self.take(frame, &mut row);
        Ok(())
    }

    fn take(&mut self, frame: &Frame, out: &mut impl Sink) {
        let coming = self.timeframe.close(frame.bar.ts);
        calendar::put(coming, out);
        let mut peers = frame.peers.iter().map(Option::as_ref).chain(std::iter::repeat(None));
        let mut next = || peers.next().flatten();
        self.me.push(Some(&frame.bar));
        self.leaders.iter_mut().for_each(|side| side.push(next()));
        self.others.iter_mut().for_each(|side| side.push(next()));
        self.elsewhere.iter_mut().for_each(|side| side.push(next()));
        let Self { me, leaders, others, elsewhere, .. } = self;
        let momentum = me.momentum();
        self.own.push(me, &momentum, out);
        let (noise, above_day) = self.volume.push(me, out);
        for (block, leader) in self.by_leader.iter_mut().zip(leaders.iter()) {
            block.push(me, leader, noise, out);
        }
        let theirs = [leaders[0].momentum(), leaders[1].momentum()];
        leaders::momentum(&momentum, &theirs, out);
        let rest = others.iter().map(|side| (side.z.lag(0), side.momentum()));
        let market = leaders.iter().map(|side| side.z.lag(0)).zip(theirs).chain(rest);
        self.market.push((me.z.lag(0), momentum), market, out);
        self.activity.push(leaders.iter().chain(others.iter()), above_day, out);
        self.basis.push(me, &elsewhere[0], &leaders[0], &elsewhere[1], noise, out);
        self.funding.push(me, &elsewhere[0], coming, out);
        self.context.push(&frame.readings, out);
    }
}

/// Every column in its order, with what it means.
pub fn catalogue() -> &'static [Column] {
    static COLUMNS: LazyLock<Vec<Column>> = LazyLock::new(|| {
        let mut catalogue = Catalogue::new();
        let ts = Timestamp(0);
        let bar = crate::domain::Candle { ts, open: 1.0, high: 1.0, low: 1.0, close: 1.0, volume: 1.0 };
        let frame = Frame { bar, peers: Vec::new(), readings: Vec::new() };
        Engine::new(Timeframe::H1, 0).take(&frame, &mut catalogue);
        catalogue.columns
    });
    &COLUMNS
}
