//! The pages of deals as a browser's HTTP sees them: pipeline, deals, accounts, registrations, and the partner's side.

use serde_json::{Value, json};

use super::pages::{Person, make_user};
use super::server::{Server, text};

const MARKUP: &str = "<img src=x onerror=alert(1)>\"'";

/// The place that a form led to, without what was done.
fn place(answer: &super::server::Answer) -> String {
    assert_eq!(answer.status, 303, "{}", answer.text());
    answer.header("location").unwrap().split('?').next().unwrap().to_owned()
}

fn id(place: &str) -> &str {
    place.rsplit('/').next().unwrap()
}

/// Whether a page holds every one of these.
#[track_caller]
pub fn holds(page: &str, all: &[&str]) {
    for wanted in all {
        assert!(page.contains(wanted), "{wanted:?} is not on {page}");
    }
}

/// Two partners with a user each: `ada@example.com` and `ben@example.com`.
pub fn partners(server: &Server, admin: &Person<'_>) -> (String, String) {
    let (ada, ben) = (server.partner("Ada Ltd"), server.partner("Ben Ltd"));
    make_user(admin, "ada@example.com", "Ada", "partner", &ada);
    make_user(admin, "ben@example.com", "Ben", "partner", &ben);
    (ada, ben)
}

#[test]
fn deals_are_made_changed_moved_and_filtered() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    holds(&admin.get("/admin/deals").text(), &["No deals yet", "/admin/deals/new"]);
    holds(&admin.get("/admin/pipeline").text(), &["No deal was opened in this period"]);
    let account = place(&admin.post("/admin/accounts", &[("name", "Acme"), ("domain", "https://www.acme.example/")]));
    for (fields, message) in [
        (&[("name", "")][..], "must not be empty"),
        (&[("name", "X"), ("amount", "1.000"), ("currency", "EUR")], "write thousands without a mark"),
        (&[("name", "X"), ("amount", "5"), ("currency", "EURO")], "is no currency such as EUR"),
        (&[("name", "X"), ("opened_at", "soon")], "is no date such as"),
        (&[("name", "X"), ("stage", "nowhere")], "nowhere"),
    ] {
        let answer = admin.post("/admin/deals", fields);
        assert_eq!(answer.status, 422, "{fields:?}");
        holds(&answer.text(), &[message]);
    }
    let fields = [
        ("name", "Acme, 40 seats"),
        ("account_id", id(&account)),
        ("amount", "4900.50"),
        ("currency", "EUR"),
        ("owner", "Olga"),
        ("stage", "qualified"),
    ];
    let deal = place(&admin.post("/admin/deals", &fields));
    let stored = server.ok("GET", &format!("/deals/{}", id(&deal)), Value::Null);
    assert_eq!((&stored["amount"], &stored["stage"]), (&json!(490_050), &json!("qualified")));
    holds(&admin.get(&deal).text(), &["Acme, 40 seats", "4,900.50", "No partner has a touchpoint", "Its way so far"]);
    let edit = admin.get(&format!("{deal}/edit")).text();
    holds(&edit, &["value=\"4900.50\"", "value=\"Olga\""]);
    let same = [("name", "Acme, 50 seats"), ("amount", ""), ("opened_at", &text(&stored, "opened_at")[..10])];
    assert_eq!(place(&admin.post(&deal, &same)), deal);
    let changed = server.ok("GET", &format!("/deals/{}", id(&deal)), Value::Null);
    assert_eq!((&changed["name"], &changed["amount"]), (&json!("Acme, 50 seats"), &Value::Null));
    assert_eq!(changed["opened_at"], stored["opened_at"], "a day that was not touched keeps its hour");
    let wrong = admin.post(&format!("{deal}/stage"), &[("stage", "nowhere")]);
    assert_eq!(wrong.status, 422);
    holds(&wrong.text(), &["nowhere", "Its way so far"]);
    assert_eq!(place(&admin.post(&format!("{deal}/stage"), &[("stage", "won"), ("moved_at", "")])), deal);
    holds(&admin.get(&deal).text(), &["<option value=\"\" selected>Choose</option>"]); // nothing follows what is won
    server.ok("POST", "/deals", json!({ "name": "Other one", "owner": "Pete" }));
    for (query, there, absent) in [
        ("", "Other one", "nothing"),
        ("?state=won", "Acme, 50 seats", "Other one"),
        ("?state=open", "Other one", "Acme, 50 seats"),
        ("?state=closed", "Acme, 50 seats", "Other one"),
        ("?state=stalled", "No deal fits", "Other one"),
        ("?owner=Pete", "Other one", "Acme, 50 seats"),
        ("?stage=won", "Acme, 50 seats", "Other one"),
        ("?reached=qualified&from=2020-01-01", "Acme, 50 seats", "Other one"),
        ("?part=sourced", "No deal fits", "Other one"),
        ("?part=neither", "Other one", "No deal fits"),
        ("?without=demo", "Other one", "No deal fits"),
        ("?to=2020-01-01", "No deal fits", "Other one"),
        ("?csv=deals", "\"Acme, 50 seats\"", "<html"),
    ] {
        let page = admin.get(&format!("/admin/deals{query}")).text();
        assert!(page.contains(there) && !page.contains(absent), "{query}: {page}");
    }
    holds(&admin.get(&account).text(), &["acme.example", "Nobody has a claim", "Acme, 50 seats"]);
    let part = place(&admin.post("/admin/accounts", &[("name", "Acme Labs"), ("parent_id", id(&account))]));
    holds(&admin.get(&account).text(), &["Acme Labs"]);
    holds(&admin.get(&part).text(), &["Part of: Acme"]);
    let round = admin.post(&account, &[("name", "Acme"), ("parent_id", id(&part))]);
    assert!(round.status == 409 && round.text().contains("a part of it"), "{}", round.text());
    holds(&admin.get("/admin/accounts?csv=accounts").text(), &["Acme Labs", "name,domain,parent"]);
}

/// Deals with a demo and without: who sourced them, and how they ended.
fn pipeline(server: &Server, ada: &str) -> Value {
    let mut last = Value::Null;
    for (place, (demo, end)) in
        [(true, "won"), (true, "won"), (true, "won"), (false, "lost"), (false, "lost"), (false, "won")].iter().enumerate()
    {
        let new = json!({ "name": format!("deal {place}"), "amount": 100_000, "currency": "EUR" });
        let deal = server.ok("POST", "/deals", new);
        if *demo {
            let at = text(&deal, "opened_at");
            let touch = json!({ "partner_id": ada, "kind": "demo", "deal_id": deal["id"], "occurred_at": at });
            server.ok("POST", "/touchpoints", touch);
            last = deal.clone();
        }
        server.ok("PATCH", &format!("/deals/{}", text(&deal, "id")), json!({ "stage": end }));
    }
    server.ok("POST", "/deals", json!({ "name": "still open", "stage": "proposal" }));
    last
}

#[test]
fn the_day_of_a_move_is_possible_and_the_last_move_can_be_taken_back() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let deal = place(&admin.post("/admin/deals", &[("name", "Acme"), ("stage", "qualified")]));
    for (day, message) in [("2030-01-01", "lies in the future"), ("2020-01-01", "must not lie before it was opened")] {
        let wrong = admin.post(&format!("{deal}/stage"), &[("stage", "demo"), ("moved_at", day)]);
        assert_eq!(wrong.status, 422, "{day}");
        holds(&wrong.text(), &[message, "Its way so far"]);
    }
    let back = format!("{deal}/move-back");
    assert!(!admin.get(&deal).text().contains(&back), "nothing to take back");
    assert_eq!(place(&admin.post(&format!("{deal}/stage"), &[("stage", "demo"), ("moved_at", "")])), deal);
    holds(&admin.get(&deal).text(), &[&format!("href=\"{back}\"")]);
    let asked = admin.get(&back).text();
    holds(&asked, &["It came to the stage Demo by mistake"]);
    let stage = asked.split("name=\"stage\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(place(&admin.post(&back, &[("stage", stage)])), deal);
    assert_eq!(admin.post(&back, &[("stage", stage)]).status, 409);
    assert_eq!(text(&server.ok("GET", &format!("/deals/{}", id(&deal)), Value::Null), "stage"), "qualified");
}

#[test]
fn the_pipeline_tells_what_partners_change_and_every_number_leads_to_its_deals() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let (ada, _) = partners(&server, &admin);
    let deal = pipeline(&server, &ada);
    let page = admin.get("/admin/pipeline").text();
    holds(
        &page,
        &[
            "Sourced",
            "3,000.00",
            "100.0\u{a0}%",
            "+200\u{a0}%",
            "Won more often",
            "demo",
            "Deals by stage",
            "proposal",
            "Days in each stage",
        ],
    );
    let csv = admin.get("/admin/pipeline?csv=parts").text();
    assert!(
        csv.starts_with("part,deals,worth,worth_currency,win_rate,average,average_currency,days_to_close,stalled\r\nSourced,3,3000.00,EUR,1,1000.00,EUR,"),
        "{csv}"
    );
    // Each link holds as many deals as its number says.
    let links: Vec<String> =
        page.split("href=\"/admin/deals?").skip(1).map(|rest| rest.split('"').next().unwrap().replace("&#38;", "&")).collect();
    for (ending, expected) in [
        ("part=sourced", 3),
        ("part=neither", 4),
        ("part=neither&state=closed", 3),
        ("part=sourced&state=won", 3),
        ("stage=won", 4),
        ("stage=proposal", 1),
        ("kind=demo", 3),
        ("without=demo", 4),
        ("reached=proposal", 1),
    ] {
        let link = links.iter().find(|link| link.ends_with(ending)).unwrap_or_else(|| panic!("{ending} in {links:?}"));
        let rows = admin.get(&format!("/admin/deals?{link}&csv=deals")).text().lines().count() - 1;
        assert_eq!(rows, expected, "{link}");
    }
    // What partners have done is known of the deals that are shown, in whatever order.
    for sort in ["", "?deals.sort=-part", "?deals.sort=account", "?deals.q=ada"] {
        let list = admin.get(&format!("/admin/deals{sort}")).text();
        assert_eq!(list.matches("Ada Ltd</a></td>").count(), 3, "{sort}: {list}");
    }
    let shown = admin.get(&format!("/admin/deals/{}", text(&deal, "id"))).text();
    holds(&shown, &["Sourced by Ada Ltd: its Demo on", "Counts", "Won"]);
    let german = admin.send("GET", "/admin/pipeline", &[("accept-language", "de")], "").text();
    holds(&german, &["Vermittelt", "Öfter gewonnen", "Geschäfte nach Phase"]);
}

#[test]
fn a_registered_deal_is_approved_and_its_partner_sees_it() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    partners(&server, &admin);
    let ada = Person::signed_in(&server, "ada@example.com");
    holds(&ada.get("/portal/registrations").text(), &["You have not registered a deal yet", "/portal/registrations/new"]);
    holds(&admin.get("/admin/registrations").text(), &["Nothing waits for a decision"]);
    for (fields, message) in [
        (&[("account", "")][..], "must not be empty"),
        (&[("account", "Acme"), ("domain", "not one")], "is not a domain"),
        (&[("account", "Acme"), ("amount", "x"), ("currency", "EUR")], "is no amount such as"),
    ] {
        let answer = ada.post("/portal/registrations", fields);
        assert_eq!(answer.status, 422);
        holds(&answer.text(), &[message, "Register a deal"]);
    }
    let fields =
        [("account", "Acme"), ("domain", "acme.example"), ("amount", "900"), ("currency", "EUR"), ("note", "wants it\nsoon")];
    let own = place(&ada.post("/portal/registrations", &fields));
    holds(&ada.get(&own).text(), &["We have it and look at it", "900.00", "wants it"]);
    let twice = ada.post("/portal/registrations", &fields);
    assert!(twice.status == 409 && twice.text().contains("by the same partner already"), "{}", twice.text());
    let asked = format!("/admin/registrations/{}", id(&own));
    holds(&admin.get("/admin/registrations").text(), &["To decide", "Ada Ltd", &asked]);
    let shown = admin.get(&asked).text();
    holds(&shown, &["Ada Ltd", "Approve", "This cannot be taken back"]);
    assert_eq!(place(&admin.post(&format!("{asked}/approve"), &[("deal_id", ""), ("stage", "qualified")])), asked);
    holds(&admin.get(&format!("{asked}?done=approved")).text(), &["Approved: the deal is there", "/admin/deals/dl_"]);
    let again = admin.post(&format!("{asked}/approve"), &[("stage", "qualified")]);
    assert!(again.status == 409 && again.text().contains("is decided"), "{}", again.text());
    holds(&ada.get(&own).text(), &["Approved: until", "Open"]);
    let deal = server.ok("GET", "/deals", Value::Null)["data"][0].clone();
    holds(&admin.get(&format!("/admin/deals/{}", text(&deal, "id"))).text(), &["Sourced", "Ada Ltd", &asked]);
    let account = format!("/admin/accounts/{}", text(&deal, "account_id"));
    holds(&admin.get(&account).text(), &["this account is Ada Ltd&#39;s"]);
}

#[test]
fn of_two_partners_both_are_told_and_neither_hears_who_the_other_is() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    partners(&server, &admin);
    let (ada, ben) = (Person::signed_in(&server, "ada@example.com"), Person::signed_in(&server, "ben@example.com"));
    let first = place(&ada.post("/portal/registrations", &[("account", "Acme, Inc."), ("note", "first note")]));
    let second = place(&ben.post("/portal/registrations", &[("account", "ACME"), ("note", "second note")]));
    let (told_first, told_second) = (ada.get(&first).text(), ben.get(&second).text());
    holds(&told_first, &["Yours came first and stands"]);
    holds(&told_second, &["Another partner came before you", "another partner registered this account first"]);
    assert!(!told_first.contains("Ben Ltd") && !told_second.contains("Ada Ltd") && !told_second.contains("first note"));
    let shown = admin.get(&format!("/admin/registrations/{}", id(&second))).text();
    holds(&shown, &["Registrations of the same company", "Came first", "Ada Ltd", "Ben Ltd", "first note", "second note"]);
    let path = format!("/admin/registrations/{}", id(&first));
    let without = admin.post(&format!("{path}/reject"), &[("reason", " ")]);
    assert_eq!(without.status, 422);
    holds(&without.text(), &["must not be empty", "aria-invalid"]);
    assert_eq!(place(&admin.post(&format!("{path}/reject"), &[("reason", "a customer since March")])), path);
    holds(&ada.get(&first).text(), &["It was not approved", "a customer since March"]);
    holds(&ada.get("/portal/registrations").text(), &["a customer since March", "Rejected"]);
}

#[test]
fn what_belongs_to_another_partner_is_not_there() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let (ada, ben) = partners(&server, &admin);
    let person = Person::signed_in(&server, "ada@example.com");
    let other = server.ok("POST", "/deal-registrations", json!({ "partner_id": ben, "account": "Secret GmbH" }));
    let code = server.ok("POST", "/codes", json!({ "partner_id": ben, "code": "SECRET20" }));
    let own = server.ok("POST", "/codes", json!({ "partner_id": ada, "code": "ADA20" }));
    for (order, code) in [("o-1", "ADA20"), ("o-2", "SECRET20")] {
        let sale = json!({ "event": "sale", "order_id": order, "amount": 4990, "currency": "EUR", "code": code });
        server.ok("POST", "/conversions", sale);
        server.attributed(order);
    }
    assert_eq!(person.get(&format!("/portal/registrations/{}", text(&other, "id"))).status, 404);
    for path in ["dr_00000000000000000000000000", "x", "cd_00000000000000000000000000"] {
        assert_eq!(person.get(&format!("/portal/registrations/{path}")).status, 404, "{path}");
    }
    for path in [
        "/portal/registrations",
        "/portal/codes",
        "/portal/rules",
        "/portal/profile",
        "/portal/registrations?csv=registrations",
        "/portal/codes?csv=codes",
    ] {
        let page = person.get(path).text();
        assert!(!page.contains("Secret") && !page.contains("SECRET20") && !page.contains("Ben Ltd"), "{path}: {page}");
    }
    let codes = person.get("/portal/codes").text();
    holds(&codes, &["ADA20", "49.90"]);
    // The number leads to what makes it up, and a code of another to nothing of theirs.
    let (own, other) = (text(&own, "id"), text(&code, "id"));
    holds(&person.get(&format!("/portal/conversions?code_id={own}")).text(), &["o-1", "ADA20"]);
    let page = person.get(&format!("/portal/conversions?code_id={other}")).text();
    assert!(!page.contains("o-1") && !page.contains("o-2") && !page.contains("SECRET20"), "{page}");
    // Whoever registers does so for itself, whatever the form says.
    let mine = place(&person.post("/portal/registrations", &[("account", "Mine"), ("partner_id", &ben)]));
    let stored = server.ok("GET", &format!("/deal-registrations/{}", id(&mine)), Value::Null);
    assert_eq!(text(&stored, "partner_id"), ada);
    make_user(&admin, "analyst@example.com", "An", "analyst", "");
    let analyst = Person::signed_in(&server, "analyst@example.com");
    let shown = analyst.get(&format!("/admin/registrations/{}", id(&mine))).text();
    assert!(!shown.contains("/approve\"") && !shown.contains("/reject\""), "{shown}");
    assert_eq!(analyst.get("/admin/deals/new").status, 403);
}

#[test]
fn what_attackers_write_is_inert_around_deals() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let partner = text(&server.ok("POST", "/partners", json!({ "name": MARKUP, "aliases": [MARKUP] })), "id");
    make_user(&admin, "evil@example.com", MARKUP, "partner", &partner);
    let stage = server.ok("POST", "/deal-stages", json!({ "name": MARKUP, "order": 5 }));
    let account = text(&server.ok("POST", "/accounts", json!({ "name": format!("={MARKUP}") })), "id");
    let new = json!({
        "name": MARKUP, "account_id": account, "owner": MARKUP, "product": MARKUP, "note": MARKUP, "external_id": MARKUP,
        "customer_id": MARKUP, "stage": stage["name"], "amount": 1, "currency": "EUR",
    });
    let deal = text(&server.ok("POST", "/deals", new), "id");
    server.ok("POST", "/touchpoints", json!({ "partner_id": partner, "kind": "demo", "deal_id": deal, "note": MARKUP }));
    let person = Person::signed_in(&server, "evil@example.com");
    let own = place(&person.post("/portal/registrations", &[("account", MARKUP), ("note", MARKUP)]));
    let other = json!({ "partner_id": server.partner("=cmd"), "account": MARKUP });
    server.ok("POST", "/deal-registrations", other);
    let policy = json!({ "name": MARKUP, "filters": { "products": [MARKUP] } });
    server.ok("POST", "/policies", policy);
    let staff = [
        "/admin/pipeline".to_owned(),
        "/admin/deals?kind=%3Cscript%3E&stage=%3Cscript%3E&owner=%22%3E".into(),
        "/admin/deals".into(),
        format!("/admin/deals/{deal}"),
        format!("/admin/deals/{deal}/edit"),
        "/admin/accounts".into(),
        format!("/admin/accounts/{account}"),
        format!("/admin/accounts/{account}/edit"),
        "/admin/registrations".into(),
        format!("/admin/registrations/{}", id(&own)),
    ];
    let portal = [own.clone(), "/portal/registrations".into(), "/portal/rules".into(), "/portal/profile".into()];
    let pages = staff.iter().map(|path| (&admin, path)).chain(portal.iter().map(|path| (&person, path)));
    for (who, path) in pages {
        let answer = who.get(path);
        assert_eq!(answer.status, 200, "{path}");
        let page = answer.text();
        assert!(!page.contains("<img src=x") && !page.contains("<script>") && !page.contains(" style="), "{path}: {page}");
    }
    for path in ["/admin/deals?csv=deals", "/admin/accounts?csv=accounts", "/admin/registrations?csv=registrations"] {
        let csv = admin.get(path).text();
        assert!(
            !csv.lines().any(|line| line.split(',').any(|cell| cell.starts_with('=') || cell.starts_with("\"="))),
            "{path}: {csv}"
        );
    }
}

#[test]
fn the_pipeline_shows_all_that_is_open_whenever_it_was_opened() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    for (name, stage, amount, opened) in [
        ("Old", "qualified", Some(10_000), "2020-03-01T00:00:00Z"),
        ("Older", "qualified", None, "2019-03-01T00:00:00Z"),
        ("Gone", "lost", Some(7_000), "2020-03-01T00:00:00Z"),
    ] {
        let currency = amount.map(|_| "EUR");
        let deal = json!({ "name": name, "stage": stage, "amount": amount, "currency": currency, "opened_at": opened });
        server.ok("POST", "/deals", deal);
    }
    let shown = admin.get("/admin/pipeline").text();
    let list = "/admin/deals?state=open&stage=qualified";
    holds(
        &shown,
        &["No deal was opened in this period", "Open now <span class=\"count\">2</span>", &list.replace('&', "&#38;")],
    );
    assert_eq!(admin.get("/admin/pipeline?csv=open").text(), "stage,deals,worth,worth_currency\r\nqualified,2,100.00,EUR\r\n");
    assert_eq!(admin.get(&format!("{list}&csv=deals")).text().lines().count(), 1 + 2);
}
