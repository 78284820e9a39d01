//! Posts of Telegram channels that a bot is a member of
//! (<https://core.telegram.org/bots/api#getupdates>).
//!
//! To ask for updates from an offset on deletes all before it at Telegram. So a fetch asks once,
//! with the offset of what the caller has already stored, and the next one comes only when the
//! caller asks for it: no update is lost, and none is taken twice.

use serde::Deserialize;
use serde_json::Value;

use super::{
    Cursor, DropReason, Fetched,
    sieve::{Draft, Sieve},
};
use crate::{
    domain::Secret,
    io::http::{Http, HttpError, HttpFault, Request},
    units::Timestamp,
};

const PAGE: usize = 100;

#[derive(Clone, Debug)]
pub struct Telegram {
    pub(super) http: Http,
    token: Secret,
    channels: Vec<String>,
}

#[derive(Deserialize)]
struct Answer {
    ok: bool,
    description: Option<String>,
    #[serde(default)]
    result: Vec<Value>,
}

#[derive(Deserialize)]
struct Update {
    channel_post: Option<Message>,
}

#[derive(Deserialize)]
struct Message {
    message_id: i64,
    chat: Chat,
    date: Option<u64>,
    text: Option<String>,
    /// Beneath a picture or a film.
    caption: Option<String>,
    author_signature: Option<String>,
}

#[derive(Deserialize)]
struct Chat {
    id: i64,
    username: Option<String>,
}

impl Telegram {
    /// `http` is a client of `https://api.telegram.org`. `channels` are names without `@`, or ids
    /// (`-1001241558182`); none means all that the bot is a member of.
    pub fn new(http: Http, token: Secret, channels: Vec<String>) -> Self {
        Self { http, token, channels }
    }

    pub(super) async fn page(&self, cursor: &Cursor, tolerance: u64) -> Result<Fetched, HttpError> {
        let mut request = Request::get("telegram", format!("/bot{}/getUpdates", self.token.expose()))
            .query("limit", PAGE)
            .query("timeout", 0)
            .query("allowed_updates", r#"["channel_post"]"#)
            .hide(&self.token);
        if let Some(offset) = &cursor.since {
            request = request.query("offset", offset);
        }
        let answer: Answer = self.http.json(&request).await?;
        if !answer.ok {
            let why = answer.description.unwrap_or_else(|| "no reason given".to_owned());
            return Err(self.http.error(&request, HttpFault::Refused(why)));
        }
        let full = answer.result.len() >= PAGE;
        let mut sieve = Sieve::new(self.http.clock().now(), tolerance);
        let mut last = None;
        for update in answer.result {
            // Counts even if the rest is malformed, or it would come for ever.
            last = last.max(update.get("update_id").and_then(Value::as_i64));
            let Some(update) = sieve.entry::<Update>(update) else { continue };
            match update.channel_post {
                Some(post) => self.take(&mut sieve, post),
                None => sieve.drop(DropReason::NotAsked),
            }
        }
        let since = last.map(|last| (last + 1).to_string()).or_else(|| cursor.since.clone());
        let more = full && since != cursor.since;
        Ok(Fetched { more, ..sieve.done(Cursor { since, ..Cursor::default() }) })
    }

    fn take(&self, sieve: &mut Sieve, post: Message) {
        let (chat, username) = (post.chat.id.to_string(), post.chat.username);
        let is_asked = |channel: &String| {
            *channel == chat || username.as_ref().is_some_and(|username| username.eq_ignore_ascii_case(channel))
        };
        if !self.channels.is_empty() && !self.channels.iter().any(is_asked) {
            sieve.drop(DropReason::NotAsked);
            return;
        }
        let source = format!("telegram:{}", username.as_ref().unwrap_or(&chat));
        sieve.take(
            &source,
            Draft {
                id: Some(format!("{chat}/{}", post.message_id)),
                author: post.author_signature,
                link: username.map(|username| format!("https://t.me/{username}/{}", post.message_id)),
                headline: post.text.or(post.caption).unwrap_or_default(),
                body: String::new(),
                markup: false,
                published: post.date.map(Timestamp),
            },
        );
    }
}
