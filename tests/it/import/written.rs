//! Files as other systems write them: amounts, dates, zones, encodings; what can be read in two ways is asked about.

use super::*;

/// Row, column and reason of each row that was left out.
fn left_out(file: &str) -> Vec<(String, String, String)> {
    let Ok(mut errors) = csv::ReaderBuilder::new().flexible(true).from_path(format!("{file}.errors.csv")) else {
        return Vec::new();
    };
    errors.records().map(Result::unwrap).map(|row| (row[0].to_owned(), row[1].to_owned(), row[2].to_owned())).collect()
}

#[test]
fn an_amount_that_may_be_two_is_asked_about() {
    let server = Server::start();
    let rows = "701,a,49.900,EUR\n702,b,999.500,USD\n703,c,1.234,KWD\n704,d,150.000,JPY\n705,e,0.500,EUR\n";
    let file = write(&server, "alone.csv", &format!("Record ID,Deal Name,Amount,Currency\n{rows}"));
    // A zero in front shows that the point is the decimal mark of all of them.
    let (code, said) = import(&server, &["deals", &file]);
    assert!(code == 0 && said.contains("5 new") && said.contains("as 1,234.50, as row 6 shows"), "{said}");
    let amounts = ["701", "702", "703", "704", "705"].map(|id| deal(&server, id)["amount"].clone());
    assert_eq!(amounts, [json!(4_990), json!(99_950), json!(1_234), json!(150), json!(50)]);

    let rows = "801,a,49.900,EUR\n802,b,\"1,234\",USD\n803,c,12,EUR\n";
    let file = write(&server, "two.csv", &format!("Record ID,Deal Name,Amount,Currency\n{rows}"));
    let (code, said) = import(&server, &["deals", &file]);
    assert!(code == 1 && said.contains("1 new") && said.contains("2 left out"), "{said}");
    for (row, (number, column, reason)) in ["2", "3"].iter().zip(left_out(&file)) {
        assert_eq!((number.as_str(), column.as_str()), (*row, "Amount"));
        assert!(reason.contains("may be") && reason.contains("--decimal . or --decimal ,"), "{reason}");
    }
    // Said once and saved under a name, it holds for the rows that were left out, and for later files.
    let errors = format!("{file}.errors.csv");
    let (code, said) = import(&server, &["deals", &errors, "--decimal", ",", "--mapping", "german"]);
    assert!(code == 1 && said.contains("1 new") && said.contains("1 left out"), "{said}");
    assert_eq!(deal(&server, "801")["amount"], 4_990_000);
    assert!(import(&server, &["mappings"]).1.contains("--decimal ','"));
    let (code, said) = import(&server, &["deals", &errors, "--decimal", "."]);
    assert!(code == 0 && said.contains("1 new, 1 updated"), "{said}");
    assert_eq!((&deal(&server, "801")["amount"], &deal(&server, "802")["amount"]), (&json!(4_990), &json!(123_400)));
    let (code, said) = import(&server, &["deals", &file, "--decimal", "?"]);
    assert!(code == 2 && said.contains("--decimal"), "{said}");
}

#[test]
fn a_date_that_may_be_two_is_asked_about() {
    let server = Server::start();
    let rows = "1,a,03/04/2026\n2,b,05/05/2026\n3,c,03.04.2026\n";
    let file = write(&server, "dates.csv", &format!("Record ID,Deal Name,Create Date\n{rows}"));
    let (code, said) = import(&server, &["deals", &file]);
    assert!(code == 1 && said.contains("2 new") && said.contains("1 left out"), "{said}");
    let (number, column, reason) = &left_out(&file)[0];
    assert!(number == "2" && column == "Create Date" && reason.contains("2026-03-04 or 2026-04-03"), "{reason}");
    assert!(reason.contains("--dates mdy or --dates dmy"), "{reason}");
    for (order, day) in [("dmy", "2026-04-03"), ("mdy", "2026-03-04")] {
        let (code, said) = import(&server, &["deals", &file, "--dates", order]);
        assert_eq!(code, 0, "{said}");
        assert_eq!(deal(&server, "1")["opened_at"], format!("{day}T00:00:00.000Z"));
    }
    let file = write(&server, "shown.csv", &format!("Record ID,Deal Name,Create Date\n{rows}4,d,31/01/2026\n"));
    let (code, said) = import(&server, &["deals", &file]);
    assert!(code == 0 && said.contains("dates are written dmy, as row 5 shows"), "{said}");
    assert_eq!(deal(&server, "1")["opened_at"], "2026-04-03T00:00:00.000Z");
}

#[test]
fn times_are_in_the_zone_they_name_or_that_of_the_file() {
    let server = Server::start();
    let rows = "1,a,2026-07-01 10:00\n2,b,2026-07-01 10:00:00 +0530\n3,c,2026-07-01T10:00:00.000+0000\n4,d,2026-01-01 10:00\n";
    let file = write(&server, "zones.csv", &format!("Record ID,Deal Name,Create Date\n{rows}"));
    let (code, said) = import(&server, &["deals", &file, "--zone", "Europe/Berlin"]);
    assert_eq!(code, 0, "{said}");
    let opened: Vec<String> = ["1", "2", "3", "4"].iter().map(|id| text(&deal(&server, id), "opened_at")).collect();
    assert_eq!(
        opened,
        ["2026-07-01T08:00:00.000Z", "2026-07-01T04:30:00.000Z", "2026-07-01T10:00:00.000Z", "2026-01-01T09:00:00.000Z"]
    );
    let (code, said) = import(&server, &["deals", &file, "--zone", "Berlin"]);
    assert!(code == 1 && said.contains("zone: \"Berlin\" is not a time zone"), "{said}");
}

#[test]
fn what_spreadsheets_save_is_read() {
    let server = Server::start();
    let bytes = |name: &str, content: Vec<u8>| {
        let path = server.dir.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    };
    let table = "Record ID\tDeal Name\tDeal Stage\n1\tCafé \u{4e2d}\tclosedwon\n";
    let utf16 = |bom: bool| {
        let units = bom.then_some('\u{feff}').into_iter().chain(table.chars());
        units.flat_map(|c| (c as u16).to_le_bytes()).collect::<Vec<u8>>()
    };
    let (code, said) = import(&server, &["deals", &bytes("utf16.csv", utf16(true))]);
    assert!(code == 0 && said.contains("1 new"), "{said}");
    assert_eq!(some(&deal(&server, "1"), &["name", "stage"]), json!(["Café \u{4e2d}", "won"]));
    let bare = bytes("bare.csv", utf16(false));
    let (code, said) = import(&server, &["deals", &bare]);
    assert!(code == 1 && said.contains("--encoding utf-16le"), "{said}");
    let (code, said) = import(&server, &["deals", &bare, "--encoding", "utf-16le"]);
    assert!(code == 0 && said.contains("1 unchanged"), "{said}");

    let latin =
        bytes("latin.csv", b"sep=;\r\nRecord ID;Deal Name;Note\r\n2;Caf\xe9;\"two\r\nlines; quoted\"\r\n3;Plain;\r\n".to_vec());
    let (code, said) = import(&server, &["deals", &latin]);
    assert!(code == 1 && said.contains("1 new") && said.contains("1 left out"), "{said}");
    assert!(left_out(&latin)[0].2.contains("--encoding windows-1252"));
    // As it stands in the file of errors it can be read: nothing of the row is lost.
    let (code, said) = import(&server, &["deals", &format!("{latin}.errors.csv")]);
    assert!(code == 0 && said.contains("1 new") && !said.contains("columns not used"), "{said}");
    assert_eq!(some(&deal(&server, "2"), &["name", "note"]), json!(["Café", "two\r\nlines; quoted"]));
    let (code, said) = import(&server, &["deals", &latin, "--encoding", "windows-1252"]);
    assert!(code == 0 && said.contains("2 unchanged"), "{said}");
    let (code, said) = import(&server, &["deals", &server.dir.path().display().to_string()]);
    assert!(code == 1 && said.contains("it is not a file"), "{said}");
    let (code, said) = import(&server, &["deals", &latin, "--encoding", "latin"]);
    assert!(code == 1 && said.contains("encoding: \"latin\" is not known"), "{said}");
}
