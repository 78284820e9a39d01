//! What models see of the chain: the same from a folder as from the store into which it was imported.

use std::path::Path;

use shoal::{
    config::{Environment, sources::Sources},
    domain::{Asset, Timeframe},
    features::{inputs::INPUTS, sink::Group},
    io::{
        data::Folder,
        store::{DataStore, Place},
    },
    pipeline::{
        forecaster::Subject,
        frames::{History, Numbers, frames},
    },
    service::learning::{load::load, stored::Stored},
    units::Timestamp,
};

use crate::{
    data::data,
    folder::{STORE, import},
    spread::real_day,
    store::json,
};

const DAY: u64 = 86_400;

/// The history of the day in the store.
fn stored(dir: &Path, subject: &Subject, sources: &Sources, day: Timestamp) -> History {
    let place = Place::Sqlite(dir.join(STORE));
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let mut store = DataStore::open_to_read(&place).await.unwrap();
        let bars = day..day.plus(DAY);
        let stored = Stored::find(&mut store, subject, sources, bars.clone()).await.unwrap();
        stored.read(&mut store, bars).await.unwrap()
    })
}

/// A series and the bits of its values, each with its time and since when it is known.
type Bits = (String, Vec<(u64, u64, u64)>);

/// What tells the inputs of the chain: by input, the series that have values.
fn told(history: &History) -> Vec<(&'static str, Vec<Bits>)> {
    let bits = |numbers: &Numbers| {
        let values = numbers.observations.iter().map(|it| (it.ts.0, it.known_at.0, it.value.to_bits()));
        (numbers.name.clone(), values.collect::<Vec<_>>())
    };
    let of_chain = INPUTS.iter().zip(&history.inputs).filter(|(input, _)| input.group == Group::Dex);
    of_chain
        .map(|(input, series)| (input.name, series.iter().map(bits).filter(|(_, values)| !values.is_empty()).collect()))
        .collect()
}

#[test]
fn a_real_day_says_the_same_in_a_folder_and_in_a_store() {
    let Some(real) = data("") else { return };
    let dir = real_day(&real);
    let config = concat!("--config=", env!("CARGO_MANIFEST_DIR"), "/config/mainnet.toml");
    json(&import(dir.path(), &[config]));
    let sources = Sources::load(None, &Environment::default()).unwrap();
    let subject = Subject { venue: "binance_perp".into(), asset: Asset::new("ETH"), timeframe: Timeframe::H1 };
    let loaded = load(&Folder::open(dir.path().join("data")).unwrap(), &subject, &sources).unwrap();
    let day = "2024-01-05".parse::<Timestamp>().unwrap();
    let store = stored(dir.path(), &subject, &sources, day);
    let (of_folder, of_store) = (told(&loaded.history), told(&store));
    assert_eq!(of_folder, of_store);
    let series = |name: &str| &of_folder.iter().find(|(input, _)| *input == name).unwrap().1;
    let counts = ["dex_flow", "dex_swaps", "dex_liquidity", "dex_depth", "dex_spread"].map(|name| series(name).len());
    assert_eq!(counts, [1, 1, 1, 0, 2], "{of_folder:?}");
    assert!(loaded.files.iter().any(|(name, _)| name.starts_with("dex/univ3_usdc_weth_005")), "{:?}", loaded.files);

    let (seen, of_store) = (frames(&loaded.history).unwrap(), frames(&store).unwrap());
    assert_eq!((seen.len(), of_store.len()), (24, 24));
    for (input, name) in INPUTS.iter().map(|input| input.name).enumerate() {
        let Some((_, series)) = of_folder.iter().find(|(of_chain, _)| *of_chain == name) else { continue };
        for (row, (frame, other)) in seen.iter().zip(&of_store).enumerate() {
            let (ours, theirs) = (frame.readings[input], other.readings[input]);
            assert_eq!(
                (ours.value.to_bits(), ours.age_hours.to_bits()),
                (theirs.value.to_bits(), theirs.age_hours.to_bits())
            );
            let close = frame.ts().0 + 3_600;
            let newest = series.first().and_then(|(_, values)| values.iter().rev().find(|value| value.1 <= close));
            assert_eq!(
                newest.map(|value| value.2),
                ours.value.is_finite().then(|| ours.value.to_bits()),
                "{name}, {row}"
            );
            // The first bar was not seen from its beginning, and the second is told after its end.
            assert_eq!(ours.value.is_finite(), row >= 2 && name != "dex_depth", "{name}, {row}");
        }
    }
}
