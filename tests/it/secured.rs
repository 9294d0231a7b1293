//! The way to Postgres: encrypted and verified where the URL says so, and a password that nobody gets to see.

use kudos::config::Pool;
use kudos::store::Store;
use tempfile::TempDir;

use crate::database::Hand;
use crate::postgres::{PASSWORD, SECURED, blocking, cluster};
use crate::settings::run;

/// The URL of a database by the network, as the user who has a password.
fn url(host: &str, password: &str, parameters: &str) -> String {
    let password: String = form_urlencoded::byte_serialize(password.as_bytes()).collect();
    format!("postgres://{SECURED}:{password}@{host}:{}/kudos_template{parameters}", cluster().port)
}

/// How opening it fails, as the log would show it.
fn refused(url: &str) -> String {
    let url = url.parse().unwrap();
    blocking(async move || {
        let pool = Pool { connect: std::time::Duration::from_secs(5), ..Pool::default() };
        let why = Store::open(&url, pool).await.err().expect("it is refused");
        format!("{why} {why:?}")
    })
}

#[test]
fn the_connection_is_encrypted_and_the_server_is_verified() {
    let certificate = cluster().certificate();
    let name = cluster().make("template1");
    let verified = format!("?sslmode=verify-full&sslrootcert={}", certificate.display());
    let good = url("127.0.0.1", PASSWORD, &verified).replace("kudos_template", &name);
    let encrypted = blocking(async move || {
        let hand = Hand::to(&good).await;
        let encrypted = hand.texts("select cast(ssl as text) from pg_stat_ssl where pid = pg_backend_pid()").await;
        hand.close().await;
        let store = Store::open(&good.parse().unwrap(), Pool::default()).await.unwrap();
        store.migrate().await.unwrap();
        assert_eq!(store.read().await.unwrap().check().await.unwrap(), []);
        store.close().await;
        encrypted
    });
    assert_eq!(encrypted, ["true"]);
    for (host, password, parameters, mend) in [
        // Without encryption the server does not talk to this user.
        ("127.0.0.1", PASSWORD, "?sslmode=disable", ""),
        // The certificate is not for this name; no authority of this machine knows it.
        ("localhost", PASSWORD, verified.as_str(), "the host in the URL has to be a name that it is for"),
        ("127.0.0.1", PASSWORD, "?sslmode=verify-full", "sslrootcert=FILE"),
        ("127.0.0.1", "wr0ng:p@ss", "?sslmode=require", ""),
    ] {
        let told = refused(&url(host, password, parameters));
        assert!(told.contains("cannot be reached") && told.contains(mend), "{told}");
        assert!(!told.contains("s3cret") && !told.contains("wr0ng"), "{told}");
    }
}

#[test]
fn a_password_is_in_no_message_and_no_log() {
    let dir = TempDir::new().unwrap();
    let wrong = url("127.0.0.1", "wr0ng:p@ss", "?sslmode=require");
    let unreachable = "postgres://a:wr0ng@127.0.0.1:1/kudos";
    let good = url("127.0.0.1", PASSWORD, "?sslmode=require").replace("kudos_template", &cluster().make("template1"));
    for (arguments, status) in [
        (["check", "--database", &wrong], 1),
        (["serve", "--database", &wrong], 1),
        (["migrate", "--database", unreachable], 1),
        (["migrate", "--database", &good], 0),
        (["check", "--database", &good], 0),
        (["check", "--database", "postgres://a:wr0ng@[/kudos"], 2),
        (["check", "--database", "postgres://a:wr0ng@b/c?sslmod=require"], 2),
    ] {
        let env = [("KUDOS_LOG", "debug"), ("KUDOS_DATABASE_CONNECT_SECONDS", "1"), ("KUDOS_LISTEN", "127.0.0.1:0")];
        let answer = run(&dir, &arguments, &env);
        let told = format!("{}{}", String::from_utf8_lossy(&answer.stdout), String::from_utf8_lossy(&answer.stderr));
        assert_eq!(answer.status.code(), Some(status), "{arguments:?}: {told}");
        assert!(status != 2 || told.contains("--database: "), "{told}");
        for part in ["wr0ng", "s3cret", "p%40ss", "p@ss"] {
            assert!(!told.contains(part), "{arguments:?}: {told}");
        }
    }
}
