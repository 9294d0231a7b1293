//! For a minute, with the way into the store running beside it.

use std::time::Instant;

use super::load;
use super::peers::{Kudos, Nginx};

const CONNECTIONS: usize = 256;
/// How long nginx is loaded before and after each store.
const NGINX_SECONDS: u64 = 10;

/// The embedded store first, then Postgres, where `KUDOS_BENCH_POSTGRES` names an empty database.
pub fn run(seconds: u64) {
    measure("SQLite", None, seconds);
    match std::env::var("KUDOS_BENCH_POSTGRES") {
        Ok(url) => measure("Postgres", Some(&url), seconds),
        Err(_) => println!("Postgres is left out: set KUDOS_BENCH_POSTGRES to the URL of an empty database"),
    }
}

fn measure(name: &str, database: Option<&str>, seconds: u64) {
    let nginx = Nginx::start();
    let peer = || load::wrk(&nginx.link(), CONNECTIONS, NGINX_SECONDS, &nginx.pids()).per_second;
    let before = peer();
    let kudos = Kudos::start(database);
    let (stored, began) = (kudos.undrained().stored, Instant::now());
    let run = load::wrk(&kudos.link(), CONNECTIONS, seconds, &kudos.pids());
    let (loaded, during) = (began.elapsed().as_secs_f64(), kudos.undrained().stored - stored);
    let all = kudos.wait_until_drained(stored);
    let after = began.elapsed().as_secs_f64() - loaded;
    drop(kudos);
    let theirs = (before + peer()) / 2.0;
    println!(
        "{name}: {:.0} redirects/s over {seconds} s ({:.1} us CPU each), nginx {theirs:.0}, ratio {:.2}; meanwhile {:.0} hits/s into \
         the store, the rest of {all} in {after:.0} s after it",
        run.per_second,
        run.cpu_micros,
        run.per_second / theirs,
        during as f64 / loaded
    );
}
