//! How long touchpoints are kept. On Postgres they lie in months, ranges of ids, of which a whole one can be dropped.

use sqlx::AssertSqlSafe;

use super::PerDatabase;
use crate::domain::id::floor;
use crate::domain::time::{Month, Time};
use crate::error::Result;
use crate::store::sql::{Row, Tx, args, database_error, within};
use crate::store::transfer::tables;

/// What the tables of months are called, before the month.
const PREFIX: &str = "touchpoints_";

/// The tables under the one of touchpoints; SQLite has none.
const MONTHS: PerDatabase = PerDatabase {
    sqlite: "select '' as name where false",
    postgres: "select cast(c.relname as text) as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = to_regclass('touchpoints') order by 1",
};

/// Deletes at most $2 touchpoints with ids below $1, the oldest; where there are months, of those that lie in none.
const FORGET: PerDatabase = PerDatabase {
    sqlite: "delete from touchpoints where id in (select id from touchpoints where id < $1 order by id limit $2)",
    postgres: "delete from touchpoints_default where id in
        (select id from touchpoints_default where id < $1 order by id limit $2)",
};

impl Tx {
    /// The months that have a table of their own.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn months(&mut self) -> Result<Vec<Month>> {
        let rows = self.all(&MONTHS, args![]).await?;
        let names = rows.into_iter().map(|row: Row| row.get::<String>("name")).collect::<Result<Vec<_>>>()?;
        Ok(names.iter().filter_map(|name| name.strip_prefix(PREFIX)?.parse().ok()).collect())
    }

    /// Gives a month a table of its own, with what came before the month had one. On SQLite nothing.
    ///
    /// # Errors
    /// The database does not answer, or refuses.
    pub async fn make_month(&mut self, month: Month) -> Result<()> {
        let (table, from, to) = (format!("{PREFIX}{month}"), floor(month.start()), floor(month.next().start()));
        // Nothing new may come in between the move and the moment from which it goes to the new table.
        self.define(format!(
            "lock table touchpoints_default in access exclusive mode;
            create table {table} (like touchpoints including defaults);
            with moved as (delete from touchpoints_default where id >= '{from}' and id < '{to}' returning *)
                insert into {table} select * from moved;
            alter table touchpoints attach partition {table} for values from ('{from}') to ('{to}')"
        ))
        .await
    }

    /// Lets Postgres look at what touchpoints are like. It does so by itself for each month, but not for all of them together,
    /// which is what queries ask.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn study_touchpoints(&mut self) -> Result<()> {
        self.define("analyze touchpoints".into()).await
    }

    /// The same of every table, after a program was copied into them.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn study_everything(&mut self) -> Result<()> {
        let names: Vec<&str> = tables().iter().map(|table| table.name).collect();
        self.define(format!("analyze {}", names.join(", "))).await
    }

    /// Drops a month with all its touchpoints.
    ///
    /// # Errors
    /// The database does not answer, or refuses.
    pub async fn drop_month(&mut self, month: Month) -> Result<()> {
        self.define(format!("drop table if exists {PREFIX}{month}")).await
    }

    /// Deletes some of the touchpoints minted before `before`, at most `limit`; how many.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn forget_touchpoints(&mut self, before: Time, limit: i64) -> Result<u64> {
        self.execute(&FORGET, args![floor(before), limit]).await
    }

    /// The moment from which on every touchpoint is kept.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn touchpoints_from(&mut self) -> Result<Time> {
        self.one("select value from marks where name = 'touchpoints_from'", args![]).await?.get("value")
    }

    /// Notes that touchpoints before `from` may be gone; to be committed before the first is.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn keep_touchpoints_from(&mut self, from: Time) -> Result<()> {
        self.execute("update marks set value = $1 where name = 'touchpoints_from' and value < $1", args![from]).await?;
        Ok(())
    }

    /// Changes the schema of Postgres; the text is made of nothing but constants, numbers and ids.
    async fn define(&mut self, sql: String) -> Result<()> {
        match self {
            Tx::Sqlite(_) => Ok(()),
            Tx::Postgres(tx, limit) => {
                let done = within(*limit, sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut **tx));
                done.await.map(drop).map_err(database_error)
            }
        }
    }
}
