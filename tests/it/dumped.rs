//! A program on Postgres is copied by Postgres' own programs while a server goes on.

use serde_json::json;
use tempfile::TempDir;

use super::server::{Server, check};
use crate::postgres::{cluster, give};

#[test]
fn what_pg_dump_wrote_is_restored_into_an_empty_database_and_is_whole() {
    let server = Server::start();
    let partner = server.partner("Acme");
    let slug = server.link(&partner);
    let click = server.get(&format!("/{slug}")).click_id();
    let sale = json!({ "order_id": "1", "amount": 4990, "currency": "EUR", "click_id": click });
    let sold = server.api_with("POST", "/conversions", &[("prefer", "wait=10")], sale).json();
    assert_eq!(sold["credits"][0]["partner_id"], partner.as_str());

    let restored = TempDir::new().unwrap();
    let name = cluster().make("template0");
    cluster().dump_and_restore(&cluster().of(server.dir.path()), &cluster().url(&name));
    give(restored.path(), &cluster().url(&name));
    check(&restored);
    let again = Server::in_dir(restored, &[], Default::default());
    let found = again.ok("GET", "/conversions?order_id=1", serde_json::Value::Null);
    assert_eq!(found["data"][0]["credits"][0]["partner_id"], partner.as_str());
    assert_eq!(again.get(&format!("/{slug}")).status, 302);
}
