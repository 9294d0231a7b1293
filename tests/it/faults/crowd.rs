//! Other clients, who take every connection that a cluster has.

use sqlx::{AssertSqlSafe, Connection, PgConnection, Row as _};
use tokio::runtime::Runtime;

use super::super::server::eventually;
use crate::postgres::Cluster;

pub struct Crowd {
    runtime: Runtime,
    open: Vec<PgConnection>,
}

impl Crowd {
    /// Throws those out who use that database, and takes their places and all others.
    pub fn take_all(cluster: &Cluster, name: &str) -> Crowd {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let url = cluster.url("postgres");
        let first = runtime.block_on(PgConnection::connect(&url)).unwrap();
        let mut crowd = Crowd { runtime, open: vec![first] };
        let theirs = format!("from pg_stat_activity where datname = '{name}'");
        eventually("every connection is taken", || {
            crowd.ask(&format!("select count(pg_terminate_backend(pid)) {theirs}"));
            while let Ok(another) = crowd.runtime.block_on(PgConnection::connect(&url)) {
                crowd.open.push(another);
            }
            (crowd.ask(&format!("select count(*) {theirs}")) == 0).then_some(())
        });
        crowd
    }

    fn ask(&mut self, sql: &str) -> i64 {
        let asked = sqlx::query(AssertSqlSafe(sql.to_owned())).fetch_one(&mut self.open[0]);
        self.runtime.block_on(asked).unwrap().get(0)
    }

    pub fn leave(self) {
        for connection in self.open {
            self.runtime.block_on(connection.close()).unwrap();
        }
    }
}
