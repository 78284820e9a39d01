//! A store is of one chain.

use super::*;

on_both! {
    async fn the_first_chain_that_is_noted_stays(fixture) {
        let mut store = fixture.open().await;
        assert_eq!(store.chain().await.unwrap(), None);
        assert_eq!(store.note_chain(1).await.unwrap(), 1);
        assert_eq!(store.note_chain(31_337).await.unwrap(), 1);
        store.close().await.unwrap();
        let mut again = DataStore::open_to_read(&fixture.place).await.unwrap();
        assert_eq!(again.chain().await.unwrap(), Some(1));
        let refused = again.note_chain(1).await.unwrap_err();
        assert!(matches!(refused.fault, Fault::ReadOnly), "{refused}");
    }

    async fn the_largest_id_is_noted_and_what_is_none_is_told(fixture) {
        let mut store = fixture.open().await;
        assert_eq!(store.note_chain(u64::MAX).await.unwrap(), u64::MAX);
        assert_eq!(store.chain().await.unwrap(), Some(u64::MAX));
        fixture.execute("UPDATE cursors SET position = 'mainnet' WHERE name = 'chain of the pools'").await;
        for damaged in [store.chain().await.unwrap_err(), store.note_chain(1).await.unwrap_err()] {
            assert!(damaged.to_string().ends_with("it is damaged: `mainnet` is no chain's id"), "{damaged}");
        }
    }
}
