//! The two schemas are one: the same tables, columns, keys and indexes, whichever store was migrated.

use std::collections::BTreeSet;

use kudos::clock::Clock;
use kudos::jobs::months;

use crate::database::{self, Hand, Kind};
use crate::postgres::cluster;

/// A line for every column, index and reference of a store.
async fn schema(hand: &Hand) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for table in hand.tables().await {
        let (columns, indexes, references) = match hand {
            Hand::Sqlite(_) => (
                format!(
                    "select name || ' ' || type || case when \"notnull\" or pk > 0 then ' not null' else '' end
                        || case when pk > 0 then ' key ' || pk else '' end from pragma_table_info('{table}')"
                ),
                format!(
                    "select case when l.origin = 'c' then l.name else '' end || case when l.\"unique\" then ' unique' else '' end
                        || case when l.partial then ' partial' else '' end || ' (' || (select group_concat(i.name, ', ')
                        from (select name from pragma_index_info(l.name) order by seqno) i) || ')'
                    from pragma_index_list('{table}') l where l.origin <> 'pk'"
                ),
                format!(
                    "select \"from\" || ' references ' || \"table\" || ' ' || \"to\" from pragma_foreign_key_list('{table}')"
                ),
            ),
            Hand::Postgres(_) => (
                format!(
                    "select a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || case when a.attnotnull then ' not null' else '' end
                        || coalesce(' key ' || array_position(cast(i.indkey as smallint[]), a.attnum) + case when array_lower(
                        cast(i.indkey as smallint[]), 1) = 0 then 1 else 0 end, '')
                    from pg_attribute a left join pg_index i on i.indrelid = a.attrelid and i.indisprimary
                        and a.attnum = any (cast(i.indkey as smallint[]))
                    where a.attrelid = '{table}'::regclass and a.attnum > 0 and not a.attisdropped"
                ),
                format!(
                    "select case when exists (select 1 from pg_constraint k where k.conindid = i.indexrelid) then '' else c.relname end
                        || case when i.indisunique then ' unique' else '' end
                        || case when i.indpred is not null then ' partial' else '' end || ' (' || (select string_agg(a.attname, ', '
                        order by k.place) from unnest(cast(i.indkey as smallint[])) with ordinality as k (number, place)
                        join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number) || ')'
                    from pg_index i join pg_class c on c.oid = i.indexrelid
                    where i.indrelid = '{table}'::regclass and not i.indisprimary"
                ),
                format!(
                    "select a.attname || ' references ' || f.relname || ' ' || b.attname from pg_constraint k
                    join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
                    join pg_class f on f.oid = k.confrelid
                    join pg_attribute b on b.attrelid = k.confrelid and b.attnum = k.confkey[1]
                    where k.conrelid = '{table}'::regclass and k.contype = 'f'"
                ),
            ),
        };
        for (what, sql) in [("column", columns), ("index", indexes), ("reference", references)] {
            lines.extend(hand.texts(&sql).await.into_iter().map(|line| format!("{table} {what} {}", common(&line))));
        }
    }
    lines
}

/// A type in the words of both: what is 16 bytes to the one is an id to the other, and so on.
fn common(line: &str) -> String {
    let words = line.split(' ').map(|word| match word.to_ascii_lowercase().as_str() {
        "blob" | "bytea" | "uuid" => "bytes".to_owned(),
        "integer" | "bigint" | "boolean" => "number".to_owned(),
        "text" => "text".to_owned(),
        _ => word.to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn both_stores_have_the_same_schema() {
    let dir = tempfile::tempdir().unwrap();
    let mut schemas = Vec::new();
    for url in [Kind::Sqlite.url(dir.path()), cluster().url(&cluster().make("template1"))] {
        let store = database::open(&url).await;
        // Twice: a store that is up to date stays as it is.
        for _ in 0..2 {
            store.migrate().await.unwrap();
            months::tick(&store, Clock::System.now(), None).await.unwrap();
        }
        store.close().await;
        let hand = Hand::to(&url).await;
        schemas.push(schema(&hand).await);
        hand.close().await;
    }
    let [sqlite, postgres] = schemas.try_into().unwrap();
    assert!(sqlite.len() > 150, "{sqlite:#?}");
    let only = |one: &BTreeSet<String>, other: &BTreeSet<String>| one.difference(other).cloned().collect::<Vec<_>>();
    assert_eq!((only(&sqlite, &postgres), only(&postgres, &sqlite)), (Vec::new(), Vec::new()), "only here, only there");
}

#[test]
fn every_step_is_there_for_both() {
    let names = |folder: &str| {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(folder);
        let entries = std::fs::read_dir(path).unwrap();
        entries.map(|entry| entry.unwrap().file_name()).collect::<BTreeSet<_>>()
    };
    assert_eq!(names("sqlite"), names("postgres"));
}
