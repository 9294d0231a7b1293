//! The pages of settings as a browser's HTTP sees them: what they show, what they ask before something is gone, what stays inert.

use serde_json::{Value, json};

use super::pages::{Person, make_user};
use super::server::{BROWSER, Server, text};

const EVIL: &str = "=<script>alert(1)</script>";

fn id(server: &Server, path: &str, body: Value) -> String {
    text(&server.ok("POST", path, body), "id")
}

#[test]
fn whatever_is_gone_for_good_is_asked_about_first() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let draft = id(&server, "/policy-drafts", json!({ "name": "leads" }));
    let group = id(&server, "/groups", json!({ "name": "Gold" }));
    let key = id(&server, "/keys", json!({ "name": "shop", "scope": "read" }));
    let stage = id(&server, "/deal-stages", json!({ "name": "Trial" }));
    server.ok("POST", "/touchpoint-kinds", json!({ "name": "fair" }));
    for (page, action, api) in [
        (format!("/admin/policies/drafts/{draft}"), "remove", format!("/policy-drafts/{draft}")),
        (format!("/admin/groups/{group}"), "remove", format!("/groups/{group}")),
        (format!("/admin/stages/{stage}"), "remove", format!("/deal-stages/{stage}")),
        ("/admin/kinds/fair".into(), "remove", "/touchpoint-kinds/fair".into()),
        ("/admin/keys".into(), "revoke", format!("/keys/{key}")),
    ] {
        let ask = if action == "revoke" { format!("{page}/{key}/revoke") } else { format!("{page}/{action}") };
        let shown = admin.get(&page).text();
        assert!(shown.contains(&ask) && !shown.contains(&format!("action=\"{ask}\"")), "{page} leads to the question only");
        let asked = admin.get(&ask);
        assert!(asked.status == 200 && asked.text().contains(&format!("action=\"{ask}\"")), "{ask}");
        let before = server.ok("GET", &api, Value::Null);
        assert!(!before["revoked_at"].is_string(), "asking is not doing");
        assert_eq!(admin.post(&ask, &[]).status, 303, "{ask}");
        let after = server.api("GET", &api, Value::Null);
        assert!(after.status == 404 || after.json()["revoked_at"].is_string(), "{api}");
    }
}

#[test]
fn what_cannot_be_removed_says_why_and_stays() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let group = id(&server, "/groups", json!({ "name": "Gold" }));
    server.ok("POST", "/partners", json!({ "name": "Fern", "group": group }));
    let shown = admin.get(&format!("/admin/groups/{group}")).text();
    assert!(shown.contains("Partners belong to this group") && !shown.contains("/remove"));
    let refused = admin.post(&format!("/admin/groups/{group}/remove"), &[]);
    assert!(refused.status == 409 && refused.text().contains("move them first"), "{}", refused.text());
    assert!(admin.get("/admin/groups").text().contains("partners.q=Gold"), "the number leads to the partners");
    server.ok("POST", "/touchpoints", json!({ "kind": "demo", "customer_id": "c" }));
    let refused = admin.post("/admin/kinds/demo/remove", &[]);
    assert!(refused.status == 409 && refused.text().contains("touchpoints are of this kind"), "{}", refused.text());
    assert_eq!(admin.post("/admin/kinds/demo/disable", &[]).status, 303);
    assert!(admin.get("/admin/kinds/demo").text().contains("no more of it is entered"));
    assert_eq!(server.api("POST", "/touchpoints", json!({ "kind": "demo", "customer_id": "c" })).status, 422);
    assert_eq!(admin.post("/admin/kinds/demo/enable", &[]).status, 303);
    assert_eq!(admin.get("/admin/kinds/nope").status, 404);
}

#[test]
fn forms_of_settings_say_beside_the_field_what_does_not_fit() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let partner = server.partner("Fern");
    let link = json!({ "partner_id": partner, "slug": "fern", "destination": "https://shop.example/" });
    let link = id(&server, "/links", link);
    for (path, fields, field, message) in [
        ("/admin/kinds", &[("name", "Big Fair"), ("team", "sales")][..], "name", "lower-case letters"),
        ("/admin/kinds", &[("name", "fair"), ("weight", "much")], "weight", "must be a number"),
        ("/admin/groups", &[("name", "")], "name", "must not be empty"),
        ("/admin/keys", &[("name", ""), ("scope", "read")], "name", "must not be empty"),
        ("/admin/stages", &[("name", "Trial"), ("order", "soon")], "order", "must be a whole number"),
        ("/admin/policies/drafts", &[("name", "x"), ("half_life_days", "-1")], "half_life_days", "must be more than 0"),
        ("/admin/policies/drafts", &[("name", "x"), ("weights.demo", "-1")], "weights.demo", "must be a weight"),
        ("/admin/policies/drafts", &[("name", "x"), ("exclude.links", "nowhere")], "exclude.links", "no link that ends in"),
        ("/admin/policies/drafts", &[("name", "x"), ("applies_from", "soon")], "applies_from", "is no date and time"),
        ("/admin/policies/drafts", &[("name", "x"), ("exclude.partners", "pn_1")], "exclude.partners", "is not an id"),
    ] {
        let answer = admin.post(path, fields);
        let page = answer.text();
        assert!(answer.status == 422 && page.contains(message), "{path} {fields:?}: {} {page}", answer.status);
        let input = page.split("<input").find(|input| input.contains(&format!("name=\"{field}\"")));
        let listed = field == "exclude.partners"; // boxes have their error below them
        assert!(listed || input.is_some_and(|input| input.contains("aria-invalid")), "{field} of {path}");
    }
    let fields = [
        ("name", "leads"),
        ("model", "last"),
        ("exclude.links", "FERN"),
        ("exclude.partners", partner.as_str()),
        ("kinds", "click"),
        ("kinds", "demo"),
    ];
    let made = admin.post("/admin/policies/drafts", &fields);
    assert_eq!(made.status, 303, "{}", made.text());
    let draft = &server.ok("GET", "/policy-drafts", Value::Null)["data"][0];
    assert_eq!(draft["rules"]["exclude"], json!({ "partners": [partner], "links": [link] }));
    assert_eq!(
        (&draft["rules"]["kinds"], &draft["rules"]["exclude_self_referral"]),
        (&json!(["click", "demo"]), &json!(false))
    );
    let edit = admin.get(&format!("/admin/policies/drafts/{}/edit", text(draft, "id"))).text();
    assert!(
        edit.contains("value=\"fern\"") && edit.contains("value=\"demo\" aria-label=\"Takes part: Demo\" checked"),
        "{edit}"
    );
}

#[test]
fn analysts_look_and_try_but_change_nothing() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    make_user(&admin, "ann@example.com", "Ann", "analyst", "");
    let ann = Person::signed_in(&server, "ann@example.com");
    let draft = id(&server, "/policy-drafts", json!({ "name": "leads" }));
    let group = id(&server, "/groups", json!({ "name": "Gold" }));
    let path = format!("/admin/policies/drafts/{draft}");
    let tried = ann.get(&format!("{path}?from=2026-01-01&to=2026-01-31"));
    assert!(tried.status == 200 && tried.text().contains("No conversions in this period"));
    for page in ["/admin/policies", &path, "/admin/kinds", "/admin/groups", "/admin/stages"] {
        let shown = ann.get(page).text();
        let main = shown.split("<main").nth(1).unwrap();
        assert!(!main.contains("method=\"post\"") && !main.contains(&group) && !main.contains("/edit"), "{page}");
    }
    assert!(!ann.get("/admin").text().contains("/admin/keys"), "the menu has only what may be seen");
    let long = ann.get(&format!("{path}?from=1990-01-01&to=2026-01-31"));
    assert_eq!(long.status, 200);
}

#[test]
fn the_audit_log_is_searched_and_turned_back_to_its_beginning() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let mut first = String::new();
    for place in 0..120 {
        let partner = server.partner(&format!("Partner {place:03}"));
        if place == 0 {
            first = partner;
        }
    }
    let next = |page: &str| {
        let older = page.split("<nav class=\"pager\"").nth(1)?.split("href=\"").find(|part| part.contains("rel=\"next\""))?;
        Some(older.split('"').next()?.replace("&#38;", "&"))
    };
    let (mut path, mut pages, mut seen) = ("/admin/audit?action=partner.create".to_owned(), 0, String::new());
    loop {
        let page = admin.get(&path).text();
        (pages, seen) = (pages + 1, format!("{seen}{page}"));
        match next(&page) {
            Some(older) => path = older,
            None => break,
        }
    }
    assert_eq!((pages, seen.contains("Partner 000"), seen.contains("Partner 119")), (3, true, true));
    assert!(!seen.contains("<td>User: created"));
    let about = admin.get(&format!("/admin/audit?subject={first}")).text();
    assert!(about.contains("Partner 000") && !about.contains("Partner 001") && about.contains("Partner: created"));
    assert!(about.contains("Key "), "a key is called by its name");
    let by_name = admin.get("/admin/audit?subject=PARTNER%20000").text();
    assert!(by_name.contains("Partner 000") && !by_name.contains("Partner 001"), "{by_name}");
    assert!(admin.get("/admin/audit?subject=%25").text().contains("No change fits"));
    assert!(!admin.get("/admin/audit?actor=operator").text().contains("Partner 0"));
    assert!(admin.get("/admin/audit?from=2020-01-01&to=2020-01-02").text().contains("No change fits"));
    let csv = admin.get("/admin/audit?action=partner.create&csv=audit").text();
    assert_eq!(csv.lines().count(), 121);
    assert_eq!(admin.get("/admin/audit/au_00000000000000000000000000").status, 404);
    // One link and several at once are two things to look for.
    let link = json!({ "partner_id": first, "destination": "https://shop.example/" });
    server.ok("POST", "/links", link.clone());
    server.ok("POST", "/links/bulk", json!({ "links": [link.clone(), link] }));
    for (language, one, several) in [("en", "created<", "several created<"), ("de", "angelegt<", "mehrere angelegt<")] {
        let page = admin.send("GET", "/admin/audit", &[("accept-language", language)], "").text();
        for (action, name) in [("link.create", one), ("link.create_bulk", several)] {
            let option = format!("<option value=\"{action}\">Link: {name}");
            assert_eq!(page.matches(&option).count(), 1, "{option}: {page}");
        }
    }
}

#[test]
fn what_went_wrong_is_shown_with_its_reasons_and_stays_inert() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let sent = "/pixel.gif?event=sale&amount=%3D%3Cscript%3Ealert(1)%3C/script%3E";
    server.get_with(sent, &[("referer", "https://evil.example/<b>")]);
    super::server::eventually("it is stored", || {
        let found = server.ok("GET", "/rejected", Value::Null)["data"].as_array().unwrap().len();
        (found == 1).then_some(())
    });
    let page = admin.get("/admin/rejected").text();
    assert!(page.contains("order_id") && page.contains("currency") && page.contains("Pixel"), "every reason: {page}");
    assert!(!page.contains("<script>alert"));
    assert!(admin.get("/admin/rejected?source=postback").text().contains("Nothing was rejected"));
    assert!(admin.get("/admin/rejected?from=2020-01-01&to=2020-01-02").text().contains("Nothing was rejected"));
    // What is odd.
    assert!(admin.get("/admin/discrepancies").text().contains("Nothing is odd"));
    let partner = server.partner(EVIL);
    let link = server.link(&partner);
    let click = server.get(&format!("/{link}")).click_id();
    let sale = |order: &str, amount: i64, click: &str| {
        let mut sale = json!({ "event": "sale", "order_id": order, "amount": amount, "currency": "EUR" });
        if !click.is_empty() {
            sale["click_id"] = json!(click);
        }
        server.ok("POST", "/conversions", sale);
    };
    sale("credited", 100, &click);
    sale("alone", 100, "");
    server.attributed("credited");
    server.attributed("alone");
    sale("alone", 200, "");
    server.ok("PATCH", &format!("/partners/{partner}"), json!({ "status": "disabled" }));
    server.ok("POST", "/deals", json!({ "name": EVIL }));
    super::server::eventually("all of it is odd", || {
        let page = admin.get("/admin/discrepancies").text();
        let titles =
            ["Conversions without a journey", "Credit of disabled partners", "Deals without touchpoints", "another amount"];
        (titles.iter().all(|title| page.contains(title)) && !page.contains("<script>alert")).then_some(())
    });
    let page = admin.get("/admin/discrepancies").text();
    for told in ["alone · 1.00\u{a0}EUR</a>", "credited · 1.00\u{a0}EUR</a>"] {
        assert!(page.contains(told), "{told}: {page}");
    }
    let csv = admin.get("/admin/discrepancies?csv=to_disabled").text();
    assert!(csv.contains("\"'=<script>"), "a formula is text: {csv}");
    assert!(admin.get("/admin/discrepancies?from=2020-01-01&to=2020-01-02").text().contains("Nothing is odd"));
    // What buyers say.
    let heard = json!({ "event": "sale", "order_id": "heard", "amount": 100, "currency": "EUR", "heard_from": EVIL });
    server.ok("POST", "/conversions", heard);
    server.attributed("heard");
    let page = admin.get("/admin/self-reported").text();
    assert!(page.contains("Named, but not tracked") && page.contains("heard") && !page.contains("<script>alert"), "{page}");
}

#[test]
fn health_tells_what_is_well_and_what_is_not() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let page = admin.get("/admin/health").text();
    assert!(page.contains("All is well") && page.contains(env!("CARGO_PKG_VERSION")), "{page}");
    for word in ["None: all is in the database", "Free on the disk", "Every hit is on disk"] {
        assert!(page.contains(word), "{word}");
    }
    let url = server.database();
    let sql = "insert into jobs (kind, subject, due_at, attempts, last_error) values ('other', x'07', 99999999999999, 3, '<b>broken')";
    crate::database::by_hand(&url, async move |hand| hand.sql(sql).await);
    let page = admin.get("/admin/health").text();
    assert!(page.contains("One thing needs attention") && page.contains("1 failing"), "{page}");
    assert!(page.contains("broken") && !page.contains("<b>broken"));
}

#[test]
fn publishing_says_beforehand_who_would_gain_and_lose_and_what_is_odd() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let mut cookie = String::new();
    for name in ["Ada", "Ben"] {
        let partner = server.partner(name);
        let link = json!({ "partner_id": partner, "slug": name.to_lowercase(), "destination": "https://shop.example/" });
        server.ok("POST", "/links", link);
        let click = server.get_with(&format!("/{}", name.to_lowercase()), &[("cookie", &cookie), ("user-agent", BROWSER)]);
        cookie = click.cookie().unwrap_or(cookie);
        let sale =
            json!({ "event": "sale", "order_id": name, "amount": 1000, "currency": "EUR", "click_id": click.click_id() });
        server.ok("POST", "/conversions", sale);
        server.attributed(name);
    }
    let publish = |draft: Value| {
        let path = format!("/admin/policies/drafts/{}", id(&server, "/policy-drafts", draft));
        (admin.get(&path).text(), admin.get(&format!("{path}/publish")).text())
    };
    let (_, asked) = publish(json!({ "name": "standard", "rules": { "model": "first" } }));
    for expected in ["newest 2 conversions, 1 of them", "Would gain most", "Ada: +5.00", "Would lose most", "Ben: -5.00"] {
        assert!(asked.contains(expected), "{expected}: {asked}");
    }
    assert!(!asked.contains("cannot be published") && !asked.contains("Is it spelt"), "{asked}");
    // An event that is misspelt, and by which the only policy for all would be for some.
    let rules = json!({ "model": "first", "filters": { "events": ["sale", "webinar_sing_up"] } });
    let (shown, asked) = publish(json!({ "name": "standard", "rules": rules }));
    let odd = "No conversion of the last 90 days has this event: webinar_sing_up.";
    assert!(shown.contains(odd) && asked.contains(odd) && asked.contains("cannot be published"), "{asked}");
    let known = "Known are: lead, signup, sale, renewal.";
    assert!(shown.contains(known) && asked.contains(known), "{shown}");
    // Instead of a button that could do nothing but fail.
    let button = "/publish\" class=\"sure\"";
    assert!(!asked.contains(button) && asked.contains("/edit\">Edit"), "{asked}");
    // It is said where they are typed, too.
    let draft = id(&server, "/policy-drafts", json!({ "name": "odd", "rules": { "filters": { "events": ["sael", "sale"] } } }));
    let form = admin.get(&format!("/admin/policies/drafts/{draft}/edit")).text();
    let field = form.split("name=\"filters.events\"").nth(1).unwrap().split("</div>").next().unwrap();
    assert!(field.contains("has this event: sael.") && field.contains("r-filters.events-error"), "{field}");
    assert!(field.contains("Empty: all. Known are: lead, signup, sale, renewal."), "{field}");
    // What would change nothing, and what names something that is gone, is not offered either.
    let (_, same) = publish(json!({ "name": "standard", "rules": {} }));
    assert!(same.contains("standard 1 applies already") && !same.contains(button), "{same}");
    server.ok("POST", "/touchpoint-kinds", json!({ "name": "fair" }));
    let draft = id(&server, "/policy-drafts", json!({ "name": "odd", "rules": { "weights": { "fair": 2 } } }));
    let path = format!("/admin/policies/drafts/{draft}/publish");
    assert!(admin.get(&path).text().contains(button), "it can be published");
    assert_eq!(server.api("DELETE", "/touchpoint-kinds/fair", Value::Null).status, 204);
    let gone = admin.get(&path).text();
    assert!(gone.contains("there is no kind of touchpoint “fair” any more") && !gone.contains(button), "{gone}");
    server.ok("POST", "/conversions", json!({ "event": "webinar_sing_up", "order_id": "w" }));
    server.attributed("w");
    let (shown, _) = publish(json!({ "name": "events", "rules": { "filters": { "events": ["webinar_sing_up"] } } }));
    assert!(!shown.contains("Is it spelt"), "it is a custom event: {shown}");
}

#[test]
fn the_menu_folds_what_is_used_seldom_unless_one_is_there() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let opened = |path: &str| {
        let page = admin.get(path).text();
        let groups = page.split("<nav").nth(1).unwrap().split("</nav>").next().unwrap().to_owned();
        groups.split("<details").skip(1).map(|group| group.starts_with(" open")).collect::<Vec<bool>>()
    };
    assert_eq!(opened("/admin"), [true, true, false, false]);
    assert_eq!(opened("/admin/policies"), [true, true, true, false]);
    assert_eq!(opened("/admin/audit"), [true, true, false, true]);
}
