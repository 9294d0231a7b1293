//! A database with many links, and a full segment of clicks on them.

use std::path::Path;
use std::sync::Arc;

use kudos::config::{DatabaseUrl, Pool};
use kudos::domain::hit::{Body, Followed, Hit};
use kudos::domain::id::{self, VisitorId};
use kudos::journal::{Options, RealDisk, open};
use kudos::store::Store;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tempfile::TempDir;
use uuid::Uuid;

/// The slug of a link, by its number; the newest has the greatest.
pub fn slug(number: u64) -> String {
    format!("s{number:07x}")
}

/// A data directory with so many links, each to 60 bytes of destination.
pub fn with_links(count: u64) -> TempDir {
    let dir = tempfile::tempdir_in(std::env::var("CARGO_TARGET_TMPDIR").unwrap_or(".".into())).unwrap();
    let url = DatabaseUrl::sqlite(&dir.path().join("kudos.db"));
    runtime().block_on(async {
        let store = Store::open(&url, Pool::default()).await.unwrap();
        store.migrate().await.unwrap();
        store.close().await;
        let options: sqlx::sqlite::SqliteConnectOptions = url.as_str().parse().unwrap();
        let mut connection: SqliteConnection = options.pragma("synchronous", "off").connect().await.unwrap();
        let partners = "insert into partners (id, name, status, created_at)
            with recursive n (n) as (select 0 union all select n + 1 from n where n < 999)
            select unhex(printf('019000000000700080000000%08x', n)), 'partner ' || n, 'active', 0 from n";
        sqlx::query(partners).execute(&mut connection).await.unwrap();
        let links = "insert into links (id, partner_id, slug, slug_key, destination, utm, status, append_click_id, created_at)
            with recursive n (n) as (select 0 union all select n + 1 from n where n < $1 - 1)
            select unhex(printf('019000000000700080000000%08x', n)), unhex(printf('019000000000700080000000%08x', n % 1000)),
                printf('s%07x', n), printf('s%07x', n), printf('https://shop.example.com/collections/summer/items/%010d', n), '{}',
                'active', 1, 0 from n";
        sqlx::query(links).bind(count as i64).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    });
    dir
}

fn link(number: u64) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 | u128::from(number))
}

/// Fills a segment of the journal with clicks on any of so many links.
pub fn fill_segment(data_dir: &Path, links: u64) {
    runtime().block_on(async {
        let options = Options::default();
        let full = u64::from(options.segment_bytes);
        let (journal, _drain) = open(Arc::new(RealDisk), &data_dir.join("journal"), options).unwrap();
        let (lane, driver) = journal.lane();
        let driver = tokio::spawn(driver);
        let mut dice = super::table::Dice(42);
        while journal.status().undrained_bytes < full - (1 << 20) {
            let payloads: Vec<_> = (0..2_048).map(|_| click(dice.below(links))).collect();
            let appended = futures_util::future::join_all(payloads.iter().map(|payload| lane.append(payload))).await;
            assert!(appended.iter().all(Result::is_ok));
        }
        journal.close().await;
        driver.abort();
    });
}

fn click(number: u64) -> Vec<u8> {
    let at = kudos::clock::Clock::System.now();
    let (link, partner) = (link(number).into(), link(number % 1_000).into());
    let hit = Hit {
        id: id::mint(at),
        at,
        visitor: Some(VisitorId::mint(at)),
        client: Some([7; 16]),
        country: Some("DE".into()),
        user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".into(),
        referrer: Some("https://blog.example.com/articles/how-to-choose".into()),
        mark: None,
        body: Body::Click(Followed { link, partner, campaign: None, query: "sub1=newsletter".into() }),
    };
    hit.encode().unwrap()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}
