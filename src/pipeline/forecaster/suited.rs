//! Which model set trades which market.

use super::model_set::ModelSet;
use crate::{
    domain::{Asset, Timeframe},
    units::Timestamp,
};

/// Why model sets cannot trade the configured markets: bad usage. Each names the file at fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsuited {
    #[error("{file}: it forecasts {asset}, which is no configured market; they are {}", listed(markets))]
    NoMarket { file: String, asset: Asset, markets: Vec<Asset> },
    #[error("{first} and {second} both forecast {asset}: give one model to an asset")]
    Twice { first: String, second: String, asset: Asset },
    #[error("no model forecasts {asset}, which is a configured market: train one, or configure a market less")]
    Missing { asset: Asset },
    #[error("{file}: it was trained on bars of {found}, and {wanted} is to be traded")]
    Venue { file: String, found: String, wanted: String },
    #[error("{file}: bars of {timeframe} are shorter than the hours in which decisions are made")]
    Timeframe { file: String, timeframe: Timeframe },
    #[error(
        "{file}: its weights move with outcomes (--recency), and that trading by them says what `predict` says is not proven: train it without"
    )]
    Recency { file: String },
}

/// The sets in the order of the markets, each with the name of its file. All must be of one venue:
/// of `venue` where that is given.
///
/// # Errors
/// See [`Unsuited`].
pub fn suited(
    named: Vec<(String, ModelSet)>,
    markets: &[Asset],
    venue: Option<&str>,
) -> Result<Vec<(String, ModelSet)>, Unsuited> {
    let wanted =
        venue.or_else(|| named.first().map(|(_, set)| set.subject.venue.as_str())).unwrap_or_default().to_owned();
    let mut placed: Vec<Option<(String, ModelSet)>> = markets.iter().map(|_| None).collect();
    for (file, set) in named {
        let subject = &set.subject;
        if subject.venue != wanted {
            return Err(Unsuited::Venue { file, found: subject.venue.clone(), wanted });
        }
        if subject.timeframe.seconds() < Timestamp::HOUR {
            return Err(Unsuited::Timeframe { file, timeframe: subject.timeframe });
        }
        if set.ensemble.recency().is_some() {
            return Err(Unsuited::Recency { file });
        }
        let Some(place) = markets.iter().position(|asset| *asset == subject.asset) else {
            return Err(Unsuited::NoMarket { file, asset: subject.asset.clone(), markets: markets.to_vec() });
        };
        if let Some((first, _)) = placed[place].take() {
            return Err(Unsuited::Twice { first, second: file, asset: set.subject.asset });
        }
        placed[place] = Some((file, set));
    }
    let missing = |asset: &Asset| Unsuited::Missing { asset: asset.clone() };
    placed.into_iter().zip(markets).map(|(set, asset)| set.ok_or_else(|| missing(asset))).collect()
}

fn listed(assets: &[Asset]) -> String {
    assets.iter().map(Asset::as_str).collect::<Vec<_>>().join(", ")
}
