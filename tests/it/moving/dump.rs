//! A whole database as lines of text.

use crate::database::{Hand, by_hand};

/// Every row of every table, in words that do not depend on the database.
pub fn dump(url: &str) -> Vec<String> {
    by_hand(url, async |hand| {
        let mut lines = Vec::new();
        for table in hand.tables().await.into_iter().filter(|table| table != "moves") {
            let columns = match &hand {
                Hand::Sqlite(_) => {
                    hand.texts(&format!("select 'quote(' || name || ')' from pragma_table_info('{table}') order by cid")).await
                }
                Hand::Postgres(_) => {
                    let typed = "select attname || ' ' || format_type(atttypid, null) from pg_attribute
                        where attnum > 0 and not attisdropped and attrelid";
                    let typed = hand.texts(&format!("{typed} = '{table}'::regclass order by attnum")).await;
                    typed.iter().map(|column| quoted(column)).collect()
                }
            };
            let line =
                columns.iter().map(|column| format!("coalesce({column}, 'NULL')")).collect::<Vec<_>>().join(" || ',' || ");
            let mut rows = hand.texts(&format!("select {line} as line from {table}")).await;
            rows.sort();
            lines.push(format!("{table}: {} rows", rows.len()));
            lines.extend(rows);
        }
        lines
    })
}

/// What SQLite's `quote` says, in the words of Postgres.
fn quoted(column: &str) -> String {
    match column.split_once(' ').unwrap() {
        (name, "uuid") => format!("'X''' || upper(replace(cast({name} as text), '-', '')) || ''''"),
        (name, "bytea") => format!("'X''' || upper(encode({name}, 'hex')) || ''''"),
        (name, "boolean") => format!("cast(cast({name} as integer) as text)"),
        (name, "bigint") => format!("cast({name} as text)"),
        (name, _) => format!("'''' || replace({name}, '''', '''''') || ''''"),
    }
}
