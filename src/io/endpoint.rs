//! Where a node or a source of data is, and how to name it without its secrets.

use std::fmt;

use reqwest::Url;

/// An address of a server. Providers put API keys in the path, the query or the user part, so its
/// `Debug` and `Display` show the scheme, the host and the port alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint(Url);

/// A text that is no address. The text itself is not repeated: it may hold a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the address is not usable: {0}; give http://, https://, ws:// or wss://")]
pub struct EndpointError(String);

impl EndpointError {
    pub(super) fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

impl Endpoint {
    /// # Errors
    /// [`EndpointError`] for a text that is no URL or has another scheme.
    pub fn parse(text: &str) -> Result<Self, EndpointError> {
        let url = Url::parse(text.trim()).map_err(|error| EndpointError(error.to_string()))?;
        match url.scheme() {
            "http" | "https" | "ws" | "wss" if url.has_host() => Ok(Self(url)),
            "http" | "https" | "ws" | "wss" => Err(EndpointError("it names no host".to_owned())),
            other => Err(EndpointError(format!("its scheme is `{other}`"))),
        }
    }

    /// The whole address, secrets included: for the transport alone.
    pub(crate) fn url(&self) -> &Url {
        &self.0
    }

    pub(crate) fn is_websocket(&self) -> bool {
        self.0.scheme().starts_with("ws")
    }

    /// `text` with everything of this address that may be a secret blotted out, and cut to a
    /// line's length: what a server or a client library says may repeat the address.
    pub(crate) fn scrub(&self, text: &str) -> String {
        let mut text = text.replace(self.0.as_str(), &self.to_string());
        let query = self.0.query_pairs().map(|(_, value)| value.into_owned());
        let path = self.0.path_segments().into_iter().flatten().map(str::to_owned);
        let user = [self.0.username().to_owned(), self.0.password().unwrap_or_default().to_owned()];
        let mut secrets: Vec<String> = query.chain(path).chain(user).filter(|secret| secret.len() >= 6).collect();
        secrets.extend(self.0.query().filter(|query| query.len() >= 6).map(str::to_owned));
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        for secret in &secrets {
            text = text.replace(secret.as_str(), "[redacted]");
        }
        if text.chars().count() > 300 {
            text = text.chars().take(300).chain("…".chars()).collect();
        }
        text
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.0.scheme(), self.0.host_str().unwrap_or_default())?;
        if let Some(port) = self.0.port() {
            write!(f, ":{port}")?;
        }
        let bare = self.0.path().len() <= 1 && self.0.query().is_none() && self.0.username().is_empty();
        if bare { Ok(()) } else { f.write_str("/[redacted]") }
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_show_no_secret() {
        for text in [
            "https://mainnet.example.com/v3/0123456789abcdef",
            "https://user:hunter22@node.example.com:8443/?key=0123456789abcdef",
            "wss://eth.example.com/ws/0123456789abcdef?a=hunter22",
        ] {
            let endpoint = Endpoint::parse(text).unwrap();
            for shown in
                [endpoint.to_string(), format!("{endpoint:?}"), endpoint.scrub(&format!("cannot reach {text}"))]
            {
                assert!(!shown.contains("0123456789abcdef") && !shown.contains("hunter22"), "{shown}");
                assert!(shown.contains("example.com"), "{shown}");
            }
        }
        assert_eq!(Endpoint::parse("http://127.0.0.1:8545").unwrap().to_string(), "http://127.0.0.1:8545");
    }

    #[test]
    fn refuses_other_schemes_without_repeating_the_text() {
        for text in ["", "hunter22", "ftp://node/hunter22", "file:///hunter22", "https://"] {
            let error = Endpoint::parse(text).unwrap_err().to_string();
            assert!(!error.contains("hunter22"), "{error}");
        }
    }
}
