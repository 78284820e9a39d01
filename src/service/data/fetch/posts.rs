//! News and social media.

use super::{Context, Event, Report, report::POSTS};
use crate::io::{
    http::HttpError,
    news::{Cursor, Fetched, MOST_CHARS, Source},
    store::data::DataStoreError,
};

/// One source of posts.
#[derive(Debug)]
pub struct PostJob<'a> {
    pub source: &'a Source,
    /// Seconds that an entry's date may lie in the future.
    pub future_tolerance: u64,
    /// Whether to ask once more for the newest posts, also where they were fetched before.
    pub again: bool,
}

impl PostJob<'_> {
    pub(super) fn name(&self) -> String {
        format!("{POSTS}{}", self.source.name())
    }

    pub(super) async fn run(&self, context: &Context<'_>) -> Result<Report, DataStoreError> {
        let mut cut = 0;
        let mut report = self.read(context, &mut cut).await?;
        if cut > 0 {
            report.notes.push(format!(
                "posts longer than is kept, and cut: {cut} (of each headline and body the first {MOST_CHARS} \
                 characters at most, of markup less)"
            ));
        }
        Ok(report)
    }

    /// Counts in `cut` the posts that are longer than is kept.
    async fn read(&self, context: &Context<'_>, cut: &mut usize) -> Result<Report, DataStoreError> {
        let name = self.name();
        let mut report = Report::new(&name);
        context.tell(Event::Began { job: &name, total: None, unit: "posts" });
        let position = context.position(&name).await?;
        let begun = position.is_some();
        let mut cursor = match position.as_deref().map(serde_json::from_str::<Cursor>).transpose() {
            Ok(cursor) => cursor.unwrap_or_default(),
            Err(error) => return Ok(report.failed(&format!("the store's position of its last fetch: {error}"))),
        };
        loop {
            let Some(fetched) = self.fetch(&cursor, context).await else { return Ok(report.interrupted()) };
            let fetched = match fetched {
                Ok(fetched) => fetched,
                Err(error) => return Ok(report.failed(&error)),
            };
            let position = match serde_json::to_string(&fetched.cursor) {
                Ok(position) => position,
                Err(error) => return Ok(report.failed(&error)),
            };
            *cut += fetched.cut;
            self.keep(&fetched, Some((&name, &position)), context, &mut report).await?;
            if !fetched.more {
                break;
            }
            cursor = fetched.cursor;
        }
        if self.again && begun {
            // The newest page, as at the first time. It says nothing of how far the source was
            // read: between it and there others may lie.
            let Some(fetched) = self.fetch(&Cursor::default(), context).await else { return Ok(report.interrupted()) };
            match fetched {
                Ok(fetched) => {
                    *cut += fetched.cut;
                    self.keep(&fetched, None, context, &mut report).await?;
                }
                Err(error) => return Ok(report.failed(&error)),
            }
        }
        Ok(report)
    }

    /// None where somebody interrupts.
    async fn fetch(&self, cursor: &Cursor, context: &Context<'_>) -> Option<Result<Fetched, HttpError>> {
        tokio::select! {
            fetched = self.source.fetch(cursor, self.future_tolerance) => Some(fetched),
            () = context.interrupt.wait() => None,
        }
    }

    async fn keep(
        &self,
        fetched: &Fetched,
        position: Option<(&str, &str)>,
        context: &Context<'_>,
        report: &mut Report,
    ) -> Result<(), DataStoreError> {
        report.add(context.keeper.ask(async |store| store.put_posts(&fetched.posts, position).await).await?);
        for (reason, count) in &fetched.dropped {
            report.drop(reason.as_str(), *count as u64);
        }
        context.tell(Event::Advanced { job: &self.name(), by: fetched.posts.len() as u64 });
        Ok(())
    }
}
