//! `kudos models`, the program itself: what it reads, what it prints, and what it says of a file that does not fit.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

fn kudos(arguments: &[&str], stdin: impl AsRef<[u8]>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kudos"));
    command.arg("models").args(arguments).env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // It may end before it has read everything.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_ref());
    child.wait_with_output().unwrap()
}

/// What is printed for a file that fits.
fn printed(arguments: &[&str], stdin: &str) -> String {
    let output = kudos(arguments, stdin);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The JSON of the models for what is on stdin.
fn models(names: &str, more: &[&str], stdin: &str) -> Value {
    let arguments = [&["-", "--model", names, "--format", "json"], more].concat();
    serde_json::from_str(&printed(&arguments, stdin)).unwrap()
}

/// Checks the conversions of each key under one model.
fn check(names: &str, more: &[&str], stdin: &str, expected: &[(&str, f64)]) {
    let result = models(names, more, stdin);
    let rows = result[0]["rows"].as_array().unwrap();
    assert_eq!(result[0]["model"], names);
    assert_eq!(rows.len(), expected.len(), "{result}");
    for (row, (key, expected)) in rows.iter().zip(expected) {
        let got = row["conversions"].as_f64().unwrap();
        assert!(row["key"] == *key && (got - expected).abs() < 1e-9, "{names}: {row}, expected {key} {expected}");
    }
}

const SEARCH: &str = "path,conversions\ndirect,2\nsearch > email,3\nsearch>social>email,5\n";
const GOOGLE: &str = "path,conversions,value,null\ngoogle,2,20,1\nmailing,1,10,0\ngoogle > mailing,1,10.5,0\n";
const THREE: &str = "path,conversions,value,null\nc1 > c2 > c3,1,0,0\nc1,0,0,1\nc2 > c3,0,0,1\n";
const LETTERS: &str = "path\nA>B>A>B>B>A\nA > B > B > A > A\nA>A\n";

#[test]
fn paths_give_the_published_vectors() {
    check("first", &[], SEARCH, &[("direct", 2.0), ("email", 0.0), ("search", 8.0), ("social", 0.0)]);
    check("last", &[], SEARCH, &[("direct", 2.0), ("email", 8.0), ("search", 0.0), ("social", 0.0)]);
    check("linear", &[], SEARCH, &[("direct", 2.0), ("email", 19.0 / 6.0), ("search", 19.0 / 6.0), ("social", 5.0 / 3.0)]);
    check("position", &[], SEARCH, &[("direct", 2.0), ("email", 3.5), ("search", 3.5), ("social", 1.0)]);
    check("markov", &[], THREE, &[("c1", 0.2), ("c2", 0.4), ("c3", 0.4)]);
    check("markov", &[], GOOGLE, &[("google", 2.4), ("mailing", 1.6)]);
    check("markov", &["--order", "3"], GOOGLE, &[("google", 2.4), ("mailing", 1.6)]);
    check("markov", &[], LETTERS, &[("A", 2.0), ("B", 1.0)]);
    check("first", &[], LETTERS, &[("A", 3.0), ("B", 0.0)]);
    check("linear", &[], LETTERS, &[("A", 2.1), ("B", 0.9)]);
    check("shapley", &[], "path,conversions\na,4\na>b,6\n", &[("a", 7.0), ("b", 3.0)]);
    check("shapley", &[], "path,conversions\na>b>c>d,10\n", &[("a", 2.5), ("b", 2.5), ("c", 2.5), ("d", 2.5)]);
    check("j_shaped", &[], "path\na>b>c\n", &[("a", 0.2), ("b", 0.2), ("c", 0.6)]);
    check("inverse_j", &[], "path\na>b>c\n", &[("a", 0.6), ("b", 0.2), ("c", 0.2)]);
    check("position", &["--first", "0.3", "--last", "0.1"], "path\na>b\n", &[("a", 0.75), ("b", 0.25)]);
}

#[test]
fn value_is_shared_as_conversions_are() {
    let expected = json!([
        { "model": "markov", "rows": [
            { "key": "google", "conversions": 2.4, "value": 24.3 }, { "key": "mailing", "conversions": 1.6, "value": 16.2 }] },
        { "model": "first", "rows": [
            { "key": "google", "conversions": 3.0, "value": 30.5 }, { "key": "mailing", "conversions": 1.0, "value": 10.0 }] },
    ]);
    assert_eq!(models("markov,first", &[], GOOGLE), expected);
    let ordered = models("shapley", &["--ordered"], "path,conversions\na>b,6\nb>a,2\n");
    assert_eq!(ordered[0]["rows"][1], json!({ "key": "b", "conversions": 4.0, "value": 0.0, "positions": [1.0, 3.0] }));
}

#[test]
fn columns_and_separators_of_others_are_understood() {
    let r = "path;total_conversions;total_conversion_value;total_null\ngoogle;2;20;1\nmailing;1;10;0\n\"google > mailing\";1;10.5;0\n";
    assert_eq!(models("markov", &[], r), models("markov", &[], GOOGLE));
    let tabs = "\u{feff}Null\tPATH\r\n3\ta > b\r\n";
    assert_eq!(models("linear", &[], tabs)[0]["rows"][0], json!({ "key": "a", "conversions": 0.5, "value": 0.0 }));
    assert_eq!(models("linear,markov", &[], "path\n")[1], json!({ "model": "markov", "rows": [] }));
    assert_eq!(models("linear", &[], "path,value\n\"a, b > c\",3\n")[0]["rows"][0]["key"], "a, b");
}

/// Journeys to a conversion on the 31st, of touches `(key, day, more)`.
fn journey(touches: &[(&str, u32, Value)], converted: bool, value: f64) -> String {
    let touch = |(key, day, more): &(&str, u32, Value)| {
        let mut touch = json!({ "key": key, "at": format!("2026-01-{day:02}T00:00:00Z") });
        touch.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        touch
    };
    let converted_at = converted.then_some("2026-01-31T00:00:00Z");
    let touches: Vec<Value> = touches.iter().map(touch).collect();
    format!("{}\n", json!({ "touches": touches, "converted_at": converted_at, "value": value }))
}

#[test]
fn timed_journeys_give_the_published_vectors() {
    let days = [1, 7, 13, 19, 25, 31].map(|day| (["a", "b", "c", "d", "e", "f"][day as usize / 6], day, Value::Null));
    let result = models("time_decay", &[], &journey(&days, true, 20_000.0));
    let values: Vec<f64> = result[0]["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["value"].as_f64().unwrap() * 100.0).round() / 100.0)
        .collect();
    assert_eq!(values, [472.72, 856.31, 1551.16, 2809.85, 5089.89, 9220.07]);

    // In the order of time, whatever the order in the line.
    let three = journey(&[("c", 30, Value::Null), ("a", 28, Value::Null), ("b", 29, Value::Null)], true, 0.0);
    check("time_decay", &["--half-life-days", "1"], &three, &[("a", 1.0 / 7.0), ("b", 2.0 / 7.0), ("c", 4.0 / 7.0)]);
    check("time_decay", &["--half-life-days", "1", "--steps"], &three, &[("a", 1.0 / 7.0), ("b", 2.0 / 7.0), ("c", 4.0 / 7.0)]);
    check("position", &[], &three, &[("a", 0.4), ("b", 0.2), ("c", 0.4)]);
    check("last", &[], &three, &[("a", 0.0), ("b", 0.0), ("c", 1.0)]);

    let (lead, opportunity) = (json!({ "milestone": "lead" }), json!({ "milestone": "opportunity" }));
    let seven = [
        ("a", 1, Value::Null),
        ("b", 2, Value::Null),
        ("c", 3, lead),
        ("d", 4, Value::Null),
        ("e", 5, opportunity),
        ("f", 6, Value::Null),
        ("g", 7, Value::Null),
    ];
    let others = 0.025;
    let expected = [("a", 0.3), ("b", others), ("c", 0.3), ("d", others), ("e", 0.3), ("f", others), ("g", others)];
    check("w_shaped", &[], &journey(&seven, true, 0.0), &expected);
    let both = journey(&[("a", 1, json!({ "milestone": ["lead", "opportunity"] })), ("b", 2, Value::Null)], true, 0.0);
    check("full_path", &[], &both, &[("a", 0.75), ("b", 0.25)]);
    let kinds = journey(&[("a", 1, json!({ "kind": "click" })), ("b", 2, json!({ "kind": "demo" }))], true, 0.0);
    check("custom", &["--weights", "click=1,demo=3"], &kinds, &[("a", 0.25), ("b", 0.75)]);

    let one = |key| (key, 1, Value::Null);
    let chain = [
        journey(&[one("c1"), one("c2"), one("c3")], true, 0.0),
        journey(&[one("c1")], false, 0.0),
        "\n".into(),
        journey(&[one("c2"), one("c3")], false, 9.0),
    ];
    check("markov", &[], &chain.concat(), &[("c1", 0.2), ("c2", 0.4), ("c3", 0.4)]);
}

#[test]
fn what_lies_outside_the_lookback_or_after_the_conversion_does_not_count() {
    let late = journey(&[("a", 1, Value::Null), ("b", 29, Value::Null)], true, 5.0);
    check("linear", &["--lookback-days", "3"], &late, &[("b", 1.0)]);
    let after = late.replace("2026-01-29", "2026-02-01");
    check("linear", &[], &after, &[("a", 1.0)]);
    let output = kudos(&["-", "--model", "linear", "--lookback-days", "1"], &late);
    assert!(output.status.success());
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(told, "kudos: 1 of 1 conversions have no touchpoint that counts and are shared with nobody\n");
}

#[test]
fn what_is_shared_with_nobody_is_told() {
    let click = |day| journey(&[("a", day, json!({ "kind": "click" }))], true, 0.0);
    let demo = journey(&[("a", 1, json!({ "kind": "demo" })), ("b", 2, json!({ "kind": "click" }))], true, 0.0);
    for (arguments, stdin, rows, expected) in [
        (
            &["custom", "--weights", "demo=1"][..],
            [click(1), demo, click(2)].concat(),
            json!([{ "key": "a", "conversions": 1.0, "value": 0.0 }, { "key": "b", "conversions": 0.0, "value": 0.0 }]),
            "2 of 3 conversions have only touchpoints of kinds without --weights and are shared with nobody by custom",
        ),
        (
            &["markov"],
            "path,conversions,value\na > b,0,30\n".into(),
            json!([{ "key": "a", "conversions": 0.0, "value": 0.0 }, { "key": "b", "conversions": 0.0, "value": 0.0 }]),
            "no row has a conversion, so markov has nothing to learn from and shares the value with nobody",
        ),
    ] {
        let output = kudos(&[&["-", "--format", "json", "--model"], arguments].concat(), stdin);
        let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(printed[0]["rows"], rows);
        assert_eq!(String::from_utf8(output.stderr).unwrap(), format!("kudos: {expected}\n"));
    }
}

#[test]
fn positions_are_shown_in_every_format() {
    let paths = "path,conversions\na>b,6\nb>a,2\n";
    let arguments = |format| ["-", "--model", "linear,shapley", "--ordered", "--format", format];
    let csv = "model,key,conversions,value,position_1,position_2\nlinear,a,4,0,,\nlinear,b,4,0,,\nshapley,a,4,0,3,1\nshapley,b,4,0,1,3\n";
    assert_eq!(printed(&arguments("csv"), paths), csv);
    let words = |table: &str| -> Vec<Vec<String>> {
        table.lines().map(|line| line.split_whitespace().map(str::to_owned).collect()).collect()
    };
    let table = words(&printed(&arguments("table"), paths));
    assert_eq!(table[4..], words("at position 1 2\na 3.0000 1.0000\nb 1.0000 3.0000"));
    let long = printed(&["-", "--model", "shapley", "--ordered"], &["path\na", &" > b".repeat(11)].concat());
    let table = words(&long);
    assert_eq!(table[4][2..], ["1", "2", "3", "4", "5", "6", "7", "8", "and", "later"]);
    assert_eq!(table[6][8], "0.2273", "4 parts of 11 of one half and of rounding no sign: {long}");
    let tiny = printed(&["-", "--model", "linear"], "path,value\na > b,-0.00001\n");
    assert!(!tiny.contains("-0.0000") && tiny.contains("0.0000"), "{tiny}");
}

#[test]
fn a_file_that_is_no_text_is_told_what_it_is() {
    let utf16: Vec<u8> = "\u{feff}path\na\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (bytes, expected) in [
        (&b"\x1f\x8b\x08\0abc"[..], "it is gzip; give what zcat makes of it"),
        (b"\x28\xb5\x2f\xfdabc", "it is zstd"),
        (b"PK\x03\x04abc", "it is a ZIP archive or a spreadsheet"),
        (&utf16, "it is text in UTF-16; save it as UTF-8"),
        (&utf16[2..], "it is no text in UTF-8"),
    ] {
        let output = kudos(&["-", "--model", "linear"], bytes);
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && told.starts_with(&format!("kudos: stdin: {expected}")), "{told}");
        assert!(!told.contains("\\0") && told.len() < 120, "{told}");
    }
}

#[test]
fn it_prints_tables_and_cells_that_are_no_formulas() {
    let table = printed(&["-", "--model", "first,markov"], GOOGLE);
    let lines: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["conversions", "first", "markov"]);
    assert_eq!(lines[1], ["google", "3.0000", "2.4000"]);
    assert_eq!(
        (lines[4].as_slice(), lines[6].as_slice()),
        (&["value", "first", "markov"][..], &["mailing", "10.0000", "16.2000"][..])
    );
    let csv = printed(&["-", "--model", "linear", "--format", "csv"], "path\n=1+1 > \"b\"\n@a > -c\n+d\n");
    let expected = "model,key,conversions,value\nlinear,\"\"\"b\"\"\",0.5,0\nlinear,'+d,1,0\nlinear,'-c,0.5,0\nlinear,'=1+1,0.5,0\nlinear,'@a,0.5,0\n";
    assert_eq!(csv, expected);
}

#[test]
fn a_file_is_read_by_its_name() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("paths.csv");
    std::fs::write(&file, THREE).unwrap();
    let file = file.to_str().unwrap();
    assert!(printed(&[file, "--model", "markov"], "").contains("0.2000"));
    let fails = |arguments: &[&str]| String::from_utf8(kudos(arguments, "").stderr).unwrap();
    std::fs::write(dir.path().join("bad.csv"), "path,conversions\na,x\n").unwrap();
    let bad = dir.path().join("bad.csv").display().to_string();
    let expected = format!("kudos: {bad}: line 2, column conversions: \"x\" is not a number such as 12 or 3.5\n");
    assert_eq!(fails(&[&bad, "--model", "markov"]), expected);
    let missing = dir.path().join("none.csv").display().to_string();
    assert!(fails(&[&missing, "--model", "markov"]).starts_with(&format!("kudos: {missing} cannot be read: No such file")));
    assert!(fails(&[dir.path().to_str().unwrap(), "--model", "markov"]).contains("it is a directory"));
}

#[test]
fn what_does_not_fit_is_named() {
    let timed = journey(&[("a", 1, Value::Null)], true, 0.0);
    for (model, stdin, expected) in [
        ("linear", "path,conversions\na\n", "line 2 has 1 cell, the header 2"),
        ("linear", "conversions\n1\n", "line 1: column path is missing; the header is path,conversions,value,null"),
        ("linear", "path,foo\na,1\n", "line 1: \"foo\" is not a column"),
        ("linear", "path,null,total_null\na,1,1\n", "line 1: column total_null is there twice"),
        ("linear", "path\na\na > > b\n", "line 3, column path: \"a > > b\" has a touchpoint without a name"),
        ("linear", "path,conversions\n,1\n", "line 2, column path: is empty; a path reads a > b > c"),
        ("linear", "path,conversions\na,-1\n", "line 2, column conversions: \"-1\" must be 0 or more"),
        ("linear", "path,null\na,NaN\n", "line 2, column null: \"NaN\" must be 0 or more"),
        ("linear", "path,value\na,\n", "line 2, column value: \"\" is not a number such as 12 or 3.5"),
        ("linear", "path,value\na,1e308\na,1e308\n", "line 2, column value: \"1e308\" is larger than 1e18"),
        ("linear", "path,conversions\na,1e19\n", "line 2, column conversions: \"1e19\" is larger than 1e18"),
        ("time_decay", "path\na\n", "time_decay needs times of the touchpoints, which paths do not have"),
        ("w_shaped", "path\na\n", "w_shaped needs milestones (lead, opportunity), which paths do not have"),
        ("full_path", timed.as_str(), "full_path needs milestones, and no touchpoint has one"),
        ("linear", "{\"touches\":[{\"key\":\"a\"}]}\n", "line 1, column 23: missing field `at`"),
        ("linear", "{\"touches\":[],\"converted\":1}\n", "unknown field `converted`"),
        ("linear", "{\"touches\":[{\"key\":\"a\",\"at\":\"soon\"}]}\n", "is not an RFC 3339 time"),
        ("linear", "{\"touches\":[{\"key\":\" \",\"at\":\"2026-01-01T00:00:00Z\"}]}\n", "line 1: touches[0].key is empty"),
        ("linear", "{\"touches\":[],\"converted_at\":null,\"value\":1e300}\n", "line 1: value 1e300 is larger than 1e18"),
        ("linear", "{}\n\n", "line 1, column 2: missing field `touches`"),
    ] {
        let output = kudos(&["-", "--model", model], stdin);
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && output.stdout.is_empty(), "{stdin}");
        assert!(told.starts_with("kudos: stdin: ") && told.contains(expected), "{told}, expected {expected}");
        assert!(!told.contains("panicked"), "{told}");
    }
    for (arguments, expected) in [
        (&["--model", "best"][..], "invalid value 'best'"),
        (&["--model", "markov", "--order", "4"], "--order: must be 1 to 3"),
        (&["--model", "time_decay", "--half-life-days", "0"], "--half-life-days: must be more than 0"),
        (&["--model", "linear", "--order", "2"], "--order: only markov knows it, which --model does not name"),
        (&["--model", "markov", "--ordered"], "--ordered: only shapley knows it"),
        (&["--model", "linear", "--half-life-days", "3"], "--half-life-days: only time_decay knows it"),
        (&["--model", "linear", "--steps"], "--steps: only time_decay knows it"),
        (&["--model", "linear", "--first", "0.3"], "--first: only position knows it"),
        (&["--model", "linear", "--weights", "click=1"], "--weights: only custom knows it"),
        (&["--model", "custom"], "--weights: custom needs at least one kind with a weight above 0"),
        (&["--model", "custom", "--weights", "click"], "--weights: \"click\" is not KIND=WEIGHT"),
        (&["--model", "linear,linear"], "--model: linear is named twice"),
        (&["--model", "position", "--first", "0.9"], "--last: first and last together must not be more than 1"),
        (&["--model", "linear", "--lookback-days=-1"], "--lookback-days: must be 0 or more"),
    ] {
        let output = kudos(&[&["-"], arguments].concat(), "path\na\n");
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && told.contains(expected), "{told}, expected {expected}");
    }
}

#[test]
fn a_long_file_adds_up() {
    let keys = |rows: usize| {
        let mut csv = String::from("path,conversions,value,null\n");
        (0..rows).for_each(|row| csv += &format!("a{} > b > c{} > a{},1,2.5,1\n", row % 7, row % 11, row % 5));
        let result = models("linear,markov,shapley", &["--order", "2"], &csv);
        let sum = |place: usize| {
            result[place]["rows"].as_array().unwrap().iter().map(|row| row["conversions"].as_f64().unwrap()).sum::<f64>()
        };
        (0..3).for_each(|place| assert!((sum(place) - rows as f64).abs() < 1e-6, "{}", sum(place)));
        result[1]["rows"].as_array().unwrap().len()
    };
    assert_eq!(keys(1_000), keys(100_000));
}

#[test]
fn several_threads_read_a_file_as_one_does() {
    let rows = "a > b > c,1,2,0\n".repeat(100_000);
    let (header, quoted) = ("path,conversions,value,null\n", "\"a >\n b > c\",3,2,0\n");
    let third = (100_000.0 + 100_000.0 + 3.0) / 3.0;
    for file in [[header, &rows, quoted, &rows], [header, quoted, &rows, &rows], [header, &rows, &rows, quoted]] {
        check("linear", &[], &file.concat(), &[("a", third), ("b", third), ("c", third)]);
    }
    // Of mistakes in several parts of it the first is told, by its line in the whole.
    let file = [header, &rows, "a,x,2,0\n", &rows, "b,y,2,0\n", quoted, "c,z,2,0\n"].concat();
    let told = String::from_utf8(kudos(&["-", "--model", "linear"], &file).stderr).unwrap();
    assert!(told.contains("line 100002, column conversions: \"x\" is not a number"), "{told}");
    let journeys = journey(&[("a", 1, Value::Null)], true, 1.0).repeat(60_000);
    check("last", &[], &journeys, &[("a", 60_000.0)]);
    let told = String::from_utf8(kudos(&["-", "--model", "last"], &(journeys + "{}\n")).stderr).unwrap();
    assert!(told.contains("line 60001, column 2: missing field `touches`"), "{told}");
}
