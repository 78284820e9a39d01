//! RSS, Atom and JSON feeds.

use feed_rs::{model::Entry, parser};

use super::{
    Cursor, DropReason, Fetched,
    sieve::{Draft, Sieve},
};
use crate::{
    io::{
        clock::Clock,
        endpoint::EndpointError,
        http::{Http, HttpError, HttpFault, Limits, Request},
    },
    units::Timestamp,
};

/// What begins and ends an entry, and what closes a feed cut off after one, by format.
const ENTRIES: [(&str, &str, &str); 3] =
    [("<item", "</item>", "</channel></rss>"), ("<entry", "</entry>", "</feed>"), ("<item", "</item>", "</rdf:RDF>")];

/// The head is read again with every entry of a broken feed: both have their bounds.
const MOST_HEAD_BYTES: usize = 64 << 10;
const MOST_PIECES: usize = 2_000;

/// One feed.
#[derive(Clone, Debug)]
pub struct Feed {
    pub(super) http: Http,
    path: String,
    name: String,
}

impl Feed {
    /// The feed at `url`; `name` is its own (`coindesk`).
    ///
    /// # Errors
    /// [`EndpointError`] for an unusable address.
    pub fn new(name: &str, url: &str, limits: Limits, clock: Clock) -> Result<Self, EndpointError> {
        let mut base = reqwest::Url::parse(url).map_err(|error| EndpointError::new(error.to_string()))?;
        let path = base.path().to_owned();
        base.set_path("");
        Ok(Self { http: Http::new(base.as_str(), limits, clock)?, path, name: format!("rss:{name}") })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Feeds have no pages: all that it holds.
    pub(super) async fn all(&self, tolerance: u64) -> Result<Fetched, HttpError> {
        let request = Request::get(&self.name, &self.path);
        let bytes = self.http.bytes(&request).await?;
        let mut sieve = Sieve::new(self.http.clock().now(), tolerance);
        match parse(&bytes) {
            Ok(entries) => entries.into_iter().for_each(|entry| sieve.take(&self.name, draft(entry))),
            Err(why) => {
                let parts = apart(&bytes);
                // The fault is the feed's own, not one entry's.
                if !parts.iter().any(|part| part.as_ref().is_some_and(|entries| !entries.is_empty())) {
                    return Err(self.http.error(&request, HttpFault::Malformed { field: "feed".to_owned(), why }));
                }
                for part in parts {
                    match part {
                        Some(entries) => entries.into_iter().for_each(|entry| sieve.take(&self.name, draft(entry))),
                        None => sieve.drop(DropReason::Malformed),
                    }
                }
            }
        }
        Ok(sieve.done(Cursor::default()))
    }
}

fn parse(bytes: &[u8]) -> Result<Vec<Entry>, String> {
    // The library would make an id of its own, another one each time, for an entry without any.
    let parser = parser::Builder::new().sanitize_content(false).id_generator(|_, _, _| String::new()).build();
    parser.parse(bytes).map(|feed| feed.entries).map_err(|error| error.to_string())
}

/// Every entry of a feed that cannot be read as a whole, read by itself beneath the feed's head;
/// `None` for one that is at fault.
fn apart(bytes: &[u8]) -> Vec<Option<Vec<Entry>>> {
    let text = String::from_utf8_lossy(bytes);
    let root = ["<rdf:RDF", "<feed", "<rss"].into_iter().find(|root| text.contains(root));
    let (begin, end, close) = match root {
        Some("<rss") => ENTRIES[0],
        Some("<feed") => ENTRIES[1],
        Some(_) => ENTRIES[2],
        None => return Vec::new(),
    };
    let mut pieces = text.split(begin);
    let head = pieces.next().filter(|head| head.len() <= MOST_HEAD_BYTES);
    let Some(head) = head else { return Vec::new() };
    // RSS 1.0 closes its channel, with a list named `items`, before its entries.
    pieces
        .filter(|piece| piece.starts_with(['>', ' ', '\n', '\r', '\t']))
        .take(MOST_PIECES)
        .map(|piece| {
            let (entry, _) = piece.split_once(end)?;
            parse(format!("{head}{begin}{entry}{end}{close}").as_bytes()).ok()
        })
        .collect()
}

fn draft(entry: Entry) -> Draft {
    let own = entry.links.iter().find(|link| link.rel.as_deref().is_none_or(|rel| rel == "alternate"));
    let link = own.or(entry.links.first()).map(|link| link.href.clone());
    let body = entry.summary.map(|text| text.content).filter(|text| !text.trim().is_empty());
    let body = body.or_else(|| entry.content.and_then(|content| content.body));
    let published = entry.published.or(entry.updated).map(|time| time.timestamp());
    Draft {
        author: entry.authors.into_iter().next().and_then(|author| author.name.or(author.email)),
        id: Some(entry.id).filter(|id| !id.trim().is_empty()).or_else(|| link.clone()),
        link,
        headline: entry.title.map(|title| title.content).unwrap_or_default(),
        body: body.unwrap_or_default(),
        markup: true,
        published: published.and_then(|seconds| u64::try_from(seconds).ok()).map(Timestamp),
    }
}
