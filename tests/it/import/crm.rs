//! The exports of CRMs, as they are.

use super::*;

#[test]
fn a_salesforce_report_is_read_as_it_is() {
    let server = Server::start();
    let partner = server.partner("Brightwater");
    let file = copy(&server, "salesforce.csv");
    let arguments = ["deals", &file, "--set", "currency=USD"];
    let (code, said) = import(&server, &arguments);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("4 rows of deals: 4 new, 0 updated, 0 unchanged, 0 left out"), "{said}");
    assert!(said.contains("columns not used: Fiscal Period, Probability (%), Lead Source"), "{said}");
    assert!(said.contains("lines are no rows"), "{said}");
    let won = deal(&server, "0065e00000AbCdE");
    assert_eq!(
        some(&won, &SHOWN),
        json!([
            "Acme - 40 seats",
            123_450,
            "USD",
            "won",
            "won",
            "2025-10-05T00:00:00.000Z",
            "2025-12-31T00:00:00.000Z",
            "Olga Stein"
        ])
    );
    assert_eq!(some(&won["touchpoints"][0], &["kind", "partner_id"]), json!(["referral", partner]));
    assert_eq!((&won["part"], &won["sourced_by"]), (&json!("sourced"), &json!(partner)));
    let open = deal(&server, "0065e00000AbCdF");
    assert_eq!(
        some(&open, &["name", "stage", "closed_at"]),
        json!(["Apex - \"pilot\"", "proposal", null]),
        "not closed as yet"
    );
    // Acme, Inc. and Acme are one account.
    assert_eq!(won["account_id"], deal(&server, "0065e00000AbCdG")["account_id"]);
    assert_eq!(server.ok("GET", "/accounts", Value::Null)["data"].as_array().unwrap().len(), 3);

    // The same file again changes nothing.
    let before = (walk(&server, "/deals", 50), walk(&server, "/touchpoints", 50), walk(&server, "/audit", 50).len());
    let (code, said) = import(&server, &arguments);
    assert!(code == 0 && said.contains("0 new, 0 updated, 4 unchanged, 0 left out"), "{said}");
    assert_eq!((walk(&server, "/deals", 50), walk(&server, "/touchpoints", 50), walk(&server, "/audit", 50).len()), before);
}

#[test]
fn a_hubspot_export_is_read_as_it_is() {
    let server = Server::start();
    let (code, said) = import(&server, &["deals", &copy(&server, "hubspot.csv")]);
    assert!(code == 0 && said.contains("3 rows of deals: 3 new"), "{said}");
    assert_eq!(
        some(&deal(&server, "17234567001"), &SHOWN),
        json!([
            "Acme expansion",
            123_450,
            "USD",
            "won",
            "won",
            "2025-10-05T08:30:00.000Z",
            "2025-12-31T10:00:00.000Z",
            "Olga Stein"
        ])
    );
    assert_eq!(some(&deal(&server, "17234567002"), &["stage", "amount", "currency"]), json!(["negotiation", 2_000_000, "EUR"]));
    assert_eq!(some(&deal(&server, "17234567003"), &["stage", "amount", "currency"]), json!(["new", 150_000, "JPY"]));
}

#[test]
fn a_pipedrive_export_is_read_as_it_is() {
    let server = Server::start();
    let (code, said) = import(&server, &["deals", &copy(&server, "pipedrive.csv")]);
    assert!(code == 0 && said.contains("3 rows of deals: 3 new"), "{said}");
    let won = deal(&server, "101");
    assert_eq!(
        some(&won, &SHOWN),
        json!([
            "Acme Lizenzen",
            123_450,
            "EUR",
            "won",
            "won",
            "2025-10-05T08:30:00.000Z",
            "2025-12-31T10:00:00.000Z",
            "Olga Stein"
        ])
    );
    let open = deal(&server, "102");
    assert_eq!(some(&open, &["stage", "amount", "closed_at"]), json!(["proposal", 2_000_000, null]));
    assert_eq!(open["history"][0]["at"], "2025-11-20T09:00:00.000Z", "the last change of stage");
    assert_eq!(some(&deal(&server, "103"), &["status", "closed_at"]), json!(["lost", "2025-12-15T16:00:00.000Z"]));
}

#[test]
fn what_changed_is_changed_and_appended() {
    let server = Server::start();
    let (code, said) = import(&server, &["deals", &copy(&server, "pipedrive.csv")]);
    assert_eq!(code, 0, "{said}");
    let changed = std::fs::read_to_string(sample("pipedrive.csv")).unwrap().replace(
        "20.000;EUR;Proposal Made;Open;Olga Stein;2025-11-02 14:05:00;;;2025-11-20 09:00:00",
        ";EUR;Negotiations Started;Open;Pete Moss;2025-11-02 14:05:00;;;2025-12-05 09:00:00",
    );
    let (code, said) = import(&server, &["deals", &write(&server, "again.csv", &changed)]);
    assert!(code == 0 && said.contains("0 new, 1 updated, 2 unchanged"), "{said}");
    let deal = deal(&server, "102");
    assert_eq!(some(&deal, &["owner", "amount"]), json!(["Pete Moss", 2_000_000]), "an empty cell leaves what is there");
    let history: Vec<Value> = deal["history"].as_array().unwrap().iter().map(|h| some(h, &["stage", "at", "author"])).collect();
    let expected = [
        json!(["proposal", "2025-11-20T09:00:00.000Z", "operator"]),
        json!(["negotiation", "2025-12-05T09:00:00.000Z", "operator"]),
    ];
    assert_eq!(history, expected);
}

#[test]
fn without_an_external_id_the_content_tells_deals_apart() {
    let server = Server::start();
    let file = write(&server, "plain.csv", "Name,Account,Created\nOne,Acme,2026-01-05\nOne,Apex,2026-01-05\n");
    for expected in ["2 new, 0 updated, 0 unchanged", "0 new, 0 updated, 2 unchanged"] {
        let (code, said) = import(&server, &["deals", &file]);
        assert!(code == 0 && said.contains(expected), "{said}");
    }
}
