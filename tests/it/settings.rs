//! `kudos` as an operator types it: settings and their mistakes. The real binary, with an environment of its own.

use std::process::{Command, Output};

use kudos::config::{SETTINGS, env_name, flag_name};
use tempfile::TempDir;

/// Runs a command to its end in a directory, under nothing but these variables.
pub fn run(dir: &TempDir, arguments: &[&str], env: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kudos"));
    command.args(arguments).current_dir(dir.path()).env_clear().envs(env.iter().copied());
    command.output().unwrap()
}

fn said(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn help_lists_every_setting_with_its_variable_and_default() {
    let dir = TempDir::new().unwrap();
    for command in ["serve", "demo"] {
        let help = run(&dir, &[command, "--help"], &[]);
        assert!(help.status.success());
        let help = said(&help.stdout).split_whitespace().collect::<Vec<_>>().join(" ");
        for setting in SETTINGS {
            let variable = format!("[env: {}]", env_name(setting.name));
            let flag = format!("--{} <{}>", flag_name(setting.name), setting.value);
            let default = if setting.default.is_empty() { String::new() } else { format!("[default: {}]", setting.default) };
            let entry = help.split_once(&flag).unwrap_or_else(|| panic!("no {flag} in {help}")).1;
            let entry = &entry[..entry.find(" --").unwrap_or(entry.len())];
            assert!(entry.contains(&variable) && entry.contains(&default), "{entry}");
        }
        assert!(help.contains("--config <FILE>") && help.contains("KUDOS_CONFIG"));
    }
    for arguments in [
        &["--help"][..],
        &["key", "create", "--help"],
        &["check", "--help"],
        &["migrate", "--help"],
        &["backup", "--help"],
        &["restore", "--help"],
        &["move", "--help"],
        &["--version"],
    ] {
        assert!(run(&dir, arguments, &[]).status.success(), "{arguments:?}");
    }
    assert!(!run(&dir, &[], &[]).status.success());
}

#[test]
fn mistakes_are_told_all_at_once() {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("kudos.toml");
    std::fs::write(&file, "cookie_days = 500\nlisten = \"here\"\nlistne = \"x\"\nlog_format = \"xml\"\n").unwrap();
    let file = file.display().to_string();
    let env = [("KUDOS_THREADS", "many"), ("KUDOS_ADMIN_KEY", "short"), ("KUDOS_LOG_FORMAT", "json")];
    let answer = run(
        &dir,
        &["serve", "--config", &file, "--listen", "nowhere", "--trusted-proxies", "10.0.0.0/99", "--log", "kudos=loud,,="],
        &env,
    );
    let told = said(&answer.stderr);
    assert_eq!(answer.status.code(), Some(2), "{told}");
    for name in [
        "--listen: ",
        "--trusted-proxies: ",
        "KUDOS_THREADS: ",
        "KUDOS_ADMIN_KEY: ",
        "cookie_days in the file: ",
        "listne is not a setting",
        "--log: ",
    ] {
        assert!(told.contains(name), "{name:?} is not in {told}");
    }
    assert!(!told.contains("short"), "a key is not shown: {told}");
    assert!(!told.contains("xml") && !told.contains("\"here\""), "what is overruled is no mistake: {told}");
    assert!(answer.stdout.is_empty() && !dir.path().join("kudos-data").exists());
}

#[test]
fn a_mistake_on_the_way_to_the_settings_is_told_too() {
    let dir = TempDir::new().unwrap();
    std::fs::write(dir.path().join("bad.toml"), "listen = \n").unwrap();
    for (arguments, env, word) in [
        (&["serve", "--listne", "x"][..], &[][..], "--listne"),
        (&["sevre"], &[], "sevre"),
        (&["serve", "--config", "missing.toml"], &[], "missing.toml"),
        (&["serve", "--config", "bad.toml"], &[], "bad.toml"),
        (&["serve"], &[("KUDOS_CONFIG", "missing.toml")], "missing.toml"),
        (&["serve", "--admin-key", "0123456789012345678901234567890"], &[], "--admin-key: must be at least 32"),
        (&["serve", "--cookie-same-site", "none"], &[], "https"),
        (&["serve", "--country-header", "x"], &[], "trusted_proxies"),
        (&["serve", "--public-url", "go.example"], &[], "--public-url"),
        (&["serve", "--database", "mysql://x"], &[], "--database"),
        (&["serve", "--database", "postgres://a@b"], &[], "--database: does not name a database"),
        (&["serve", "--database-connections-max", "3"], &[], "--database-connections-max"),
        (&["serve", "--role", "edge"], &[], "role: edge and worker share a Postgres"),
        (&["serve"], &[("KUDOS_ROLE", "boss")], "KUDOS_ROLE: "),
        (&["serve", "--database-wait-seconds", "0"], &[], "--database-wait-seconds"),
        (&["key", "create", "--name", "x", "--scope", "root"], &[], "admin, track, read"),
        (&["key", "create", "--scope", "read"], &[], "--name"),
        (&["key", "create", "--name", "", "--scope", "read", "--data-dir", "d"], &[], "name"),
        (&["key", "create", "--name", "x", "--scope", "read", "--log-format", "xml"], &[], "--log-format"),
    ] {
        let answer = run(&dir, arguments, env);
        assert!(!answer.status.success(), "{arguments:?}");
        assert!(said(&answer.stderr).contains(word), "{arguments:?}: {}", said(&answer.stderr));
        assert!(answer.stdout.is_empty());
    }
    let noted = run(&dir, &["migrate"], &[("KUDOS_LISTNE", "x"), ("KUDOS_LISTEN", "127.0.0.1:0")]);
    assert!(noted.status.success() && said(&noted.stderr).contains("KUDOS_LISTNE"), "{noted:?}");
}

#[test]
fn the_environment_may_hold_what_is_not_text() {
    use std::os::unix::ffi::OsStrExt;
    let dir = TempDir::new().unwrap();
    let not_text = std::ffi::OsStr::from_bytes(b"\xff");
    let migrate = |name: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kudos"));
        command.arg("migrate").current_dir(dir.path()).env_clear().env(name, not_text).output().unwrap()
    };
    assert!(migrate("OF_ANOTHER_PROGRAM").status.success());
    for name in ["KUDOS_DATA_DIR", "KUDOS_CONFIG"] {
        let refused = migrate(name);
        assert_eq!(refused.status.code(), Some(2), "{refused:?}");
        assert!(said(&refused.stderr).contains(&format!("{name}: is not UTF-8 text")), "{refused:?}");
    }
}

#[test]
fn a_flag_beats_the_environment_the_environment_the_file() {
    let dir = TempDir::new().unwrap();
    std::fs::write(dir.path().join("k.toml"), "data_dir = \"of-the-file\"\n").unwrap();
    let by_env = ("KUDOS_DATA_DIR", "of-the-environment");
    for (arguments, env, expected) in [
        (&["migrate"][..], &[][..], "kudos-data"),
        (&["migrate", "--config", "k.toml"], &[], "of-the-file"),
        (&["migrate"], &[("KUDOS_CONFIG", "k.toml")], "of-the-file"),
        (&["migrate"], &[("KUDOS_CONFIG", "")], "kudos-data"),
        (&["migrate", "--config", "k.toml"], &[by_env], "of-the-environment"),
        (&["migrate", "--config", "k.toml", "--data-dir", "of-the-flag"], &[by_env], "of-the-flag"),
    ] {
        let answer = run(&dir, arguments, env);
        assert!(answer.status.success(), "{arguments:?}: {}", said(&answer.stderr));
        let made = dir.path().join(expected);
        assert!(made.join("kudos.db").exists(), "{arguments:?} did not make {expected}");
        std::fs::remove_dir_all(made).unwrap();
    }
}

#[test]
fn check_tells_whether_the_store_is_sound() {
    let dir = TempDir::new().unwrap();
    let nothing = run(&dir, &["check"], &[]);
    assert_eq!(nothing.status.code(), Some(1));
    assert!(said(&nothing.stderr).contains("there is no database at"), "{nothing:?}");
    assert!(!dir.path().join("kudos-data").exists(), "a check makes nothing");
    let migrated = run(&dir, &["migrate"], &[]);
    assert!(migrated.status.success() && said(&migrated.stdout).contains("up to date"));
    let sound = run(&dir, &["check"], &[]);
    assert_eq!((sound.status.code(), said(&sound.stdout)), (Some(0), "every invariant holds\n".to_owned()));
    let url = format!("sqlite:{}", dir.path().join("kudos-data/kudos.db").display());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        use sqlx::Connection;
        let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
        sqlx::query(
            "insert into credits (id, conversion_id, touchpoint_id, partner_id, share, amount, policy_id, reason, occurred_at, created_at)
             values (randomblob(16), randomblob(16), randomblob(16), randomblob(16), 5, 5, randomblob(16), 'x', 1, 1)",
        )
        .execute(&mut connection)
        .await
        .unwrap();
        connection.close().await.unwrap();
    });
    let broken = run(&dir, &["check"], &[]);
    assert_eq!(broken.status.code(), Some(1));
    assert!(said(&broken.stdout).lines().all(|line| line.starts_with("broken: ")) && !broken.stdout.is_empty(), "{broken:?}");
}
