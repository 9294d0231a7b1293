//! Copying a whole program from one database into another: page after page, in the order of the primary keys.
//!
//! The table `moves` of the target says how far it is. Its rows are made with the first copied rows, go on in the transaction
//! of each page, and go away in the one that has seen that nothing is missing: a target that has any is half of a program.

mod tables;

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use uuid::Uuid;

use crate::domain::id::floor;
use crate::domain::time::{Month, Time};
use crate::error::{Code, Error, Result};
use crate::store::dialect::PerDatabase;
use crate::store::rows::Rows;
use crate::store::sql::{Database, Row, Tx, Value, args};
use crate::store::{Store, migrations};
use tables::Kind;
pub use tables::{Table, tables};

/// Months that are made for old touchpoints; what lies in still more goes into the default one.
const MONTHS_MAX: usize = 240;

/// Whether a database has been migrated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// It is no database of Kudos.
    Foreign,
    /// Steps are missing.
    Older,
    /// As this Kudos has it.
    Current,
    /// It has steps that this Kudos does not know.
    Newer,
}

/// What is in a table: two that hold the same have equal ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many rows.
    pub rows: i64,
    /// The sum of each number, money by its currency.
    pub sums: BTreeMap<String, i128>,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows", self.rows)?;
        self.sums.iter().try_for_each(|(name, sum)| write!(f, ", {name} {sum}"))
    }
}

/// Rows on their way from one database into another.
pub struct Page {
    rows: Rows,
    /// The key of the last row, as JSON.
    last: Option<String>,
}

impl Page {
    /// How many rows.
    pub fn count(&self) -> i64 {
        self.rows.count() as i64
    }

    /// After which row the next page begins.
    pub fn last(&self) -> Option<&str> {
        self.last.as_deref()
    }
}

/// How far the copy of a table is.
#[derive(Clone, Debug, Default)]
pub struct Moved {
    /// Where it comes from.
    pub source: String,
    /// The [`Tally`] of the source when the move began.
    pub expected: String,
    /// The key of the last row that is there.
    pub after: Option<String>,
    /// How many rows are there.
    pub copied: i64,
}

/// The names of the tables, without those of parts and of tools.
const CATALOGUE: PerDatabase = PerDatabase {
    sqlite: "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'",
    postgres: "select cast(c.relname as text) as name from pg_class c where c.relnamespace = to_regnamespace(current_schema())
        and c.relkind in ('r', 'p') and not c.relispartition",
};

/// Connections of other processes of Kudos to this database, as far as the role may see them.
const OTHERS: PerDatabase = PerDatabase {
    sqlite: "select 0 as others",
    postgres: "select count(*) as others from pg_stat_activity where datname = current_database()
        and application_name = 'kudos' and pid <> pg_backend_pid()",
};

/// Which server, by the moment of its start, and which of its databases.
const IDENTITY: PerDatabase = PerDatabase {
    sqlite: "select 0 as server, 0 as place",
    postgres: "select cast(extract(epoch from pg_postmaster_start_time()) * 1000000 as bigint) as server,
        cast(oid as bigint) as place from pg_database where datname = current_database()",
};

/// Lets the transaction stand still for as long as the other database takes.
const BE_PATIENT: PerDatabase = PerDatabase {
    sqlite: "select '0' as patience",
    postgres: "select set_config('idle_in_transaction_session_timeout', '0', true) as patience",
};

impl Store {
    /// Sees that no move into this database was begun and not finished: then it holds half of a program.
    ///
    /// # Errors
    /// [`Code::Conflict`] when there is one; the database does not answer.
    pub async fn refuse_half_moved(&self) -> Result<()> {
        let Some(source) = self.read().await?.moved().await?.into_values().next().map(|moved| moved.source) else {
            return Ok(());
        };
        let sentence = format!(
            "this database holds only a part of what is being moved into it from {source}: finish with the same kudos move, \
             or begin anew with an empty database"
        );
        Err(Error::new(Code::Conflict, sentence))
    }
}

impl Tx {
    /// Whether the schema is the one this Kudos knows.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn schema(&mut self) -> Result<Schema> {
        let rows = self.all(&CATALOGUE, args![]).await?;
        let names = rows.iter().map(|row| row.get("name")).collect::<Result<Vec<String>>>()?;
        if !["_sqlx_migrations", "partners"].iter().all(|wanted| names.iter().any(|name| name == wanted)) {
            return Ok(Schema::Foreign);
        }
        let rows = self.all("select version from _sqlx_migrations where success order by version", args![]).await?;
        let there = rows.iter().map(|row| row.get("version")).collect::<Result<Vec<i64>>>()?;
        Ok(match migrations::versions() {
            known if there.iter().any(|version| !known.contains(version)) => Schema::Newer,
            known if known.len() > there.len() => Schema::Older,
            _ => Schema::Current,
        })
    }

    /// What tells two servers, and two databases of one, apart; on SQLite nothing.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn identity(&mut self) -> Result<(i64, i64)> {
        let row = self.one(&IDENTITY, args![]).await?;
        Ok((row.get("server")?, row.get("place")?))
    }

    /// How many connections other processes of Kudos have to this Postgres, as far as is known.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn others(&mut self) -> Result<i64> {
        self.one(&OTHERS, args![]).await?.get("others")
    }

    /// Lets this transaction wait for another database between its statements.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn be_patient(&mut self) -> Result<()> {
        self.one(&BE_PATIENT, args![]).await.map(drop)
    }

    /// The tables that hold something a fresh schema does not.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn filled(&mut self) -> Result<Vec<&'static str>> {
        let mut filled = Vec::new();
        for table in tables().iter().filter(|table| !table.seeded) {
            if self.one(table.found, args![]).await?.get("found")? {
                filled.push(table.name);
            }
        }
        Ok(filled)
    }

    /// Counts and sums up a table. Reads all of it.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn tally(&mut self, table: &Table) -> Result<Tally> {
        let mut tally = Tally::default();
        for row in self.all(table.count, args![]).await? {
            tally.rows += row.get::<i64>("rows")?;
            let currency: String = row.get("currency")?;
            for sum in &table.sums {
                let total = i128::from(row.get::<i64>(sum.millions)?) * 1_000_000 + i128::from(row.get::<i64>(sum.rest)?);
                let name = if currency.is_empty() { sum.column.to_owned() } else { format!("{} {currency}", sum.column) };
                *tally.sums.entry(name).or_default() += total;
            }
        }
        Ok(tally)
    }

    /// The months in which there are touchpoints, the oldest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn touchpoint_months(&mut self) -> Result<Vec<Month>> {
        const SQL: &str = "select id from touchpoints where id >= $1 order by id limit 1";
        let (mut months, mut from) = (Vec::new(), Uuid::nil());
        while let Some(row) = self.optional(SQL, args![from]).await?.filter(|_| months.len() < MONTHS_MAX) {
            let millis = (row.get::<Uuid>("id")?.as_u128() >> 80) as i64; // 48 bits
            let month = Month::of(Time::from_millis(millis));
            let next = month.next().start();
            if next <= Time::from_millis(millis) {
                break; // an id from beyond all calendars
            }
            months.push(month);
            from = floor(next);
        }
        Ok(months)
    }

    /// The next rows of a table, after the row with the key `after`, in the form `target` wants.
    ///
    /// # Errors
    /// The database does not answer, or `after` is no key of the table.
    pub async fn page(&mut self, table: &Table, after: Option<&str>, target: Database) -> Result<Page> {
        let found = match after {
            None => self.all(table.first, args![table.page]).await?,
            Some(after) => {
                let mut args = key_values(table, after)?;
                args.push(Value::from(table.page));
                self.all(table.next, args).await?
            }
        };
        let mut rows = Rows::new(target, found.len(), 32 * table.columns.len());
        for row in &found {
            copy_row(table, row, &mut rows)?;
        }
        let last = found.last().map(|row| key_text(table, row)).transpose()?;
        Ok(Page { rows, last })
    }

    /// Begins a move into this database: what a fresh schema has in its tables goes, and what there is to come is noted.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn begin_move(&mut self, source: &str, expected: &[Tally]) -> Result<()> {
        const SQL: &str = "insert into moves (name, source, expected, copied) values ($1, $2, $3, 0)";
        for table in tables().iter().filter(|table| table.seeded) {
            self.execute(table.clear, args![]).await?;
        }
        for (table, tally) in tables().iter().zip(expected) {
            self.execute(SQL, args![table.name, source, tally.to_string()]).await?;
        }
        Ok(())
    }

    /// How far the move into this database is, by the names of the tables; nothing when none is under way.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn moved(&mut self) -> Result<HashMap<String, Moved>> {
        let rows = self.all("select name, source, expected, after, copied from moves", args![]).await?;
        let moved = |row: Row| {
            let (source, expected) = (row.get("source")?, row.get("expected")?);
            Ok((row.get("name")?, Moved { source, expected, after: row.get("after")?, copied: row.get("copied")? }))
        };
        rows.into_iter().map(moved).collect()
    }

    /// Writes a page, and notes how far the table is: at `copied` rows.
    ///
    /// # Errors
    /// The database does not answer or refuses a value; [`Code::Conflict`] when the move was ended by another process.
    pub async fn put(&mut self, table: &'static Table, page: Page, copied: i64) -> Result<()> {
        const SQL: &str = "update moves set after = $2, copied = $3 where name = $1";
        self.execute(&table.insert, args![page.rows]).await?;
        match self.execute(SQL, args![table.name, page.last, copied]).await? {
            1 => Ok(()),
            _ => Err(Error::new(Code::Conflict, "the move was ended by another process")),
        }
    }

    /// Ends the move: what is here is a whole program.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn end_move(&mut self) -> Result<()> {
        self.execute("delete from moves", args![]).await.map(drop)
    }
}

fn copy_row(table: &Table, row: &Row, rows: &mut Rows) -> Result<()> {
    let to = rows.begin();
    for &(column, kind) in table.columns {
        match kind {
            Kind::Id => to.id(row.get::<Option<Uuid>>(column)?),
            Kind::Int | Kind::Time | Kind::Flag => to.int(row.get::<Option<i64>>(column)?),
            Kind::Text => to.text(row.get::<Option<String>>(column)?.as_deref()),
            Kind::Bytes => to.bytes(row.get::<Option<Vec<u8>>>(column)?.as_deref()),
        };
    }
    Ok(())
}

fn key_text(table: &Table, row: &Row) -> Result<String> {
    let part = |&(column, kind): &(&'static str, Kind)| {
        Ok(match kind {
            Kind::Id => row.get::<Uuid>(column)?.to_string().into(),
            Kind::Text => row.get::<String>(column)?.into(),
            _ => row.get::<i64>(column)?.into(),
        })
    };
    let parts = table.columns[..table.key].iter().map(part).collect::<Result<Vec<serde_json::Value>>>()?;
    Ok(serde_json::Value::from(parts).to_string())
}

fn key_values(table: &Table, text: &str) -> Result<Vec<Value>> {
    let unreadable = || Error::new(Code::Internal, format!("{text:?} is no key of {}", table.name));
    let parts: Vec<serde_json::Value> = serde_json::from_str(text).map_err(|_| unreadable())?;
    let kinds = table.columns[..table.key].iter().map(|(_, kind)| *kind);
    let value = |(kind, part): (Kind, &serde_json::Value)| match kind {
        Kind::Id => part.as_str().and_then(|id| id.parse::<Uuid>().ok()).map(Value::from),
        Kind::Text => part.as_str().map(Value::from),
        _ => part.as_i64().map(Value::from),
    };
    let values: Option<Vec<Value>> = kinds.zip(&parts).map(value).collect();
    values.filter(|values| values.len() == table.key).ok_or_else(unreadable)
}
