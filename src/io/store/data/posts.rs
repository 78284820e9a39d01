//! News and social posts.

use std::{collections::BTreeMap, ops::Range};

use super::{
    Cursor, DataStore, DataStoreError, Fault, Link, Written, bound, execute, failed,
    link::on,
    put_cursor,
    revise::{self, Revision},
    seconds, timestamp, topics,
};
use crate::{domain::Post, units::Timestamp};

/// What a post says: when it was published, its link and its text.
type Said = (i64, Option<String>, String);

/// Who wrote the post of this source and id that is known at this time.
type Authors<'a> = BTreeMap<(&'a str, &'a str, i64), &'a str>;

impl DataStore {
    /// Stores posts in one transaction with the cursor. A post whose text, link or time of
    /// publication was changed is a revision of the one of the same source and id; another name
    /// of its author alone (an account that was deleted) is none.
    ///
    /// # Errors
    /// A post known before it was published or with a NUL in it (which PostgreSQL cannot store), a
    /// clash; or where the store cannot be written.
    pub async fn put_posts(&mut self, posts: &[Post], cursor: Cursor<'_>) -> Result<Written, DataStoreError> {
        let put = async {
            let mut rows = posts.iter().map(row).collect::<Result<Vec<_>, _>>()?;
            rows.sort_by(|a, b| a.key.cmp(&b.key));
            let mut write = self.write().await?;
            let mut link = write.link();
            let mut written = Written::default();
            let authors: Authors<'_> = posts
                .iter()
                .filter_map(|post| {
                    let known_at = i64::try_from(post.known_at.0).ok()?;
                    Some(((post.source.as_str(), post.id.as_str(), known_at), post.author.as_deref()?))
                })
                .collect();
            let mut known: Option<(i64, i64)> = None;
            for group in rows.chunk_by(|a, b| a.key == b.key) {
                let (of_group, times) = put_revisions(&mut link, group, &authors).await?;
                written += of_group;
                for at in times {
                    known = Some(known.map_or((at, at), |(first, last)| (first.min(at), last.max(at))));
                }
            }
            if let Some(known) = known {
                topics::changed(&mut link, topics::POSTS, known).await?;
            }
            put_cursor(&mut link, cursor).await?;
            write.commit().await?;
            Ok(written)
        };
        let put = put.await;
        put.map_err(|fault| failed(&self.place, "posts", fault))
    }

    /// The posts that came to be known in `range`, in that order; a revision is a post of its own.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn posts(&mut self, range: Range<Timestamp>) -> Result<Vec<Post>, DataStoreError> {
        let read = async {
            let sql = "SELECT source, id, known_at, published, author, link, text FROM posts \
                       WHERE known_at >= $1 AND known_at < $2";
            let (from, to) = (bound(range.start), bound(range.end));
            type Row = (String, String, i64, i64, Option<String>, Option<String>, String);
            let rows: Vec<Row> =
                on!(self.connection.link(), c => sqlx::query_as(sql).bind(from).bind(to).fetch_all(c))?;
            let post = |(source, id, known_at, published, author, link, text): Row| {
                let (published, known_at) = (timestamp(published)?, timestamp(known_at)?);
                Ok(Post { source, id, author, link, text, published, known_at })
            };
            let mut posts = rows.into_iter().map(post).collect::<Result<Vec<_>, Fault>>()?;
            // Databases sort text differently.
            posts.sort_by(|a, b| (a.known_at, &a.source, &a.id).cmp(&(b.known_at, &b.source, &b.id)));
            Ok(posts)
        };
        let read = read.await;
        read.map_err(|fault| failed(&self.place, "posts", fault))
    }

    /// When the first post came to be known; none where there is none.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn first_post(&mut self) -> Result<Option<Timestamp>, DataStoreError> {
        let read = async {
            let sql = "SELECT min(known_at) FROM posts";
            let first: Option<i64> = on!(self.connection.link(), c => sqlx::query_scalar(sql).fetch_one(c))?;
            first.map(timestamp).transpose()
        };
        let read = read.await;
        read.map_err(|fault| failed(&self.place, "posts", fault))
    }
}

fn row(post: &Post) -> Result<Revision<(String, String), Said>, Fault> {
    let item = || format!("{} {}", post.source, post.id);
    let texts = [&post.source, &post.id, &post.text].into_iter().chain(&post.link).chain(&post.author);
    if texts.into_iter().any(|text| text.contains('\0')) {
        return Err(Fault::Refused { item: item().replace('\0', "?"), why: "it holds a NUL" });
    }
    if post.known_at < post.published {
        return Err(Fault::TooEarly { item: item(), known_at: post.known_at, earliest: post.published });
    }
    Ok(Revision {
        key: (post.source.clone(), post.id.clone()),
        known_at: seconds(item, post.known_at)?,
        value: (seconds(item, post.published)?, post.link.clone(), post.text.clone()),
    })
}

/// Adds what is new of one post's revisions; with their `known_at`.
async fn put_revisions(
    link: &mut Link<'_>,
    group: &[Revision<(String, String), Said>],
    authors: &Authors<'_>,
) -> Result<(Written, Vec<i64>), Fault> {
    let Some(Revision { key, .. }) = group.first() else { return Ok(Default::default()) };
    let sql = "SELECT known_at, published, link, text FROM posts WHERE source = $1 AND id = $2 ORDER BY known_at";
    let stored: Vec<(i64, i64, Option<String>, String)> =
        on!(link, c => sqlx::query_as(sql).bind(&key.0).bind(&key.1).fetch_all(&mut **c))?;
    let revision =
        |(known_at, published, link, text)| Revision { key: key.clone(), known_at, value: (published, link, text) };
    let stored: Vec<_> = stored.into_iter().map(revision).collect();
    let (added, written) = revise::news(&stored, group.to_vec()).map_err(|clash| Fault::Clash {
        item: format!("{} {}", clash.key.0, clash.key.1),
        stored: Timestamp(clash.stored.unsigned_abs()),
        incoming: Timestamp(clash.incoming.unsigned_abs()),
    })?;
    let sql =
        "INSERT INTO posts (source, id, known_at, published, author, link, text) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let times = added.iter().map(|row| row.known_at).collect();
    for Revision { key: (source, id), known_at, value: (published, url, text) } in added {
        let author = authors.get(&(source.as_str(), id.as_str(), known_at)).map(|name| (*name).to_owned());
        execute!(
            link,
            sqlx::query(sql).bind(source).bind(id).bind(known_at).bind(published).bind(author).bind(url).bind(text)
        )?;
    }
    Ok((written, times))
}
