//! Every statement of the store, as `statements.txt` lists them, is understood by both databases.
//!
//! The list is written by the suite: a test that runs a statement which is not on it fails, and says how to add it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use kudos::store::{Statement, statements_seen};
use sqlx::{AssertSqlSafe, Executor, PgConnection, SqliteConnection};

use crate::database::{self, Kind};
use crate::postgres::cluster;

/// Set to `write`, the list is completed.
const VARIABLE: &str = "KUDOS_STATEMENTS";

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/statements.txt")
}

/// The lines of the list for a statement: the types of what is bound, then the words of both databases, or of each.
fn lines(statement: &Statement) -> String {
    let on_one_line = |sql: &str| sql.split_whitespace().collect::<Vec<_>>().join(" ");
    let (types, sqlite, postgres) =
        (statement.types.join(", "), on_one_line(statement.sqlite), on_one_line(statement.postgres));
    match sqlite == postgres {
        true => format!("({types}) both: {sqlite}\n"),
        false => format!("({types}) sqlite: {sqlite}\n({types}) postgres: {postgres}\n"),
    }
}

/// Fails when this process has run a statement that is not on the list.
pub fn assert_listed() {
    // One at a time: they may write.
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let listed = std::fs::read_to_string(path()).unwrap_or_default();
    let listed: BTreeSet<String> = listed.lines().map(|line| format!("{line}\n")).collect();
    let seen: BTreeSet<String> = statements_seen()
        .iter()
        .flat_map(|one| lines(one).split_inclusive('\n').map(str::to_owned).collect::<Vec<_>>())
        .collect();
    if std::env::var(VARIABLE).is_ok_and(|value| value == "write") {
        return std::fs::write(path(), (&listed | &seen).into_iter().collect::<String>()).unwrap();
    }
    let new: Vec<_> = seen.difference(&listed).collect();
    assert!(new.is_empty(), "not in {}; run the suite with {VARIABLE}=write:\n{new:#?}", path().display());
}

#[tokio::test]
async fn every_statement_is_understood_by_both_databases() {
    use sqlx::Connection;
    let dir = tempfile::tempdir().unwrap();
    let url = Kind::Sqlite.url(dir.path());
    let store = database::open(&url).await;
    store.migrate().await.unwrap();
    let mut sqlite = SqliteConnection::connect(&url).await.unwrap();
    let mut postgres = PgConnection::connect(&cluster().of(dir.path())).await.unwrap();
    let listed = std::fs::read_to_string(path()).unwrap();
    let (mut on_sqlite, mut on_postgres) = (0, 0);
    for line in listed.lines() {
        let (types, rest) = line.split_once(") ").unwrap();
        let (on, sql) = rest.split_once(": ").unwrap();
        if ["both", "sqlite"].contains(&on) {
            let prepared = sqlite.prepare(sqlx::SqlSafeStr::into_sql_str(AssertSqlSafe(sql))).await;
            assert!(prepared.is_ok(), "{}: {sql}", prepared.unwrap_err());
            on_sqlite += 1;
        }
        // What is asked of a database's own library is not for the other; marks in a transaction are not prepared.
        let own = ["pragma", "sqlite_version", "savepoint"].iter().any(|word| sql.contains(word));
        if sql.starts_with("copy ") {
            // Understood is what can be begun: a signature, nothing, an end.
            let mut copy = postgres.copy_in_raw(sql).await.unwrap();
            copy.send(&b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0\xff\xff"[..]).await.unwrap();
            copy.finish().await.unwrap();
            on_postgres += 1;
        } else if ["both", "postgres"].contains(&on) && !own {
            let types = if types == "(" { String::new() } else { format!("{types})") };
            let prepare = format!("prepare one {types} as {sql}; deallocate one");
            let prepared = sqlx::raw_sql(AssertSqlSafe(prepare)).execute(&mut postgres).await;
            assert!(prepared.is_ok(), "{}: {line}", prepared.unwrap_err());
            on_postgres += 1;
        }
    }
    println!("{on_sqlite} statements prepared on SQLite, {on_postgres} on Postgres");
    assert!(on_sqlite > 100 && on_postgres > 100);
}
