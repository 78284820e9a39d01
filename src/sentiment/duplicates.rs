//! Posts that say again what was said: the same link, or nearly the same words.
//!
//! Nearness is Jaccard's similarity of the two sets of three-word runs, estimated by MinHash:
//! A. Z. Broder, "On the resemblance and containment of documents", 1997. Equal bands of the
//! signatures find the candidates, as in J. Leskovec, A. Rajaraman and J. D. Ullman, "Mining of
//! Massive Datasets", chapter 3.

use std::collections::{HashMap, VecDeque};

use super::words::words;
use crate::{domain::Post, units::Timestamp};

/// Words in a row that are compared as one; a shorter text is one run.
const SHINGLE: usize = 3;
/// Minima in a signature: the estimate's standard error is at most 1 / (2 * sqrt(64)) = 0.06.
const HASHES: usize = 64;
/// Minima in a band. Of texts with similarity s, a share 1 - (1 - s^4)^16 meets in a band:
/// 0.988 at 0.7, 0.05 at 0.24.
const BAND: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DuplicateParams {
    /// How long a post is remembered after it was known, in seconds.
    pub window_seconds: u64,
    /// From this similarity on, 0 to 1, a text is a repetition.
    pub similarity: f64,
}

/// The earlier post that is repeated.
#[derive(Clone, Debug, PartialEq)]
pub struct Repetition {
    pub source: String,
    pub id: String,
    /// 1 for the same link.
    pub similarity: f64,
}

type Signature = [u32; HASHES];

#[derive(Clone, Debug)]
struct Entry {
    source: String,
    id: String,
    known_at: Timestamp,
    link: Option<String>,
    signature: Option<Box<Signature>>,
}

/// The posts of the window. Those that repeat another, and floods, are remembered like them: whether
/// a post is a repetition depends on the window before it alone, and not on what was judged before that.
#[derive(Clone, Debug)]
pub(super) struct Duplicates {
    params: DuplicateParams,
    entries: VecDeque<Entry>,
    /// The number of the first entry; numbers count every entry there ever was.
    first: u64,
    links: HashMap<String, u64>,
    bands: HashMap<u64, Vec<u64>>,
}

impl Duplicates {
    pub(super) fn new(params: DuplicateParams) -> Self {
        Self { params, entries: VecDeque::new(), first: 0, links: HashMap::new(), bands: HashMap::new() }
    }

    /// What `post`, whose cleaned text is `text`, repeats; from then on it is remembered.
    pub(super) fn note(&mut self, post: &Post, text: &str) -> Option<Repetition> {
        self.forget(post.known_at.minus(self.params.window_seconds));
        let link = post.link.as_deref().map(normal_link);
        let signature = signature(text).map(Box::new);
        let found = self.same_link(link.as_deref()).or_else(|| self.nearest(signature.as_deref()?));
        let (source, id) = (post.source.clone(), post.id.clone());
        self.remember(Entry { source, id, known_at: post.known_at, link, signature });
        found
    }

    fn remember(&mut self, entry: Entry) {
        let number = self.first + self.entries.len() as u64;
        if let Some(link) = &entry.link {
            self.links.insert(link.clone(), number);
        }
        if let Some(signature) = entry.signature.as_deref() {
            self.supersede(signature);
            for key in bands(signature) {
                self.bands.entry(key).or_default().push(number);
            }
        }
        self.entries.push_back(entry);
    }

    /// Leaves the comparison to the entry to come, which is remembered longer, where an earlier
    /// one has the very same signature: a text that is sent thousands of times is compared once.
    fn supersede(&mut self, signature: &Signature) {
        let same =
            |number: &&u64| self.entry(**number).is_some_and(|entry| entry.signature.as_deref() == Some(signature));
        let key = bands(signature).next();
        let earlier = key.and_then(|key| self.bands.get(&key)).and_then(|numbers| numbers.iter().find(same)).copied();
        let place = earlier.and_then(|number| usize::try_from(number.checked_sub(self.first)?).ok());
        if let (Some(number), Some(entry)) = (earlier, place.and_then(|place| self.entries.get_mut(place))) {
            entry.signature = None;
            self.forget_bands(signature, number);
        }
    }

    fn forget_bands(&mut self, signature: &Signature, number: u64) {
        for key in bands(signature) {
            if let Some(numbers) = self.bands.get_mut(&key) {
                numbers.retain(|other| *other != number);
                if numbers.is_empty() {
                    self.bands.remove(&key);
                }
            }
        }
    }

    pub(super) fn window_seconds(&self) -> u64 {
        self.params.window_seconds
    }

    fn entry(&self, number: u64) -> Option<&Entry> {
        self.entries.get(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }

    fn same_link(&self, link: Option<&str>) -> Option<Repetition> {
        let entry = self.entry(*self.links.get(link?)?)?;
        Some(entry.repeated(1.0))
    }

    fn nearest(&self, signature: &Signature) -> Option<Repetition> {
        let candidates = bands(signature).filter_map(|key| self.bands.get(&key)).flatten();
        let near = candidates.filter_map(|number| {
            let entry = self.entry(*number)?;
            let similarity = similarity(signature, entry.signature.as_deref()?);
            (similarity >= self.params.similarity).then(|| entry.repeated(similarity))
        });
        near.max_by(|a, b| a.similarity.total_cmp(&b.similarity))
    }

    /// Drops what was known before `before`, from the front: a post that came late stays until
    /// those before it go.
    fn forget(&mut self, before: Timestamp) {
        while let Some(entry) = self.entries.pop_front_if(|entry| entry.known_at < before) {
            // A later post of the same link keeps its own place.
            if let Some(link) = entry.link.filter(|link| self.links.get(link) == Some(&self.first)) {
                self.links.remove(&link);
            }
            if let Some(signature) = entry.signature.as_deref() {
                self.forget_bands(signature, self.first);
            }
            self.first += 1;
        }
    }
}

impl Entry {
    fn repeated(&self, similarity: f64) -> Repetition {
        Repetition { source: self.source.clone(), id: self.id.clone(), similarity }
    }
}

/// A page's address without what does not change the page: scheme, `www.`, fragment, tracking
/// parameters, trailing slash.
fn normal_link(link: &str) -> String {
    let link = link.trim();
    let (_, rest) = link.split_once("://").unwrap_or(("", link));
    let rest = rest.split('#').next().unwrap_or_default();
    let (page, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (host, path) = page.split_once('/').unwrap_or((page, ""));
    let host = host.to_lowercase();
    let tracks = |parameter: &str| {
        let name = parameter.split('=').next().unwrap_or_default().to_lowercase();
        name.starts_with("utm_") || matches!(name.as_str(), "fbclid" | "gclid" | "mc_cid" | "mc_eid" | "igshid")
    };
    let query: Vec<&str> = query.split('&').filter(|parameter| !parameter.is_empty() && !tracks(parameter)).collect();
    let (host, path) = (host.strip_prefix("www.").unwrap_or(&host), path.trim_end_matches('/'));
    format!("{host}/{path}?{}", query.join("&"))
}

/// Of each hash function, the least value over the text's shingles; none for a text without words.
fn signature(text: &str) -> Option<Signature> {
    let words: Vec<String> = words(text).collect();
    let mut minima = [u32::MAX; HASHES];
    for shingle in words.windows(SHINGLE.min(words.len()).max(1)) {
        let hash = hash_words(shingle);
        for (seed, least) in (0u64..).zip(&mut minima) {
            // The upper half of a well mixed word.
            *least = (*least).min((mix(hash ^ mix(seed + 1)) >> 32) as u32);
        }
    }
    (!words.is_empty()).then_some(minima)
}

fn similarity(a: &Signature, b: &Signature) -> f64 {
    a.iter().zip(b).filter(|(a, b)| a == b).count() as f64 / HASHES as f64
}

fn bands(signature: &Signature) -> impl Iterator<Item = u64> + '_ {
    let band = |(i, minima): (u64, &[u32])| minima.iter().fold(mix(i + 1), |key, least| mix(key ^ u64::from(*least)));
    (0u64..).zip(signature.chunks_exact(BAND)).map(band)
}

/// FNV-1a (64 bits), with a zero byte after each word.
fn hash_words(words: &[String]) -> u64 {
    let bytes = words.iter().flat_map(|word| word.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The finaliser of SplitMix64 (G. L. Steele, D. Lea and C. H. Flood, 2014).
fn mix(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests;
