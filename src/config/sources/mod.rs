//! Where the bot's data comes from: exchanges, macro series, news and social media, and the
//! store that keeps them.

mod exchanges;
mod store;

use std::path::Path;

pub use exchanges::ExchangeSettings;
pub use store::{DatabaseUrl, StoreSettings};

use super::{ConfigError, Environment, fault::Faults, load, section::Section};

/// Everything that fetching and storing data needs to know, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Sources {
    /// The file it came from, for messages.
    pub file: String,
    pub store: StoreSettings,
    pub exchanges: ExchangeSettings,
}

impl Sources {
    /// Reads the file at `path`, or else the one that the binary carries.
    ///
    /// # Errors
    /// All faults at once.
    pub fn load(path: Option<&Path>, environment: &Environment) -> Result<Self, ConfigError> {
        match path {
            Some(path) => Self::read(path, &|path| std::fs::read_to_string(path), environment),
            None => Self::read(Path::new("config/sources.toml"), &load::embedded, environment),
        }
    }

    fn read(path: &Path, reader: load::Reader<'_>, environment: &Environment) -> Result<Self, ConfigError> {
        let faults = Faults::default();
        let file = path.display().to_string();
        let sources = load::table(path, reader, &faults).and_then(|table| {
            let mut root = Section::new(file.as_str(), "", table, &faults);
            let store = store::read(&mut root, environment, &faults);
            let exchanges = exchanges::read(&mut root);
            Some(Self { file: file.clone(), store: store?, exchanges: exchanges? })
        });
        faults.settle(sources)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_sources_are_faultless() {
        let sources = Sources::load(None, &Environment::default()).unwrap();
        assert_eq!(sources.store.path, Path::new("data/shoal.sqlite"));
        assert!(sources.store.database.is_none());
    }
}
