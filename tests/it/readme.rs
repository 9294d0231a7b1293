//! The README's session, word for word, against a real server; and its answer, but for ids and times.

use std::process::Command;

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

#[test]
fn the_session_of_the_readme_works_as_it_is_written() {
    let server = Server::start();
    let session = block("## A session", "sh");
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", session])
        .env("KUDOS", server.url(""))
        .env("KUDOS_ADMIN_KEY", ADMIN)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    // What other models would give depends on the milliseconds between the click and the sale.
    answer.as_object_mut().unwrap().remove("models").expect("what other models would give");
    let mut written: Value = serde_json::from_str(block("## A session", "json")).unwrap();
    settled(&mut answer);
    settled(&mut written);
    assert_eq!(answer, written);
}
