use super::*;
use crate::units::{Timestamp, TokenAmount, Wei};

fn closed(why: &str) -> Record {
    Record::Closed { ts: Timestamp(7), why: why.to_owned() }
}

#[tokio::test]
async fn what_was_appended_is_read_back_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/er/journal.sqlite");
    let opened = Record::Opened {
        ts: Timestamp(1),
        mode: "demo".into(),
        capital: TokenAmount::from(u128::MAX),
        ether: Wei::from(1u64),
        venue: None,
    };
    let mut store = JournalStore::open(&path).await.unwrap();
    store.append(&[opened.clone(), closed("a")]).await.unwrap();
    drop(store);
    let mut store = JournalStore::open(&path).await.unwrap();
    store.append(&[closed("b")]).await.unwrap();
    assert_eq!(store.records().await.unwrap(), [opened, closed("a"), closed("b")]);
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_second_writer_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.sqlite");
    let first = JournalStore::open(&path).await.unwrap();
    let error = JournalStore::open(&path).await.unwrap_err();
    assert!(matches!(error, StoreError::Locked { .. }), "{error}");
    assert!(error.to_string().contains("journal.sqlite"), "{error}");
    drop(first);
    JournalStore::open(&path).await.unwrap();
}

#[tokio::test]
async fn records_cannot_be_changed_or_removed() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = JournalStore::open(&folder.path().join("journal.sqlite")).await.unwrap();
    store.append(&[closed("a")]).await.unwrap();
    for sql in ["UPDATE records SET body = ''", "DELETE FROM records"] {
        let error = sqlx::raw_sql(sql).execute(&mut store.connection).await.unwrap_err();
        assert!(error.to_string().contains("append-only"), "{error}");
    }
}

#[tokio::test]
async fn other_files_are_not_taken_for_journals() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "these are not the records you are looking for, not at all").unwrap();
    let error = JournalStore::open(&text).await.unwrap_err();
    assert!(error.to_string().contains("notes.txt"), "{error}");

    let foreign = folder.path().join("foreign.sqlite");
    let options = SqliteConnectOptions::new().filename(&foreign).create_if_missing(true);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql("CREATE TABLE songs (name TEXT)").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let error = JournalStore::open(&foreign).await.unwrap_err();
    assert!(matches!(error, StoreError::Foreign { .. }), "{error}");
}

#[tokio::test]
async fn a_damaged_record_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = JournalStore::open(&folder.path().join("journal.sqlite")).await.unwrap();
    store.append(&[closed("a")]).await.unwrap();
    sqlx::raw_sql("INSERT INTO records (kind, body) VALUES ('closed', '{\"record\":')")
        .execute(&mut store.connection)
        .await
        .unwrap();
    let error = store.records().await.unwrap_err();
    assert!(matches!(error, StoreError::Damaged { seq: 2, .. }), "{error}");
}
