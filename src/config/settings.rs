//! The list of settings, each in one line of `--help`.

/// One setting, as `--help` shows it.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its name, as in the TOML file.
    pub name: &'static str,
    /// What stands for the value in `--help`.
    pub value: &'static str,
    /// The default, as text; empty when there is none.
    pub default: &'static str,
    /// What it means.
    pub help: &'static str,
}

const fn setting(name: &'static str, value: &'static str, default: &'static str, help: &'static str) -> Setting {
    Setting { name, value, default, help }
}

/// Every setting, in the order of `--help`.
pub const SETTINGS: &[Setting] = &[
    setting("listen", "ADDR", "127.0.0.1:8080", "Address and port to answer on; port 0 takes a free one"),
    setting(
        "public_url",
        "URL",
        "",
        "URL under which visitors reach this server [default: http:// and the address it listens on]",
    ),
    setting("data_dir", "DIR", "./kudos-data", "Directory for the journal and the embedded database; made when missing"),
    setting(
        "database",
        "URL",
        "",
        "Database, as sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME?sslmode=verify-full [default: kudos.db in the data directory]",
    ),
    setting("database_connections_max", "N", "10", "Connections to Postgres at most, 4 to 1000"),
    setting("database_wait_seconds", "N", "10", "Seconds to wait for a free connection before the caller is told to try again"),
    setting("database_connect_seconds", "N", "10", "Seconds a start waits for Postgres to answer"),
    setting(
        "database_answer_seconds",
        "N",
        "60",
        "Seconds Postgres may take to answer a statement before its connection is given up",
    ),
    setting(
        "role",
        "edge|worker|all",
        "all",
        "What this node does, where several share a Postgres: edge answers and records, worker assigns credit and tidies up, all both",
    ),
    setting(
        "admin_key",
        "KEY",
        "",
        "A known admin key of at least 32 characters; better in the environment than on the command line",
    ),
    setting("threads", "N", "", "Threads that answer requests [default: one a core]"),
    setting("click_param", "NAME", "kudos_id", "Query parameter under which destinations get the click id"),
    setting("cookie_name", "NAME", "kudos_vid", "Name of the visitor cookie"),
    setting("cookie_days", "N", "400", "Days the visitor cookie lives, 1 to 400 (browsers cut at 400)"),
    setting(
        "cookie_same_site",
        "lax|none",
        "lax",
        "SameSite of the visitor cookie; none for a pixel on another site, needs an https public URL",
    ),
    setting("trusted_proxies", "CIDR,..", "", "Networks of proxies whose client address and country headers are believed"),
    setting("client_ip_header", "NAME", "", "Header in which trusted proxies put the client address, such as x-forwarded-for"),
    setting(
        "country_header",
        "NAME",
        "",
        "Header in which trusted proxies put the visitor's ISO 3166 country, such as cf-ipcountry",
    ),
    setting(
        "flood_per_minute",
        "N",
        "600",
        "Clicks and views a minute from one client address beyond which they are marked flood; 0 switches it off",
    ),
    setting(
        "plain_email",
        "yes|no",
        "no",
        "Whether e-mail addresses of buyers are kept as they are, beside their keyed hash; no also forgets those that were kept. \
         The same for all nodes",
    ),
    setting(
        "manual_credit_days",
        "N",
        "90",
        "Days after a conversion within which an admin may give credit for it by hand; 0 switches that off",
    ),
    setting("connections_max", "N", "10000", "Open connections beyond which new ones wait"),
    setting("idle_seconds", "N", "30", "Seconds a connection may stay silent, or take to send its headers"),
    setting("body_seconds", "N", "15", "Seconds a request body may take to arrive"),
    setting("stop_seconds", "N", "30", "Seconds a stop waits for open requests and for the journal to drain"),
    setting(
        "links_in_memory",
        "N",
        "2000000",
        "Links kept in memory, at 250 bytes each; of more than that, those used last, and the database is asked for the others",
    ),
    setting("journal_segment_mib", "N", "32", "Size of a journal segment in MiB, 1 to 1024; two are kept ready"),
    setting(
        "keep_touchpoints_days",
        "N",
        "0",
        "Days touchpoints are kept, at least, 0 for ever; credits and counts stay. More than the longest lookback of a policy",
    ),
    setting(
        "session_idle_minutes",
        "N",
        "720",
        "Minutes without a request after which a user of the pages has to sign in again",
    ),
    setting("session_days", "N", "30", "Days after which a user of the pages has to sign in again in any case"),
    setting("registration_days", "N", "30", "Days in which a deal registration is decided, or expires, 1 to 3650"),
    setting(
        "claim_days",
        "N",
        "90",
        "Days for which an account is a partner's once its deal registration was approved, 0 to 3650",
    ),
    setting("log", "FILTER", "info", "What to log on stderr: error, warn, info, debug, trace, or a filter such as kudos=debug"),
    setting("log_format", "text|json", "text", "How to log"),
];
