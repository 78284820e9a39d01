//! RSS and Atom feeds.

use shoal::io::{
    advice::Advice,
    clock::Clock,
    http::HttpError,
    news::{Cursor, DropReason, Feed, Fetched, MOST_CHARS, Source},
};

use super::wire::{limits, time};
use crate::support::http::{Reply, Server};

const NOW: &str = "2024-01-05T12:00:00Z";
const TOLERANCE: u64 = 600;

async fn fetch(path: &str, reply: Reply) -> (Result<Fetched, HttpError>, Server) {
    let server = Server::start(move |_, _| reply.clone()).await;
    let url = format!("{}{path}", server.url);
    let feed = Source::Feed(Feed::new("coindesk", &url, limits(), Clock::manual(time(NOW))).unwrap());
    assert_eq!(feed.name(), "rss:coindesk");
    (feed.fetch(&Cursor::default(), TOLERANCE).await, server)
}

async fn read(feed: &str) -> Result<Fetched, HttpError> {
    fetch("/rss/", Reply::Body("application/rss+xml", feed.as_bytes().to_vec())).await.0
}

fn rss(items: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
        <channel><title>News</title><link>https://news.example</link><description>All</description>{items}</channel></rss>"#
    )
}

/// An entry of noon or earlier.
fn item(id: &str, title: &str) -> String {
    format!(
        "<item><title>{title}</title><link>https://news.example/{id}</link><guid>{id}</guid>\
         <pubDate>Fri, 05 Jan 2024 11:00:00 GMT</pubDate></item>"
    )
}

#[tokio::test]
async fn an_rss_feed() {
    let feed = rss(
        r#"<item><title>Bitcoin &amp; Ether: it&#8217;s &lt;b&gt;up&lt;/b&gt;</title><link>https://news.example/a?x=1&amp;y=2</link>
        <guid isPermaLink="false">a-1</guid><dc:creator>Ann Lee</dc:creator><pubDate>Fri, 05 Jan 2024 10:30:00 +0100</pubDate>
        <description><![CDATA[<p>Prices <a href="https://x.example">rose</a>.</p><img src="x.png"/>]]></description>
        <content:encoded><![CDATA[<p>A very long article.</p>]]></content:encoded></item>"#,
    );
    let (fetched, server) = fetch("/rss/?outputType=xml", Reply::Body("text/xml", feed.into_bytes())).await;
    let fetched = fetched.unwrap();
    assert_eq!((fetched.posts.len(), fetched.dropped.as_slice(), fetched.more), (1, [].as_slice(), false));
    let post = &fetched.posts[0];
    assert_eq!((post.source.as_str(), post.id.as_str()), ("rss:coindesk", "a-1"));
    assert_eq!(post.link.as_deref(), Some("https://news.example/a?x=1&y=2"));
    assert_eq!(post.text, "Bitcoin & Ether: it\u{2019}s up\nPrices rose.");
    assert_eq!(post.author.as_deref(), Some("Ann Lee"));
    assert_eq!((post.published, post.known_at), (time("2024-01-05T09:30:00Z"), time(NOW)));
    assert_eq!(server.seen()[0].target, "/rss/?outputType=xml");
}

#[tokio::test]
async fn an_atom_feed() {
    let feed = r#"<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><id>f</id>
        <updated>2024-01-05T00:00:00Z</updated><entry><title type="html">Up &amp;amp; away</title><id>urn:1</id>
        <link rel="self" href="https://a.example/self"/><link href="https://a.example/1"/>
        <updated>2024-01-05T08:00:00Z</updated><content type="html">&lt;p&gt;Body&lt;/p&gt;</content></entry></feed>"#;
    let post = &read(feed).await.unwrap().posts[0];
    assert_eq!((post.id.as_str(), post.text.as_str()), ("urn:1", "Up & away\nBody"));
    assert_eq!(post.link.as_deref(), Some("https://a.example/1"));
    assert_eq!(post.published, time("2024-01-05T08:00:00Z"));
}

#[tokio::test]
async fn what_is_no_post_is_dropped_and_counted() {
    let dated = |date: &str, id: &str| {
        format!("<item><title>t</title><link>https://news.example/{id}</link><guid>{id}</guid>{date}</item>")
    };
    let feed = rss(&[
        item("good", "Good"),
        item("good", "The same id"),
        item("blank", " &#8203; "),
        dated("", "undated"),
        dated("<pubDate>yesterday</pubDate>", "misdated"),
        dated("<pubDate>Fri, 05 Jan 2024 12:09:00 GMT</pubDate>", "ahead"),
        dated("<pubDate>Fri, 05 Jan 2024 12:11:00 GMT</pubDate>", "future"),
        dated("<pubDate>Fri, 05 Jan 2124 12:11:00 GMT</pubDate>", "far future"),
        "<item><title>Nowhere</title><pubDate>Fri, 05 Jan 2024 11:00:00 GMT</pubDate></item>".to_owned(),
    ]
    .concat());
    let fetched = read(&feed).await.unwrap();
    let ids: Vec<&str> = fetched.posts.iter().map(|post| post.id.as_str()).collect();
    assert_eq!(ids, ["good", "ahead"]);
    // A clock that is a little ahead: known never before it was published.
    assert_eq!(fetched.posts[1].known_at, time("2024-01-05T12:09:00Z"));
    assert_eq!(
        fetched.dropped,
        [
            (DropReason::NoId, 1),
            (DropReason::NoDate, 2),
            (DropReason::NoText, 1),
            (DropReason::Future, 2),
            (DropReason::Repeated, 1)
        ]
    );
}

#[tokio::test]
async fn control_characters_and_ten_megabytes() {
    let huge = format!(
        "<item><title>Huge</title><guid>huge</guid><pubDate>Fri, 05 Jan 2024 11:00:00 GMT</pubDate>\
         <description><![CDATA[{}]]></description></item>",
        "<p>word &amp; </p>".repeat(700_000)
    );
    assert!(huge.len() > 10_000_000);
    let feed = rss(&[item("a", "Bit\u{1}coin\u{1b}[2J\u{7f} \u{202e}down"), huge, item("b", "After")].concat());
    let fetched = read(&feed).await.unwrap();
    let texts: Vec<&str> = fetched.posts.iter().map(|post| post.text.as_str()).collect();
    assert_eq!((texts[0], texts[2]), ("Bitcoin[2J down", "After"));
    assert!(texts[1].starts_with("Huge\nword & word &"), "{}", &texts[1][..40]);
    assert!(texts[1].chars().count() <= 2 * MOST_CHARS + 1);
    // Beyond the client's bound the feed is refused, whatever it holds.
    let error = read(&rss(&item("c", &"x".repeat(17 << 20)))).await.unwrap_err();
    assert!(error.to_string().ends_with("the answer is longer than 16777216 bytes"), "{error}");
    assert_eq!(error.advice(), Advice::Drop);
}

#[tokio::test]
async fn one_bad_entry_does_not_lose_the_others() {
    for bad in ["<item><title>Unclosed</b></title></item>", "<item><title a=>x</title></item>", "<item></wrong></item>"]
    {
        let fetched = read(&rss(&[item("a", "Before"), bad.to_owned(), item("b", "After")].concat())).await.unwrap();
        let texts: Vec<&str> = fetched.posts.iter().map(|post| post.text.as_str()).collect();
        assert_eq!(texts, ["Before", "After"], "{bad}");
        assert_eq!(fetched.dropped.iter().map(|(_, count)| count).sum::<usize>(), 1, "{bad}: {:?}", fetched.dropped);
    }
    // An answer that was cut off by its server: what is whole counts.
    let feed = rss(&[item("a", "Before"), item("b", "After")].concat());
    let fetched = read(&feed[..feed.len() - 60]).await.unwrap();
    assert_eq!((fetched.posts.len(), fetched.dropped.as_slice()), (1, [(DropReason::Malformed, 1)].as_slice()));
}

#[tokio::test]
async fn what_is_no_feed_is_a_located_error() {
    for body in
        ["<!DOCTYPE html><html><body><p>maintenance<br></body></html>", "", "no feed", "{}", "<rss version=\"2.0\">"]
    {
        let error = read(body).await.unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with("rss:coindesk from http://127.0.0.1:"), "{text}");
        assert!(text.contains("at `feed`: "), "{text}");
        assert_eq!(error.advice(), Advice::Drop);
    }
    // An empty feed is one.
    assert_eq!(read(&rss("")).await.unwrap().posts, []);
}

/// Nested deeper than any stack holds.
#[tokio::test]
async fn deep_nesting_does_no_harm() {
    let deep = "<x>".repeat(200_000) + &"</x>".repeat(200_000);
    let item = item("a", "Good");
    for feed in [
        rss(&format!("{item}<item><description>{deep}</description></item>")),
        rss(&format!("<item>{deep}</item>{item}")),
        rss(&format!("{deep}{item}")),
        format!("{deep}{}", rss(&item)),
        format!(
            r#"<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><entry><id>1</id><title>Good</title>
            <updated>2024-01-05T08:00:00Z</updated><content type="xhtml"><div>{deep}</div></content></entry></feed>"#
        ),
    ] {
        // Read or refused, but the process lives.
        if let Ok(fetched) = read(&feed).await {
            assert!(fetched.posts.iter().any(|post| post.text.starts_with("Good")), "{:?}", fetched.dropped);
        }
    }
    let json = format!(r#"{{"version":"https://jsonfeed.org/version/1","title":"t","items":{}"#, "[".repeat(200_000));
    read(&json).await.unwrap_err();
}
