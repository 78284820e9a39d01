//! The chain that a store's pools are of.

use super::{DataStore, DataStoreError, Fault, execute, failed, link::on};

/// Under which it stands among the positions.
const NAME: &str = "chain of the pools";

impl DataStore {
    /// The chain that nodes told of pools from; none where none was noted yet.
    ///
    /// # Errors
    /// Where the store cannot be read, or holds something else under its name.
    pub async fn chain(&mut self) -> Result<Option<u64>, DataStoreError> {
        let noted = self.cursor(NAME).await?;
        noted.map(|text| parsed(&text)).transpose().map_err(|fault| failed(&self.place, NAME, fault))
    }

    /// Notes that nodes of this chain tell of pools, unless another is noted; the one that is from
    /// then on.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn note_chain(&mut self, chain_id: u64) -> Result<u64, DataStoreError> {
        let note = async {
            let mut write = self.write().await?;
            let mut link = write.link();
            let sql = "INSERT INTO cursors (name, position) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
            execute!(&mut link, sqlx::query(sql).bind(NAME).bind(chain_id.to_string()))?;
            let sql = "SELECT position FROM cursors WHERE name = $1";
            let noted: String = on!(&mut link, c => sqlx::query_scalar(sql).bind(NAME).fetch_one(&mut **c))?;
            write.commit().await?;
            parsed(&noted)
        };
        note.await.map_err(|fault| failed(&self.place, NAME, fault))
    }
}

fn parsed(text: &str) -> Result<u64, Fault> {
    text.parse().map_err(|_| Fault::Damaged(format!("`{text}` is no chain's id")))
}
