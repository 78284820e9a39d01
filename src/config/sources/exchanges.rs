//! Exchanges, and the symbol map.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Url;

use crate::{
    config::section::Section,
    domain::{Asset, Instrument, Listing, Venue, VenueKind},
};

const KINDS: [(&str, VenueKind); 5] = [
    ("binance_spot", VenueKind::BinanceSpot),
    ("binance_perp", VenueKind::BinancePerp),
    ("coinbase", VenueKind::Coinbase),
    ("kraken", VenueKind::Kraken),
    ("kraken_v1", VenueKind::KrakenV1),
];
/// Binance's own numbers, with room.
const MAX_QUOTA: u32 = 100_000;

/// Where candles come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExchangeSettings {
    /// By name.
    pub venues: Vec<Venue>,
    /// In the file's order; every listing names one of `venues`.
    pub instruments: Vec<Instrument>,
}

impl ExchangeSettings {
    pub fn venue(&self, name: &str) -> Option<&Venue> {
        self.venues.iter().find(|venue| venue.name == name)
    }

    /// The instrument that the data folder calls `symbol`.
    pub fn instrument(&self, symbol: &str) -> Option<&Instrument> {
        self.instruments.iter().find(|instrument| instrument.symbol == symbol)
    }
}

pub(super) fn read(root: &mut Section<'_>) -> Option<ExchangeSettings> {
    let venues = root.section("exchanges").map(|mut section| {
        section.named_sections().into_iter().map(|(name, section)| venue(name, section)).collect::<Vec<_>>()
    });
    let names: Vec<String> = venues.iter().flatten().map(|(name, _)| name.clone()).collect();
    let mut symbols = BTreeSet::new();
    let instruments = root.sections("instruments").map(|sections| {
        sections.into_iter().map(|section| instrument(section, &names, &mut symbols)).collect::<Vec<_>>()
    });
    let venues = venues?.into_iter().map(|(_, venue)| venue).collect::<Option<Vec<_>>>()?;
    let instruments = instruments?.into_iter().collect::<Option<Vec<_>>>()?;
    Some(ExchangeSettings { venues, instruments })
}

fn venue(name: String, mut section: Section<'_>) -> (String, Option<Venue>) {
    let kind = section.choice("kind", &KINDS);
    let rest = address(&mut section, "rest", ["http", "https"]);
    let websocket = address(&mut section, "websocket", ["ws", "wss"]);
    let quota_units = section.integer("quota_units", 1..=MAX_QUOTA);
    let quota_seconds = section.integer("quota_seconds", 1..=3_600);
    let settle_seconds = section.integer("settle_seconds", 1..=300);
    let max_skew_seconds = section.integer("max_skew_seconds", 1..=3_600);
    let silence_seconds = section.integer("silence_seconds", 1..=3_600);
    let venue = || {
        Some(Venue {
            name: name.clone(),
            kind: kind?,
            rest: rest?,
            websocket: websocket?,
            quota_units: quota_units?,
            quota_seconds: quota_seconds?,
            settle_seconds: settle_seconds?,
            max_skew_seconds: max_skew_seconds?,
            silence_seconds: silence_seconds?,
        })
    };
    let venue = venue();
    (name, venue)
}

/// The text is not repeated in a fault: it may hold a key.
fn address(section: &mut Section<'_>, key: &str, schemes: [&str; 2]) -> Option<String> {
    let text = section.name(key)?;
    if Url::parse(&text).is_ok_and(|url| url.has_host() && schemes.contains(&url.scheme())) {
        return Some(text);
    }
    section.fault(key, format!("must be an address ({}://... or {}://...)", schemes[0], schemes[1]));
    None
}

fn instrument(mut section: Section<'_>, venues: &[String], symbols: &mut BTreeSet<String>) -> Option<Instrument> {
    let asset = section.name("asset");
    let quote = section.name("quote");
    let symbol = section.name("symbol");
    let mut listings = BTreeMap::new();
    let mut is_faultless = true;
    for venue in venues {
        let websocket = format!("{venue}_websocket");
        if !section.has(venue) {
            // An override without its listing is left over and reported as unknown.
            continue;
        }
        let rest = section.name(venue);
        let websocket = if section.has(&websocket) { section.name(&websocket) } else { rest.clone() };
        match (rest, websocket) {
            (Some(rest), Some(websocket)) => drop(listings.insert(venue.clone(), Listing { rest, websocket })),
            _ => is_faultless = false,
        }
    }
    if listings.is_empty() && is_faultless {
        section.fault("symbol", format!("is listed nowhere: give the symbol at one of {}", venues.join(", ")));
        return None;
    }
    let (asset, quote, symbol) = (asset?, quote?, symbol?);
    if !symbols.insert(symbol.clone()) {
        section.fault("symbol", format!("`{symbol}` stands there twice"));
        return None;
    }
    is_faultless.then(|| Instrument { asset: Asset::new(&asset), quote, symbol, listings })
}

#[cfg(test)]
mod tests {
    use crate::config::{Environment, sources::Sources};

    fn faults(from: &str, to: &str) -> String {
        let shipped = include_str!("../../../config/sources.toml");
        assert!(shipped.contains(from), "{from}");
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), shipped.replacen(from, to, 1)).unwrap();
        Sources::load(Some(file.path()), &Environment::default()).unwrap_err().to_string()
    }

    #[test]
    fn the_shipped_map_names_every_asset_at_every_venue() {
        let settings = Sources::load(None, &Environment::default()).unwrap().exchanges;
        let names: Vec<_> = settings.venues.iter().map(|venue| venue.name.as_str()).collect();
        assert_eq!(names, ["binance_perp", "binance_spot", "coinbase_spot", "kraken_spot"]);
        for asset in ["BTC", "ETH", "ADA", "SOL", "LINK", "UNI"] {
            for venue in &names {
                let quote = if venue.starts_with("binance") { "USDT" } else { "USD" };
                let instrument = settings.instrument(&format!("{asset}{quote}")).unwrap();
                assert_eq!((instrument.asset.as_str(), instrument.quote.as_str()), (asset, quote));
                assert!(instrument.listings.contains_key(*venue), "{asset} at {venue}");
            }
        }
        let btc = &settings.instrument("BTCUSD").unwrap().listings["kraken_spot"];
        assert_eq!((btc.rest.as_str(), btc.websocket.as_str()), ("XBTUSD", "BTC/USD"));
        assert_eq!(settings.venue("binance_spot").unwrap().quota_units, 6_000);
    }

    #[test]
    fn faults_name_their_place_and_no_address() {
        let text = faults("kind = \"kraken\"", "kind = \"krakn\"");
        assert!(text.contains("exchanges.kraken_spot.kind"), "{text}");
        let text = faults("https://api.kraken.com", "ftp://hunter22");
        assert!(text.contains("exchanges.kraken_spot.rest") && !text.contains("hunter22"), "{text}");
        let text = faults("coinbase_spot = \"BTC-USD\"", "coinbase_spt = \"BTC-USD\"");
        assert!(text.contains("coinbase_spt: unknown key; did you mean coinbase_spot?"), "{text}");
        let text = faults("symbol = \"BTCUSD\"", "symbol = \"ETHUSD\"");
        assert!(text.contains("`ETHUSD` stands there twice"), "{text}");
        let text = faults("quota_units = 6000", "quota_units = 0");
        assert!(text.contains("exchanges.binance_spot.quota_units"), "{text}");
    }
}
