//! `kudos import`: the exports of CRMs beside a running server, read twice, read wrongly, and read as somebody says.

#[path = "import/again.rs"]
mod again;
#[path = "import/crm.rs"]
mod crm;
#[path = "import/written.rs"]
mod written;

use std::path::Path;

use serde_json::{Value, json};

use super::program::walk;
use super::server::{Server, eventually, text};
use crate::database::by_hand;
use crate::settings::run;

/// A file of `tests/data/crm`.
fn sample(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/crm").join(name).display().to_string()
}

/// Runs `kudos import` beside the server; exit code and what it said.
fn import(server: &Server, arguments: &[&str]) -> (i32, String) {
    let url = server.database();
    let mut all = vec!["import"];
    all.extend(arguments);
    all.extend(["--database", &url, "--data-dir", "."]);
    let output = run(&server.dir, &all, &[]);
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.code().unwrap(), said)
}

/// Writes a file into the server's directory.
fn write(server: &Server, name: &str, content: &str) -> String {
    let path = server.dir.path().join(name);
    std::fs::write(&path, content).unwrap();
    path.display().to_string()
}

/// A copy of a sample, so that what is written beside it is in the server's directory.
fn copy(server: &Server, name: &str) -> String {
    write(server, name, &std::fs::read_to_string(sample(name)).unwrap())
}

fn deal(server: &Server, external_id: &str) -> Value {
    let deals = server.ok("GET", &format!("/deals?external_id={external_id}"), Value::Null);
    let id = text(&deals["data"][0], "id");
    server.ok("GET", &format!("/deals/{id}"), Value::Null)
}

/// The fields that are asked for, as one JSON list.
fn some(value: &Value, fields: &[&str]) -> Value {
    fields.iter().map(|field| value[field].clone()).collect()
}

const SHOWN: [&str; 8] = ["name", "amount", "currency", "stage", "status", "opened_at", "closed_at", "owner"];

#[test]
fn rows_that_do_not_fit_are_told_and_the_others_go_in() {
    let server = Server::start();
    // Two of one name, as they could be made before names were refused that others have.
    server.partner("Twin");
    server.partner("Other");
    let url = server.database();
    by_hand(&url, async move |hand| hand.sql("update partners set name = 'Twin'").await);
    let content = "Deal Name,Amount,Currency,Stage,Partner,Create Date,Close Date,Record ID\n\
        Fine,5,EUR,won,,2026-01-01,2026-01-05,1\n\
        Stage,5,EUR,Haggling,,,,2\n\
        Partner,5,EUR,,Nobody,,,3\n\
        Twins,5,EUR,,Twin,,,4\n\
        Money,5,XXQ,,,,,5\n\
        Amount,five,EUR,,,,,6\n\
        Date,5,EUR,,,31/31/2025,,7\n\
        ,5,EUR,,,tomorrow,,=cmd|' /C calc'!A0\n\
        Turned,5,EUR,won,,2026-01-05,2026-01-01,9\n\
        Ahead,5,EUR,won,,2026-01-05,2999-01-01,10\n\
        Long,5,EUR,,,,,11,more\n\
        Short,5\n";
    let file = write(&server, "mixed.csv", content);
    for dry in [true, false] {
        let mut arguments = vec!["deals", file.as_str()];
        arguments.extend(dry.then_some("--dry-run"));
        let (code, said) = import(&server, &arguments);
        assert_eq!(code, 1, "{said}");
        assert!(said.contains("12 rows of deals: 1 new, 0 updated, 0 unchanged, 11 left out"), "{said}");
        assert_eq!(said.contains("dry run, nothing was written"), dry);
        assert!(said.contains(&format!("{file}.errors.csv")));
        let names: Vec<String> = walk(&server, "/deals", 50).iter().map(|deal| text(deal, "name")).collect();
        assert_eq!(names.len(), usize::from(!dry), "{names:?}");
    }
    let mut errors = csv::ReaderBuilder::new().flexible(true).from_path(format!("{file}.errors.csv")).unwrap();
    let headers = errors.headers().unwrap().iter().take(4).collect::<Vec<_>>().join(",");
    assert_eq!(headers, "row,column,reason,Deal Name");
    let rows: Vec<csv::StringRecord> = errors.records().map(Result::unwrap).collect();
    let expected = [
        ("3", "Stage", "\"Haggling\" is not a stage", "Stage"),
        ("4", "Partner", "there is no partner with the id, external id or name \"Nobody\"", "Partner"),
        ("5", "Partner", "several partners are called", "Twins"),
        ("6", "Currency", "is not an ISO 4217 currency code", "Money"),
        ("7", "Amount", "is not an amount", "Amount"),
        ("8", "Create Date", "is not a date", "Date"),
        ("9", "Deal Name; Create Date", "Deal Name: is missing; Create Date: \"tomorrow\" is not a date", ""),
        ("10", "Close Date", "must not lie before opened_at", "Turned"),
        ("11", "Close Date", "lies in the future", "Ahead"),
        ("12", "row", "has 9 cells, but there are 8 columns", "Long"),
        ("13", "", "", "Short"),
    ];
    let by_row: Vec<(&str, &str)> = rows.iter().map(|row| (&row[0], &row[1])).collect();
    for (row, column, reason, name) in expected.into_iter().filter(|(row, ..)| *row != "13") {
        let found = rows.iter().find(|found| &found[0] == row).unwrap_or_else(|| panic!("no row {row}: {by_row:?}"));
        assert_eq!((&found[1], &found[3]), (column, name), "{found:?}");
        assert!(found[2].contains(reason), "{reason:?}: {found:?}");
    }
    let formula = rows.iter().find(|row| &row[0] == "9").unwrap();
    assert_eq!(&formula[10], "'=cmd|' /C calc'!A0", "no spreadsheet takes it for a formula");
}

#[test]
fn columns_are_mapped_and_mappings_saved_listed_and_removed() {
    let server = Server::start();
    let content = "Vorgang;Summe;Phase;Angelegt;Name\nAcme;1.234,50;Verhandlung;05/01/2026;x\n";
    let file = write(&server, "crm.csv", content);
    let flags = [
        "--map",
        "Vorgang=name",
        "--map",
        "Summe=amount",
        "--map",
        "Phase=stage",
        "--map",
        "Angelegt=opened_at",
        "--map",
        "Name=-",
        "--set",
        "currency=EUR",
        "--stage",
        "Verhandlung=negotiation",
        "--dates",
        "dmy",
        "--mapping",
        "house",
    ];
    let mut arguments = vec!["deals", file.as_str()];
    arguments.extend(flags);
    let (code, said) = import(&server, &[&arguments[..], &["--dry-run"]].concat());
    assert!(code == 0 && said.contains("1 new"), "{said}");
    assert!(import(&server, &["mappings"]).1.contains("no mapping is saved"), "a dry run saves none");
    let (code, said) = import(&server, &arguments);
    assert!(code == 0 && said.contains("1 new") && said.contains("columns not used: Name"), "{said}");
    let deals = walk(&server, "/deals", 50);
    let expected = json!(["Acme", 123_450, "EUR", "negotiation", "open", "2026-01-05T00:00:00.000Z", null, null]);
    assert_eq!(some(&deals[0], &SHOWN), expected);
    let (code, said) = import(&server, &["deals", &file, "--mapping", "house"]);
    assert!(code == 0 && said.contains("1 unchanged"), "{said}");

    let (_, listed) = import(&server, &["mappings"]);
    for line in
        ["house (deals)", "--map 'Vorgang=name'", "--set 'currency=EUR'", "--stage 'Verhandlung=negotiation'", "--dates 'dmy'"]
    {
        assert!(listed.contains(line), "{line:?} is not in {listed}");
    }
    let (code, said) = import(&server, &["conversions", &file, "--mapping", "house"]);
    assert!(code == 1 && said.contains("is for deals"), "{said}");
    assert_eq!(import(&server, &["mappings", "--remove", "house"]).0, 0);
    let (code, said) = import(&server, &["mappings", "--remove", "house"]);
    assert!(code == 1 && said.contains("there is no mapping \"house\""), "{said}");
    let (code, said) = import(&server, &["deals", &file, "--mapping", "house"]);
    assert!(code == 1 && said.contains("there is no mapping \"house\""), "{said}");

    let toml = "dates = \"dmy\"\n[columns]\nVorgang = \"name\"\nAngelegt = \"opened_at\"\nName = \"-\"\nPhase = \"-\"\n";
    let toml = write(&server, "map.toml", toml);
    let (code, said) = import(&server, &["deals", &file, "--map-file", &toml, "--dry-run"]);
    assert!(code == 0 && said.contains("1 unchanged"), "{said}");
    for (flag, word) in [
        (["--map", "Vorgang"], "has no = in it"),
        (["--map", "Nichts=name"], "is not a column of this file"),
        (["--map", "Vorgang=nome"], "is not a field of deals"),
        (["--set", "nome=x"], "is not a field of deals"),
        (["--map-file", "none.toml"], "cannot be read"),
    ] {
        let (code, said) = import(&server, &[&["deals", file.as_str()][..], &flag].concat());
        assert!(code != 0 && said.contains(word), "{flag:?}: {said}");
    }
    let (code, said) = import(&server, &["deals", "missing.csv"]);
    assert!(code == 1 && said.contains("missing.csv cannot be read"), "{said}");
}

#[test]
fn offline_touchpoints_are_read_once() {
    let server = Server::start();
    let ada = server.partner("Ada");
    server.ok("POST", "/deals", json!({ "name": "Acme", "external_id": "D-1", "customer_id": "c1" }));
    server.ok("POST", "/conversions", json!({ "order_id": "o1", "amount": 100, "currency": "EUR", "customer_id": "c2" }));
    server.attributed("o1");
    let content = "Activity Type,Partner,Date,Customer,Deal ID,Subject\n\
        Co-sell,Ada,2025-12-01 10:00,,D-1,joint call\n\
        webinar,,2025-12-02,c2,,\n\
        Intro,Ada,2025-12-03,c2,,\n\
        intro,,2025-12-03,c2,,\n\
        lunch,Ada,2025-12-03,c2,,\n\
        intro,Ada,2025-12-03,,D-2,\n\
        intro,Ada,,c2,,\n\
        intro,Ada,2025-12-03,,,\n";
    let file = write(&server, "activities.csv", content);
    let (code, said) = import(&server, &["touchpoints", &file]);
    assert!(code == 1 && said.contains("8 rows of touchpoints: 3 new, 0 updated, 0 unchanged, 5 left out"), "{said}");
    let (_, said) = import(&server, &["touchpoints", &file]);
    assert!(said.contains("0 new, 0 updated, 3 unchanged, 5 left out"), "{said}");
    let touchpoints = walk(&server, "/touchpoints", 50);
    let shown: Vec<Value> =
        touchpoints.iter().map(|touch| some(touch, &["kind", "team", "partner_id", "customer_id", "note"])).collect();
    let expected = [
        json!(["intro", "partner", ada, "c2", null]),
        json!(["webinar", "marketing", null, "c2", null]),
        json!(["co_sell", "partnerships", ada, "c1", "joint call"]),
    ];
    assert_eq!(shown, expected);
    let errors = std::fs::read_to_string(format!("{file}.errors.csv")).unwrap();
    for line in [
        "5,Partner,Partner: is missing",
        "6,Activity Type,",
        "7,Deal ID,",
        "8,Date,Date: is missing",
        "9,Customer,Customer: is missing",
    ] {
        assert!(
            errors.contains(&format!("\n{line}")) || errors.contains(&format!("\n\"{line}")),
            "{line:?} is not in {errors}"
        );
    }
}

#[test]
fn conversions_are_recorded_once_and_credited() {
    let server = Server::start();
    let ada = server.partner("Ada");
    server.ok(
        "POST",
        "/touchpoints",
        json!({ "partner_id": ada, "kind": "referral", "customer_id": "c1", "occurred_at": "2025-12-01T00:00:00Z" }),
    );
    let content = "Event,Order ID,Total,Currency,Customer ID,Order Date\n\
        sale,o1,\"1,234.50\",USD,c1,2025-12-31 10:00\n\
        ,o2,5,EUR,c2,2025-12-31\n\
        sale,,5,EUR,c2,2025-12-31\n\
        sale,o4,5,EUR,c2,\n";
    let file = write(&server, "orders.csv", content);
    let (code, said) = import(&server, &["conversions", &file, "--dry-run"]);
    assert!(code == 1 && said.contains("4 rows of conversions: 2 new, 0 repeated, 0 unchanged, 2 left out"), "{said}");
    assert!(walk(&server, "/conversions", 50).is_empty());
    let (_, said) = import(&server, &["conversions", &file]);
    assert!(said.contains("2 new, 0 repeated, 0 unchanged, 2 left out"), "{said}");
    let sale = server.attributed("o1");
    assert_eq!(
        some(&sale, &["amount", "currency", "source", "occurred_at"]),
        json!([123_450, "USD", "import", "2025-12-31T10:00:00.000Z"])
    );
    assert_eq!(sale["credits"][0]["partner_id"], ada.as_str(), "the running server gives credit");
    for _ in 0..2 {
        let (_, said) = import(&server, &["conversions", &file]);
        assert!(said.contains("0 new, 0 repeated, 2 unchanged"), "{said}");
    }
    let changed = write(&server, "changed.csv", &content.replace("1,234.50", "999"));
    for expected in ["0 new, 1 repeated, 1 unchanged", "0 new, 0 repeated, 2 unchanged"] {
        let (_, foreseen) = import(&server, &["conversions", &changed, "--dry-run"]);
        let (_, said) = import(&server, &["conversions", &changed]);
        assert!(foreseen.contains(expected) && said.contains(expected), "{foreseen}{said}");
    }
    let odd = eventually("the other amount is seen", || {
        let odd = server.ok("GET", "/reports/discrepancies/order_with_different_amounts", Value::Null);
        odd["data"].as_array().unwrap().first().cloned()
    });
    assert!(text(&odd, "detail").contains("1234.50 USD, then reported with 999.00 USD"), "{odd}");
}

#[test]
fn an_address_names_the_buyer_and_the_buyers_words_are_kept() {
    let server = Server::start();
    let ada = server.partner("Ada");
    let activities =
        write(&server, "activities.csv", "kind,partner,date,Contact Email\nintro,Ada,2025-12-01,Kim@Example.com\n");
    let content = "Order ID,Total,Currency,Date,Email,How did you hear about us?\no1,5,EUR,2025-12-02,kim@example.com,Ada\n";
    let orders = write(&server, "orders.csv", content);
    for expected in ["1 new", "1 unchanged"] {
        for (what, file) in [("touchpoints", &activities), ("conversions", &orders)] {
            let (code, said) = import(&server, &[what, file]);
            assert!(code == 0 && said.contains(expected), "{said}");
        }
    }
    let sale = server.attributed("o1");
    assert_eq!((&sale["credits"][0]["partner_id"], &sale["heard_from"]), (&json!(ada), &json!("Ada")), "{sale}");
    assert!(text(&sale, "customer_id").starts_with("email:"), "{sale}");
}

#[test]
fn a_large_file_streams_with_progress() {
    let server = Server::start();
    let mut content = String::from("Record ID,Deal Name,Amount,Currency,Create Date\n");
    for number in 0..1_200 {
        content += &format!("{number},Deal {number},{number}.50,EUR,2026-01-{:02} 10:00\n", number % 28 + 1);
    }
    let (code, said) = import(&server, &["deals", &write(&server, "large.csv", &content)]);
    assert!(code == 0 && said.contains("1200 rows of deals: 1200 new"), "{said}");
    assert!(said.contains("% of the file"), "{said}");
    assert_eq!(walk(&server, "/deals", 200).len(), 1_200);
}

#[test]
fn the_commands_run_in_this_process_too() {
    // So that their statements are seen.
    let server = Server::start();
    server.partner("Brightwater");
    server.ok("POST", "/deals", json!({ "name": "Acme", "external_id": "D-1" }));
    let deals = copy(&server, "salesforce.csv");
    let activities = write(&server, "activities.csv", "kind,partner,date,deal\nintro,Brightwater,2025-12-01,D-1\n");
    let orders = write(&server, "orders.csv", "order_id,amount,currency,date\no1,5,EUR,2025-12-01\n");
    let here = |arguments: &[&str]| {
        let (url, dir) = (server.database(), server.dir.path().display().to_string());
        let words = ["kudos", "import"].iter().chain(arguments).copied().chain(["--database", &url, "--data-dir", &dir]);
        let words: Vec<std::ffi::OsString> = words.map(Into::into).collect();
        std::thread::spawn(move || assert!(kudos::cli::run(words).is_ok())).join().unwrap();
    };
    for _ in 0..2 {
        here(&["deals", &deals, "--set", "currency=USD", "--mapping", "house"]);
        here(&["touchpoints", &activities]);
        here(&["conversions", &orders, "--dry-run"]);
        here(&["conversions", &orders]);
    }
    here(&["mappings"]);
    here(&["mappings", "--remove", "house"]);
    assert_eq!((walk(&server, "/deals", 50).len(), walk(&server, "/conversions", 50).len()), (5, 1));
}
