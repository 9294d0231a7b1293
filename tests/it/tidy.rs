//! The rules of the house, as tests: who may import whom, and how large things may grow.

use std::fs;
use std::path::{Path, PathBuf};

const FILE_LINES_MAX: usize = 400;
const FUNCTION_LINES_MAX: usize = 70;

/// Each room with the rooms it may import besides itself.
const ROOMS: &[(&str, &[&str])] = &[
    ("domain", &["error", "clock"]),
    ("error", &["domain", "clock"]),
    ("clock", &["domain", "error"]),
    ("config", &["domain", "error", "clock"]),
    ("journal", &["domain", "error", "clock", "config"]),
    ("store", &["domain", "error", "clock", "config"]),
    ("intake", &["domain", "error", "clock", "config", "journal", "store"]),
    ("jobs", &["domain", "error", "clock", "config", "journal", "store"]),
    ("pages", &["domain", "error", "clock"]),
    ("http", &["domain", "error", "clock", "config", "journal", "store", "intake", "jobs", "pages"]),
    ("cli", &["domain", "error", "clock", "config", "journal", "store", "intake", "jobs", "pages", "http"]),
    ("main", &["cli"]),
    ("lib", &[]),
];

/// Crates that only one room may name.
const KEPT_IN: &[(&str, &[&str])] = &[
    ("sqlx::", &["store"]),
    ("hyper::", &["http", "cli"]),
    ("hyper_util::", &["http", "cli"]),
    ("tokio::", &["journal", "store", "intake", "jobs", "http", "cli"]),
];

fn sources(under: &str) -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders = vec![root.join(under)];
    while let Some(folder) = folders.pop() {
        // A folder that is not there yet holds nothing too large.
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(root).unwrap().to_owned(), text));
            }
        }
    }
    found
}

fn room(path: &Path) -> String {
    let first = path.components().nth(1).unwrap().as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

#[test]
fn rooms_import_in_one_direction() {
    let mut wrong = Vec::new();
    for (path, text) in sources("src") {
        let room = room(&path);
        let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            wrong.push(format!("{}: {room} is no room of the house", path.display()));
            continue;
        };
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            let parts = line.split("crate::").skip(1).chain(line.split("kudos::").skip(1).filter(|_| room == "main"));
            for part in parts {
                let name: String = part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                let is_room = ROOMS.iter().any(|(room, _)| *room == name);
                if is_room && name != room && !allowed.contains(&name.as_str()) {
                    wrong.push(format!("{}:{}: {room} imports {name}", path.display(), number + 1));
                }
            }
            for (name, rooms) in KEPT_IN {
                let at_word =
                    line.find(name).is_some_and(|at| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'));
                if at_word && !rooms.contains(&room.as_str()) {
                    wrong.push(format!("{}:{}: {room} names {name}", path.display(), number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_and_functions_stay_small() {
    let mut wrong = Vec::new();
    for (path, text) in ["src", "tests", "benches"].into_iter().flat_map(sources) {
        let lines: Vec<&str> = text.lines().collect();
        if lines.len() > FILE_LINES_MAX {
            wrong.push(format!("{}: {} lines", path.display(), lines.len()));
        }
        for (start, line) in lines.iter().enumerate().filter(|(_, line)| is_function(line)) {
            let indent = line.len() - line.trim_start().len();
            let end = format!("{}}}", " ".repeat(indent));
            let length = lines[start..].iter().position(|line| *line == end).map_or(1, |at| at + 1);
            if length > FUNCTION_LINES_MAX && !line.trim_end().ends_with(';') {
                wrong.push(format!("{}:{}: a function of {length} lines", path.display(), start + 1));
            }
        }
        let name = path.file_stem().unwrap().to_string_lossy();
        if ["utils", "util", "helpers", "helper", "common", "misc"].contains(&name.as_ref()) {
            wrong.push(format!("{}: a drawer without a name", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn is_function(line: &str) -> bool {
    let code = line.trim_start();
    let words = [
        "fn ",
        "pub fn ",
        "async fn ",
        "pub async fn ",
        "pub(super) fn ",
        "pub(crate) fn ",
        "pub(super) async fn ",
        "const fn ",
    ];
    words.iter().any(|word| code.starts_with(word)) && !code.ends_with("}")
}
