//! Faults between a node and its database.

use super::super::server::eventually;
use super::proxy::Proxy;
use super::{home_on, own, survive};
use crate::postgres::{give, name_in};

/// Commits in doubt, in a round.
const COMMITS: u64 = 30;

#[test]
fn commits_whose_answers_are_lost() {
    let cluster = own();
    let home = home_on(&cluster);
    let (name, proxy) = (name_in(&home.database()).to_owned(), Proxy::to(cluster.socket()));
    give(home.dir.path(), &proxy.url(&name));
    survive("ambiguous commits", &home, |life| {
        let before = proxy.commits();
        proxy.cut_commits(true);
        eventually("commits are cut", || (proxy.commits() >= before + COMMITS).then_some(()));
        proxy.cut_commits(false);
        life.clicks();
    });
}

/// A machine that lost power, or its network: no connection ends, nothing comes back, and a new connection is sound.
#[test]
fn connections_on_which_nothing_comes_back() {
    let cluster = own();
    let mut home = home_on(&cluster);
    home.settings.push(("database_answer_seconds", "1"));
    let (name, proxy) = (name_in(&home.database()).to_owned(), Proxy::to(cluster.socket()));
    give(home.dir.path(), &proxy.url(&name));
    survive("silent connections", &home, |life| {
        let before = proxy.made();
        proxy.mute();
        life.clicks();
        eventually("connections are made anew", || (proxy.made() > before).then_some(()));
    });
}
