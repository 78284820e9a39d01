//! The schema: which databases are ours, and how one becomes it.

use sqlx::{
    SqlSafeStr,
    migrate::{Migration, MigrationType, Migrator},
};

use super::{
    error::Fault,
    link::{Connection, Link, answered, on},
};

const SQLITE: &[(&str, &str)] = &[
    ("store", include_str!("../../../../migrations/sqlite/0001_store.sql")),
    ("derived", include_str!("../../../../migrations/sqlite/0002_derived.sql")),
];
const POSTGRES: &[(&str, &str)] = &[
    ("store", include_str!("../../../../migrations/postgres/0001_store.sql")),
    ("derived", include_str!("../../../../migrations/postgres/0002_derived.sql")),
];

/// How far a database has come.
enum Found {
    /// Nothing of anybody's is in it.
    Empty,
    /// Ours, up to this migration.
    Version(i64),
}

fn migrator(connection: &Connection) -> Migrator {
    let files = match connection {
        Connection::Sqlite(_) => SQLITE,
        Connection::Postgres(..) => POSTGRES,
    };
    let migration = |(version, (name, sql)): (i64, &(&'static str, &'static str))| {
        Migration::new(version, (*name).into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations((1..).zip(files).map(migration).collect())
}

/// Makes the schema in an empty database, or brings ours up to date. A database that is not ours,
/// or is of a newer program, is refused before anything is changed in it.
pub(super) async fn prepare(connection: &mut Connection) -> Result<(), Fault> {
    let migrator = migrator(connection);
    let known = latest(&migrator);
    if let Found::Version(found) = find(connection, &migrator).await?
        && found > known
    {
        return Err(Fault::Newer { found, known });
    }
    match connection {
        Connection::Sqlite(connection) => {
            // Readers go on while a writer writes. Unlike the settings of a connection this one
            // is of the file, so it must come after the check.
            sqlx::query("PRAGMA journal_mode = WAL").execute(&mut *connection).await?;
            migrator.run_direct(None, connection, false).await?;
        }
        Connection::Postgres(connection, limit) => {
            answered(*limit, migrator.run_direct(None, connection, false)).await?;
        }
    }
    Ok(())
}

/// Whether the database has exactly the schema that this program reads.
pub(super) async fn check(connection: &mut Connection) -> Result<(), Fault> {
    let migrator = migrator(connection);
    let known = latest(&migrator);
    match find(connection, &migrator).await? {
        Found::Empty => Err(Fault::Absent),
        Found::Version(found) if found > known => Err(Fault::Newer { found, known }),
        Found::Version(found) if found < known => Err(Fault::Older { found, known }),
        Found::Version(_) => Ok(()),
    }
}

fn latest(migrator: &Migrator) -> i64 {
    migrator.iter().map(|migration| migration.version).max().unwrap_or(0)
}

/// Ours is a database whose first migration is our first, to the letter.
async fn find(connection: &mut Connection, migrator: &Migrator) -> Result<Found, Fault> {
    let mut link = connection.link();
    let tables = match &link {
        Link::Sqlite(_) => "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')",
        Link::Postgres(..) => {
            "SELECT c.relname::text FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace \
             AND c.relkind IN ('r', 'p', 'v', 'm', 'f')"
        }
    };
    let tables: Vec<String> = on!(&mut link, c => sqlx::query_scalar(tables).fetch_all(&mut **c))?;
    let others = || tables.iter().filter(|name| *name != "_sqlx_migrations").take(3).cloned().collect::<Vec<_>>();
    let applied: Vec<(i64, Vec<u8>)> = if others().len() < tables.len() {
        let applied = "SELECT version, checksum FROM _sqlx_migrations ORDER BY version";
        on!(&mut link, c => sqlx::query_as(applied).fetch_all(&mut **c))?
    } else {
        Vec::new()
    };
    let Some((newest, _)) = applied.last() else {
        // A first start that died at once leaves the empty list of migrations behind.
        return match others() {
            others if others.is_empty() => Ok(Found::Empty),
            others => Err(Fault::Foreign(format!("it holds {}", others.join(", ")))),
        };
    };
    for (version, checksum) in &applied {
        let ours = migrator.iter().find(|migration| migration.version == *version);
        match ours {
            Some(ours) if *ours.checksum != **checksum => {
                return Err(Fault::Foreign(format!("its migration {version} is not ours")));
            }
            None if *version < latest(migrator) => {
                return Err(Fault::Foreign(format!("its migration {version} is not ours")));
            }
            _ => {}
        }
    }
    if applied.iter().all(|(version, _)| *version != 1) {
        return Err(Fault::Foreign("it lacks our first migration".to_owned()));
    }
    Ok(Found::Version(*newest))
}
