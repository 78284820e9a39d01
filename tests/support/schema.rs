//! A PostgreSQL schema of a test's own.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part of it")]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

/// A schema of its own, dropped in the end.
pub struct Schema {
    server: String,
    pub name: String,
}

impl Schema {
    pub async fn new() -> Option<Self> {
        #[allow(clippy::disallowed_methods, reason = "the environment says where a test's server is")]
        let Ok(server) = std::env::var("SHOAL_TEST_POSTGRES_URL") else {
            eprintln!("skipped: no PostgreSQL (set SHOAL_TEST_POSTGRES_URL)");
            return None;
        };
        let name = format!("shoal_test_{:032x}", rand::random::<u128>());
        let schema = Self { server, name };
        schema.execute(&format!("CREATE SCHEMA {}", schema.name)).await;
        Some(schema)
    }

    pub fn url(&self) -> String {
        let separator = if self.server.contains('?') { '&' } else { '?' };
        format!("{}{separator}options[search_path]={}", self.server, self.name)
    }

    pub async fn execute(&self, sql: &str) -> u64 {
        execute(&self.server, sql).await
    }
}

async fn execute(server: &str, sql: &str) -> u64 {
    let mut connection = PgConnection::connect(server).await.unwrap();
    let done = connection.execute(AssertSqlSafe(sql)).await.unwrap();
    connection.close().await.unwrap();
    done.rows_affected()
}

impl Drop for Schema {
    fn drop(&mut self) {
        let (server, sql) = (self.server.clone(), format!("DROP SCHEMA {} CASCADE", self.name));
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(execute(&server, &sql));
        });
        dropped.join().unwrap();
    }
}
