//! Rows of numbers: candles and observations are alike but for how many numbers a row has.

use sqlx::{AssertSqlSafe, ColumnIndex, Database, Decode, FromRow, Row, Type};

use super::{
    Written,
    error::Fault,
    link::{Link, answered, on},
    revise::{Clash, Differing, Revision},
};

/// A table of series, times and `N` numbers.
#[derive(Debug)]
pub(super) struct Table<const N: usize> {
    name: &'static str,
    columns: [&'static str; N],
}

pub(super) const CANDLES: Table<5> = Table { name: "candles", columns: ["open", "high", "low", "close", "volume"] };
pub(super) const OBSERVATIONS: Table<1> = Table { name: "observations", columns: ["value"] };

/// One row: its key is the time that it speaks of.
pub(super) type Numbers<const N: usize> = Revision<i64, [f64; N]>;

/// Rows of one `INSERT`. SQLite binds at most 32,766 values; more than some hundred rows save
/// nothing.
const ROWS: usize = 512;

impl<'r, R: Row, const N: usize> FromRow<'r, R> for Numbers<N>
where
    usize: ColumnIndex<R>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
    f64: Decode<'r, R::Database> + Type<R::Database>,
    R::Database: Database,
{
    fn from_row(row: &'r R) -> Result<Self, sqlx::Error> {
        let mut value = [0.0; N];
        for (i, number) in value.iter_mut().enumerate() {
            *number = row.try_get(2 + i)?;
        }
        Ok(Self { key: row.try_get(0)?, known_at: row.try_get(1)?, value })
    }
}

/// A number as it can be stored: finite, and zero without a sign, which SQLite does not keep.
pub(super) fn storable(number: f64) -> Option<f64> {
    number.is_finite().then_some(number + 0.0)
}

impl<const N: usize> Table<N> {
    /// Adds what is new of `incoming`, taken as `differing` says; `clash` tells a clash.
    pub(super) async fn put(
        &self,
        link: &mut Link<'_>,
        series: i64,
        incoming: Vec<Numbers<N>>,
        differing: Differing,
        clash: impl FnOnce(Clash<i64>) -> Fault,
    ) -> Result<Written, Fault> {
        let times = || incoming.iter().map(|row| row.key);
        let (Some(first), Some(last)) = (times().min(), times().max()) else { return Ok(Written::default()) };
        let stored = self.range(link, series, first, last.saturating_add(1), i64::MAX).await?;
        let (added, written) = differing.news(&stored, incoming).map_err(clash)?;
        self.insert(link, series, &added).await?;
        Ok(written)
    }

    /// Every revision in `[from, to)` that was known by `as_of`, by time and then `known_at`.
    pub(super) async fn range(
        &self,
        link: &mut Link<'_>,
        series: i64,
        from: i64,
        to: i64,
        as_of: i64,
    ) -> Result<Vec<Numbers<N>>, Fault> {
        let sql = format!(
            "SELECT ts, known_at, {} FROM {} WHERE series = $1 AND ts >= $2 AND ts < $3 AND known_at <= $4 \
             ORDER BY ts, known_at",
            self.columns.join(", "),
            self.name
        );
        let sql = AssertSqlSafe(sql);
        on!(link, c => sqlx::query_as(sql).bind(series).bind(from).bind(to).bind(as_of).fetch_all(&mut **c))
    }

    async fn insert(&self, link: &mut Link<'_>, series: i64, rows: &[Numbers<N>]) -> Result<(), Fault> {
        match link {
            Link::Sqlite(connection) => {
                for rows in rows.chunks(ROWS) {
                    // Only full chunks are worth a place among the prepared statements.
                    let mut query = sqlx::query(AssertSqlSafe(self.values(rows.len()))).persistent(rows.len() == ROWS);
                    for row in rows {
                        query = query.bind(series).bind(row.key).bind(row.known_at);
                        for number in row.value {
                            query = query.bind(number);
                        }
                    }
                    query.execute(&mut **connection).await?;
                }
            }
            Link::Postgres(connection, limit) => {
                for rows in rows.chunks(64 * ROWS) {
                    let column = |i: usize| rows.iter().map(|row| row.value[i]).collect::<Vec<f64>>();
                    let mut query = sqlx::query(AssertSqlSafe(self.unnest()))
                        .bind(series)
                        .bind(rows.iter().map(|row| row.key).collect::<Vec<i64>>())
                        .bind(rows.iter().map(|row| row.known_at).collect::<Vec<i64>>());
                    for i in 0..N {
                        query = query.bind(column(i));
                    }
                    answered(*limit, query.execute(&mut **connection)).await?;
                }
            }
        }
        Ok(())
    }

    fn into(&self) -> String {
        format!("INSERT INTO {} (series, ts, known_at, {})", self.name, self.columns.join(", "))
    }

    /// An `INSERT` of so many rows, value by value.
    fn values(&self, rows: usize) -> String {
        let row = format!("({})", vec!["?"; 3 + N].join(","));
        format!("{} VALUES {}", self.into(), vec![row; rows].join(","))
    }

    /// An `INSERT` of any number of rows, column by column.
    fn unnest(&self) -> String {
        let numbers: String = (0..N).map(|i| format!(", ${}::float8[]", i + 4)).collect();
        format!("{} SELECT $1, * FROM unnest($2::int8[], $3::int8[]{numbers})", self.into())
    }
}
