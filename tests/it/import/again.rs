//! What is imported twice, changed and imported again, mended and imported, or cut off and begun anew.

use super::*;

fn history(server: &Server, external_id: &str) -> Vec<Value> {
    let deal = deal(server, external_id);
    deal["history"].as_array().unwrap().iter().map(|entry| json!([entry["stage"], &text(entry, "at")[..10]])).collect()
}

/// Everything that an import may have written.
fn all(server: &Server) -> [Vec<Value>; 4] {
    ["/deals", "/touchpoints", "/conversions", "/audit"].map(|path| walk(server, path, 200))
}

#[test]
fn a_history_is_imported_once_in_whatever_order() {
    let server = Server::start();
    let header = "Record ID,Deal Name,Deal Stage,moved,Amount,Currency\n";
    let rows = ["801,h,new,2026-01-01,5,EUR\n", "801,h,demo,2026-02-01,6,EUR\n", "801,h,won,2026-03-01,7,EUR\n"];
    let expected = [json!(["new", "2026-01-01"]), json!(["demo", "2026-02-01"]), json!(["won", "2026-03-01"])];
    for (id, order) in [("801", [0, 1, 2]), ("802", [2, 0, 1]), ("803", [2, 1, 0])] {
        let content: String = order.iter().map(|&place: &usize| rows[place]).collect();
        let file = write(&server, "history.csv", &format!("{header}{}", content.replace("801", id)));
        let arguments = ["deals", &file, "--map", "moved=moved_at"];
        let (code, said) = import(&server, &arguments);
        assert!(code == 0 && said.contains("1 new"), "{said}");
        assert_eq!(history(&server, id), expected, "{order:?}");
        let shown = some(&deal(&server, id), &["stage", "amount", "opened_at", "closed_at"]);
        assert_eq!(shown, json!(["won", 700, "2026-01-01T00:00:00.000Z", "2026-03-01T00:00:00.000Z"]), "{order:?}");
        let before = all(&server);
        for _ in 0..2 {
            let (code, said) = import(&server, &arguments);
            assert!(code == 0 && said.contains("0 new, 0 updated, 3 unchanged, 0 left out"), "{order:?}: {said}");
            assert!(said.contains("2 rows tell of a time before the last stage"), "{said}");
        }
        assert!(all(&server) == before, "nothing was written");
    }
    // A stage that it came to again is a part of it too.
    let again = format!("{header}801,h,demo,2026-02-20,,\n801,h,won,2026-03-02,,\n");
    let again = write(&server, "again.csv", &again);
    for expected in ["2 updated, 0 unchanged", "0 updated, 2 unchanged"] {
        let (_, said) = import(&server, &["deals", &again, "--map", "moved=moved_at"]);
        assert!(said.contains(expected), "{said}");
    }
    // What comes later is appended, what is found out later put in.
    let more = format!("{header}801,h,negotiation,2026-02-10,,\n801,h,lost,2026-04-01,,\n");
    let (code, said) = import(&server, &["deals", &write(&server, "more.csv", &more), "--map", "moved=moved_at"]);
    assert!(code == 0 && said.contains("2 updated"), "{said}");
    let stages: Vec<Value> = history(&server, "801").iter().map(|entry| entry[0].clone()).collect();
    assert_eq!(stages, ["new", "demo", "negotiation", "demo", "won", "won", "lost"]);
    assert_eq!(deal(&server, "801")["status"], "lost");
}

#[test]
fn rows_that_contradict_each_other_are_told() {
    let server = Server::start();
    let rows = "1,h,new,5\n1,h,demo,5\n1,h,new,6\n1,h,new,5\n";
    let file = write(&server, "twice.csv", &format!("Record ID,Deal Name,Deal Stage,Amount\n{rows}"));
    for expected in ["1 new, 0 updated, 1 unchanged, 2 left out", "0 new, 0 updated, 2 unchanged, 2 left out"] {
        let (code, said) = import(&server, &["deals", &file, "--set", "currency=EUR"]);
        assert!(code == 1 && said.contains(expected), "{said}");
    }
    let errors = std::fs::read_to_string(format!("{file}.errors.csv")).unwrap();
    assert!(errors.contains("3,Deal Stage,") && errors.contains("need moved_at each"), "{errors}");
    assert!(errors.contains("4,Amount,Amount: is another than in an earlier row"), "{errors}");
    assert_eq!(history(&server, "1").len(), 1);
}

#[test]
fn a_touchpoint_that_changed_is_changed_and_credited_anew() {
    let server = Server::start();
    let (ada, ben) = (server.partner("Ada"), server.partner("Ben"));
    let sale = json!({ "order_id": "o1", "amount": 100, "currency": "EUR", "customer_id": "c1", "occurred_at": "2025-12-31T00:00:00Z" });
    server.ok("POST", "/conversions", sale);
    server.attributed("o1");
    let earner = |wanted: Value| {
        eventually("credit follows", || {
            let sale = server.attributed("o1");
            let credits = sale["credits"].as_array().unwrap();
            let earner = credits.first().map_or(Value::Null, |credit| credit["partner_id"].clone());
            (earner == wanted).then_some(())
        });
    };
    let write = |partner: &str, kind: &str, customer: &str, date: &str, note: &str| {
        let content = format!("external_id,kind,partner,customer_id,date,note\nt1,{kind},{partner},{customer},{date},{note}\n");
        super::write(&server, "touches.csv", &content)
    };
    let steps = [
        (["Ada", "intro", "c1", "2025-12-01", "first"], "1 new, 0 updated, 0 unchanged", json!(ada)),
        (["Ada", "intro", "c1", "2025-12-01", "first"], "0 new, 0 updated, 1 unchanged", json!(ada)),
        (["Ben", "intro", "c1", "2025-12-01", "first"], "0 new, 1 updated, 0 unchanged", json!(ben)),
        (["", "demo", "c1", "2025-12-01", ""], "0 new, 1 updated, 0 unchanged", json!(ben)),
        (["Ben", "demo", "c2", "2025-12-01", ""], "0 new, 1 updated, 0 unchanged", json!(null)),
        (["Ben", "demo", "c1", "2025-12-01", "last"], "0 new, 1 updated, 0 unchanged", json!(ben)),
        (["Ben", "demo", "c1", "2025-12-02", "last"], "0 new, 0 updated, 0 unchanged, 1 left out", json!(ben)),
    ];
    for ([partner, kind, customer, date, note], expected, earns) in steps {
        let (_, foreseen) = import(&server, &["touchpoints", &write(partner, kind, customer, date, note), "--dry-run"]);
        let (_, said) = import(&server, &["touchpoints", &write(partner, kind, customer, date, note)]);
        assert!(foreseen.contains(expected) && said.contains(expected), "{foreseen}{said}");
        earner(earns);
    }
    let errors = std::fs::read_to_string(server.dir.path().join("touches.csv.errors.csv")).unwrap();
    assert!(errors.contains("is another than 2025-12-01T00:00:00.000Z"), "{errors}");
    let touchpoints = walk(&server, "/touchpoints", 50);
    assert_eq!(touchpoints.len(), 1);
    assert_eq!(some(&touchpoints[0], &["kind", "team", "note"]), json!(["demo", "sales", "last"]), "{touchpoints:?}");
    let changes = walk(&server, "/audit", 200);
    assert_eq!(changes.iter().filter(|line| line["action"] == "touchpoint.update").count(), 4);
}

#[test]
fn a_conversion_that_changed_is_told() {
    let server = Server::start();
    let header = "order_id,amount,currency,customer_id,date,code\n";
    let import = |name: &str, row: &str| import(&server, &["conversions", &write(&server, name, &format!("{header}{row}"))]);
    let (_, said) = import("one.csv", "o1,5,EUR,c1,2025-12-01,\n");
    assert!(said.contains("1 new"), "{said}");
    for (row, column) in [("o1,5,EUR,c2,2025-12-01,\n", "customer_id"), ("o1,5,EUR,c1,2025-12-01,ada10\n", "code")] {
        let (code, said) = import("other.csv", row);
        assert!(code == 1 && said.contains("0 unchanged, 1 left out"), "{said}");
        let errors = std::fs::read_to_string(server.dir.path().join("other.csv.errors.csv")).unwrap();
        assert!(errors.contains(&format!("{column}: is another than")), "{errors}");
    }
    let (code, said) = import("two.csv", "o2,5,EUR,c2,2025-12-01,\no2,5,EUR,c3,2025-12-01,\no1,5,EUR,,2025-12-01,\n");
    assert!(code == 1 && said.contains("1 new, 0 repeated, 1 unchanged, 1 left out"), "{said}");
}

#[test]
fn rows_are_mended_in_the_file_of_errors() {
    let server = Server::start();
    let content = "Record ID,Deal Name,Deal Stage,Note\n1,Fine,new,\n2,=Sum,Haggling,-\n3,Long,new,x,more\n";
    let file = write(&server, "deals.csv", content);
    let (code, said) = import(&server, &["deals", &file]);
    assert!(code == 1 && said.contains("1 new") && said.contains("2 left out"), "{said}");
    let errors = std::fs::read_to_string(format!("{file}.errors.csv")).unwrap();
    assert!(errors.contains("'=Sum") && errors.contains("more"), "{errors}");
    let mended = write(&server, "mended.csv", &errors.replace("2,'=Sum,Haggling", "2,'=Sum,demo").replace(",more", ""));
    let (code, said) = import(&server, &["deals", &mended]);
    assert!(code == 0 && said.contains("2 new") && !said.contains("not used"), "{said}");
    assert_eq!(some(&deal(&server, "2"), &["name", "stage", "note"]), json!(["=Sum", "demo", "-"]));
    let (code, said) =
        import(&server, &["deals", &write(&server, "deals.csv", &content.replace("Haggling", "demo").replace(",more", ""))]);
    assert!(code == 0 && said.contains("3 unchanged"), "{said}");
}

#[test]
fn an_import_that_was_cut_off_is_begun_anew() {
    let server = Server::start();
    server.partner("Ada");
    let mut content = String::from("Record ID,Deal Name,Amount,Currency,Create Date,Partner,Stage,moved_at\n");
    for number in 0..2_000 {
        content += &format!("{number},Deal {number},{number}.50,EUR,2026-01-05,Ada,demo,2026-02-01\n");
    }
    let file = write(&server, "large.csv", &content);
    let url = server.database();
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_kudos"))
        .args(["import", "deals", &file, "--database", &url, "--data-dir", "."])
        .current_dir(server.dir.path())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    eventually("some went in", || (!walk(&server, "/deals", 1).is_empty()).then_some(()));
    child.kill().unwrap();
    child.wait().unwrap();
    let half = walk(&server, "/deals", 200).len();
    assert_eq!(half % 250, 0, "a batch goes in whole or not at all");
    let (code, said) = import(&server, &["deals", &file]);
    assert!(code == 0 && said.contains(&format!("{} new, 0 updated, {half} unchanged", 2_000 - half)), "{said}");
    assert_eq!((walk(&server, "/deals", 200).len(), walk(&server, "/touchpoints", 200).len()), (2_000, 2_000));
}
