//! The README's session, word for word, against a real server, and its answer, but for ids and times; then all that its sections
//! tell to type.

use std::process::{Command, Output};

use serde_json::Value;

use super::server::{ADMIN, Server};

const README: &str = include_str!("../../README.md");

/// The first fenced block of that language after `heading`.
pub fn block(heading: &str, language: &str) -> &'static str {
    let (_, rest) = README.split_once(heading).unwrap();
    let (_, rest) = rest.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("```").unwrap().0
}

/// Ids and times differ from run to run: their first three letters stay.
fn settled(value: &mut Value) {
    match value {
        Value::String(text) if text.len() == 29 && text.as_bytes()[2] == b'_' => text.truncate(3),
        Value::String(text) if text.parse::<kudos::domain::time::Time>().is_ok() => "time".clone_into(text),
        Value::Array(values) => values.iter_mut().for_each(settled),
        Value::Object(fields) => fields.values_mut().for_each(settled),
        _ => {}
    }
}

/// Every fenced shell block under `heading`.
fn commands(heading: &str) -> String {
    let (_, rest) = README.split_once(&format!("\n{heading}\n")).unwrap();
    let section = rest.split("\n## ").next().unwrap();
    section.split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap()).collect()
}

/// Runs commands in the directory of a server, whose database and key they have.
fn bash(server: &Server, script: &str) -> Output {
    let programs = std::path::Path::new(env!("CARGO_BIN_EXE_kudos")).parent().unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    Command::new("bash")
        .args(["-euo", "pipefail", "-c", script])
        .current_dir(server.dir.path())
        .envs([("PATH", path), ("KUDOS", server.url("")), ("KUDOS_DATABASE", server.database())])
        .env("KUDOS_ADMIN_KEY", ADMIN)
        .output()
        .unwrap()
}

#[test]
fn the_session_of_the_readme_works_as_it_is_written() {
    let server = Server::start();
    let output = bash(&server, block("## A session", "sh"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    // What other models would give depends on the milliseconds between the click and the sale.
    answer.as_object_mut().unwrap().remove("models").expect("what other models would give");
    let mut written: Value = serde_json::from_str(block("## A session", "json")).unwrap();
    settled(&mut answer);
    settled(&mut written);
    assert_eq!(answer, written);
}

/// What the sections expect to be there.
const SETTING: &str = r#"
curl() { command curl --fail-with-body "$@"; } # an answer that tells of a mistake ends the script
printf 'path,conversions,value,null\na > b > c,10,450,3\nb,1,20,0\n' > paths.csv
gzip -k paths.csv
echo '{"touches":[{"key":"a","at":"2026-01-05T00:00:00Z","milestone":"lead"}],"converted_at":"2026-02-01T00:00:00Z","value":100}' > journeys.jsonl
printf 'Vorgang,Stage,Created\nAcme,Verhandlung,31.10.2025\n' > crm.csv
printf 'kind,partner,email,occurred_at\nreferral,Brightwater,kim@example.com,2026-01-05T09:00\n' > activities.csv
printf 'event,order_id,amount,currency,email,heard_from,occurred_at\nsale,77,49.90,EUR,kim@example.com,Br\374cke,2026-01-06\n' > orders.csv
"#;

#[test]
fn what_the_sections_of_the_readme_tell_to_type_works_as_it_is_written() {
    let server = Server::start();
    let exported = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/crm/salesforce.csv");
    std::fs::copy(exported, server.dir.path().join("opportunities.csv")).unwrap();
    server.partner("Brightwater");
    let sections = ["## Rules", "## Who is who", "## Deals"].map(commands);
    for (section, calls) in sections.iter().zip([8, 2, 8]) {
        let typed = section.lines().filter(|line| ["api ", "kudos ", "zcat "].iter().any(|start| line.starts_with(start)));
        assert_eq!(typed.count(), calls, "commands may have come or gone:\n{section}");
    }
    let script = [SETTING, block("## A session", "sh"), "set -x\n"].concat() + &sections.concat();
    let output = bash(&server, &script);
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}\n{}", said(&output.stdout), said(&output.stderr));
}
