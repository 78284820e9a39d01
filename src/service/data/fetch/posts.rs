//! News and social media.

use super::{Context, Event, Report};
use crate::io::{
    news::{Cursor, Source},
    store::data::DataStoreError,
};

/// One source of posts.
#[derive(Debug)]
pub struct PostJob<'a> {
    pub source: &'a Source,
    /// Seconds that an entry's date may lie in the future.
    pub future_tolerance: u64,
}

impl PostJob<'_> {
    pub(super) fn name(&self) -> String {
        format!("posts {}", self.source.name())
    }

    pub(super) async fn run(&self, context: &Context<'_>) -> Result<Report, DataStoreError> {
        let name = self.name();
        let mut report = Report::new(&name);
        context.tell(Event::Began { job: &name, total: None, unit: "posts" });
        let position = context.position(&name).await?;
        let mut cursor = match position.as_deref().map(serde_json::from_str::<Cursor>).transpose() {
            Ok(cursor) => cursor.unwrap_or_default(),
            Err(error) => return Ok(report.failed(&format!("the store's position of its last fetch: {error}"))),
        };
        loop {
            let fetched = tokio::select! {
                fetched = self.source.fetch(&cursor, self.future_tolerance) => fetched,
                () = context.interrupt.wait() => return Ok(report.interrupted()),
            };
            let fetched = match fetched {
                Ok(fetched) => fetched,
                Err(error) => return Ok(report.failed(&error)),
            };
            let position = match serde_json::to_string(&fetched.cursor) {
                Ok(position) => position,
                Err(error) => return Ok(report.failed(&error)),
            };
            let written = context
                .keeper
                .ask(async |store| store.put_posts(&fetched.posts, Some((&name, &position))).await)
                .await?;
            report.add(written);
            for (reason, count) in &fetched.dropped {
                report.drop(reason.as_str(), *count as u64);
            }
            context.tell(Event::Advanced { job: &name, by: fetched.posts.len() as u64 });
            if !fetched.more {
                return Ok(report);
            }
            cursor = fetched.cursor;
        }
    }
}
