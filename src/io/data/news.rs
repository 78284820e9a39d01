//! News files: `DIR/news/*.csv[.gz]`.
//!
//! A time column `timestamp` or else `date`, then `text`, or `headline` with an optional
//! `description`. Times are UTC: `2021-11-05 04:42:00`, RFC 3339, `2021-11-05` or unix seconds.
//!
//! A stamp may be cut off: a post stamped with midnight may be of any hour of that day, one with a
//! whole hour of any minute of it, one with a whole minute of any second. So a post is known from
//! the end of the coarsest of these that its stamp begins.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use alloy::primitives::keccak256;
use csv::StringRecord;

use super::{DataError, RowFault, macros, parse};
use crate::{domain::Post, io::news::plain, units::Timestamp};

const DAY: u64 = 86_400;
const MINUTE: u64 = 60;
const LATEST: u64 = 7_258_118_400;

/// What a news file holds.
#[derive(Clone, Debug, PartialEq)]
pub struct NewsPosts {
    /// In the file's order. Their source is `file:<name>`, their id a hash of time and text.
    pub posts: Vec<Post>,
    /// Rows left out because a row before them has the same time and text.
    pub repeated: usize,
    /// Posts stamped with midnight exactly, which may be a date without a time.
    pub date_only: usize,
}

/// What the source of a file's posts begins with; the file's name without `.csv` follows.
const SOURCE: &str = "file:";

/// The news files of the folder `dir`, by name; none where it has no folder `news`. In the place
/// of one that is there both plain and compressed is a [`DataError::Ambiguous`].
pub fn news_files(dir: &Path) -> Vec<Result<PathBuf, DataError>> {
    macros::csv_files(&dir.join("news")).into_values().collect()
}

/// The name, without `.csv`, of the news file that a post is of. None if no file can say of the
/// post what it says: it came from elsewhere, and was seen when it was seen.
pub fn news_file_of(post: &Post) -> Option<&str> {
    let as_read = post.link.is_none() && post.known_at == known_at(post.published);
    post.source.strip_prefix(SOURCE).filter(|_| as_read && post.id == id(post.published, &post.text))
}

/// Reads one file.
///
/// # Errors
/// The first fault of the file, with its line and field.
pub fn news_posts(file: &Path) -> Result<NewsPosts, DataError> {
    let name = file.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let source = format!("{SOURCE}{}", name.trim_end_matches(".gz").trim_end_matches(".csv"));
    posts(file, &source)
}

fn posts(file: &Path, source: &str) -> Result<NewsPosts, DataError> {
    let (header, rows) = parse::table(file)?;
    let find = |wanted: &str| header.iter().position(|name| name.trim().eq_ignore_ascii_case(wanted));
    let lacks = |column| DataError::NoColumn {
        file: file.to_owned(),
        column,
        header: header.iter().collect::<Vec<_>>().join(","),
    };
    let time = find("timestamp").or_else(|| find("date")).ok_or_else(|| lacks("timestamp` or `date"))?;
    let (headline, body) = match (find("text"), find("headline")) {
        (Some(text), _) => (text, None),
        (None, Some(headline)) => (headline, find("description")),
        (None, None) => return Err(lacks("text` or `headline")),
    };
    let mut news = NewsPosts { posts: Vec::new(), repeated: 0, date_only: 0 };
    let mut ids = BTreeSet::new();
    for row in &rows {
        let failed = |column: usize, fault| {
            let field = header.get(column).unwrap_or_default().to_owned();
            parse::placed(file, row, field, fault)
        };
        let field = |column: usize| field(row, column).map_err(|fault| failed(column, fault));
        let published = stamp(field(time)?).map_err(|fault| failed(time, fault))?;
        let mut words = plain(field(headline)?);
        if words.is_empty() {
            return Err(failed(headline, RowFault::Blank));
        }
        if let Some(body) = body {
            let body = plain(field(body)?);
            words = if body.is_empty() { words } else { format!("{words}\n{body}") };
        }
        let id = id(published, &words);
        if !ids.insert(id.clone()) {
            news.repeated += 1;
            continue;
        }
        news.date_only += usize::from(published.0.is_multiple_of(DAY));
        let (source, known_at) = (source.to_owned(), known_at(published));
        news.posts.push(Post { source, id, author: None, link: None, text: words, published, known_at });
    }
    Ok(news)
}

fn id(published: Timestamp, words: &str) -> String {
    keccak256(format!("{published}\n{words}").as_bytes()).to_string()
}

/// From the end of what the stamp may be the beginning of.
fn known_at(published: Timestamp) -> Timestamp {
    let grain = [DAY, Timestamp::HOUR, MINUTE].into_iter().find(|grain| published.0.is_multiple_of(*grain));
    published.plus(grain.unwrap_or_default())
}

fn field(row: &StringRecord, column: usize) -> Result<&str, RowFault> {
    row.get(column).ok_or(RowFault::TooFewFields { have: row.len() })
}

fn stamp(text: &str) -> Result<Timestamp, RowFault> {
    let text = text.trim();
    let read = || {
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return text.parse().ok().map(Timestamp);
        }
        // Without an offset it is UTC.
        let civil = || text.parse::<jiff::civil::DateTime>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok();
        let time = text.parse().ok().or_else(|| civil().map(|time| time.timestamp()));
        u64::try_from(time.map(jiff::Timestamp::as_second)?).ok().map(Timestamp)
    };
    match read() {
        Some(time) if time.0 > LATEST => Err(RowFault::NotSecondsButFiner(time.0)),
        Some(time) => Ok(time),
        None => Err(RowFault::NotADate(parse::quoted(text))),
    }
}
