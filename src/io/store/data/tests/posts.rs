use super::{numbers::all, *};
use crate::domain::Post;

fn post(id: &str, text: &str, known_at: u64) -> Post {
    Post {
        source: "rss:a".to_owned(),
        id: id.to_owned(),
        author: (id == "2").then(|| "Ann".to_owned()),
        link: (id != "1").then(|| format!("https://a/{id}")),
        text: text.to_owned(),
        published: Timestamp(5),
        known_at: Timestamp(known_at),
    }
}

on_both! {
    async fn posts_are_stored_once_and_edits_beside_them(fixture) {
        let mut store = fixture.open().await;
        let posts = [post("1", "Ünï\u{1f433}\u{1}\n'\";--", 10), post("2", "b", 10), post("2", "c", 30)];
        assert_eq!(store.put_posts(&posts, None).await.unwrap(), written(2, 0, 1));
        assert_eq!(store.put_posts(&posts, None).await.unwrap(), written(0, 3, 0));
        let deleted = Post { author: None, ..posts[2].clone() };
        assert_eq!(store.put_posts(&[deleted], None).await.unwrap(), written(0, 1, 0), "no other post");
        // Fetched again, unchanged.
        assert_eq!(store.put_posts(&[post("2", "c", 50)], None).await.unwrap(), written(0, 1, 0));
        assert_eq!(store.posts(all()).await.unwrap(), posts);
        assert_eq!(store.posts(Timestamp(11)..Timestamp(30)).await.unwrap(), []);
        assert_eq!(store.posts(Timestamp(30)..Timestamp(31)).await.unwrap(), posts[2..]);
    }

    async fn posts_that_cannot_be_are_refused(fixture) {
        let mut store = fixture.open().await;
        store.put_posts(&[post("1", "a", 10)], None).await.unwrap();
        let error = store.put_posts(&[post("3", "x", 9), post("1", "b", 10)], None).await.unwrap_err();
        assert!(matches!(&error.fault, Fault::Clash { item, .. } if item == "rss:a 1"), "{error}");
        let error = store.put_posts(&[post("4", "a\0b", 9)], None).await.unwrap_err();
        assert!(matches!(error.fault, Fault::Refused { .. }), "{error}");
        let error = store.put_posts(&[post("4", "ab", 4)], None).await.unwrap_err();
        assert!(matches!(error.fault, Fault::TooEarly { .. }), "{error}");
        assert_eq!(store.posts(all()).await.unwrap().len(), 1);
    }
}
