//! Ways on from each page: to what belongs to it, to what may be done, and back after the session ended.

use serde_json::{Value, json};

use super::conversion_pages::Two;
use super::pages::{Person, make_user};
use super::server::{Server, text};

/// The part of a page that is about something.
fn main_of(person: &Person<'_>, path: &str) -> String {
    let answer = person.get(path);
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.text().split("<main").nth(1).unwrap().to_owned()
}

fn holds(shown: &str, texts: &[&str], hidden: &[&str]) {
    for text in texts {
        assert!(shown.contains(text), "{text}: {shown}");
    }
    for text in hidden {
        assert!(!shown.contains(text), "{text}: {shown}");
    }
}

#[test]
fn a_partners_page_leads_to_its_journeys_and_to_who_signs_in_for_it() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let (fern, moss) = (server.partner("Fern"), server.partner("Moss"));
    let (page, invite) = (format!("/admin/partners/{fern}"), format!("href=\"/admin/users?partner_id={fern}\""));
    holds(&main_of(&admin, &page), &["Nobody of this partner can sign in yet", &invite], &[]);
    make_user(&admin, "sam@fern.example", "Sam Fern", "partner", &fern);
    make_user(&admin, "kim@moss.example", "Kim Moss", "partner", &moss);
    admin.post("/admin/users", &[("email", "new@fern.example"), ("name", "New"), ("role", "partner"), ("partner_id", &fern)]);
    make_user(&admin, "an@example.com", "An", "analyst", "");
    let journeys = format!("href=\"/admin/journeys?partner_id={fern}\"");
    let shown = main_of(&admin, &page);
    holds(&shown, &[&journeys, &invite, "sam@fern.example", "href=\"/admin/users/us_", "Invited"], &["Nobody of", "kim@moss"]);
    // The journeys are those of the days that are looked at.
    let of_june = main_of(&admin, &format!("{page}?from=2026-06-01&to=2026-06-30"));
    holds(&of_june, &[&format!("/admin/journeys?from=2026-06-01&#38;to=2026-06-30&#38;partner_id={fern}\"")], &[]);
    let export = admin.get(&format!("{page}?csv=users")).text();
    assert!(export.starts_with("name,email,status,last_seen\r\n"), "{export}");
    let sam = export.lines().find(|line| line.starts_with("Sam Fern")).unwrap();
    assert!(sam.contains(",sam@fern.example,Active,20"), "seen just now: {sam}");
    assert!(export.contains("New,new@fern.example,Invited,\r\n"), "never seen: {export}");
    // Who only looks is led to no door that is shut.
    let looked = main_of(&Person::signed_in(&server, "an@example.com"), &page);
    holds(&looked, &[&journeys, "sam@fern.example"], &["/admin/users", "/admin/links?partner_id"]);
    // The form knows whom it is for.
    let form = main_of(&admin, &format!("/admin/users?partner_id={fern}"));
    let chosen = format!("<option value=\"{fern}\" selected>");
    holds(&form, &["<option value=\"partner\" selected>", &chosen, "sam@fern.example", "Show all"], &["kim@moss"]);
    holds(&main_of(&admin, "/admin/users"), &["kim@moss", "<option value=\"analyst\" selected>"], &["Show all"]);
}

#[test]
fn a_link_has_its_own_numbers_and_leads_to_all_that_belongs_to_it() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let two = Two::on(&server, ["ownpartner", "secretpartner"]);
    let links = server.ok("GET", "/links", Value::Null);
    let of = |slug: &str| text(links["data"].as_array().unwrap().iter().find(|link| link["slug"] == slug).unwrap(), "id");
    let (own, secret) = (of("ownslug"), of("secretslug"));
    let campaign = text(&server.ok("POST", "/campaigns", json!({ "name": "Spring" })), "id");
    server.ok("PATCH", &format!("/links/{secret}"), json!({ "campaign_id": campaign }));
    let page = main_of(&admin, &format!("/admin/links/{secret}"));
    // Half of one sale and all of another.
    let conversions = format!("&#38;link_id={secret}\"");
    let (partner, campaign) = (format!("/admin/partners/{}\"", two.secret), format!("href=\"/admin/campaigns/{campaign}\""));
    let all = format!("href=\"/admin/touchpoints?link_id={secret}\"");
    holds(&page, &["99.80", "74.85", "From click to sale", &conversions, &partner, &campaign, &all], &[]);
    let past = main_of(&admin, &format!("/admin/links/{secret}?from=2020-01-01&to=2020-01-31"));
    let all_of_it = format!("/admin/touchpoints?from=2020-01-01&#38;to=2020-01-31&#38;link_id={secret}\"");
    // The list below has its own days, and says so.
    holds(&past, &[&all_of_it, "Save this view", "Latest touchpoints, of 30 days up to now"], &["74.85"]);
    let german = admin.send("GET", &format!("/admin/links/{secret}"), &[("accept-language", "de")], "").text();
    holds(&german, &["Neueste Berührungspunkte, aus 30 Tagen bis jetzt"], &[]);
    let clicks = admin.get(&format!("/admin/touchpoints?link_id={secret}&csv=touchpoints")).text();
    assert_eq!(clicks.lines().count(), 1 + 2, "{clicks}");
    // A partner sees the numbers of its own, and no door of the other side.
    make_user(&admin, "own@example.com", "Own", "partner", &two.own);
    let person = Person::signed_in(&server, "own@example.com");
    let shown = main_of(&person, &format!("/portal/links/{own}"));
    let all = format!("href=\"/portal/touchpoints?link_id={own}\"");
    holds(&shown, &["24.95", "From click to sale", &all], &["/admin", "74.85", "secretpartner"]);
    // Lists lead to whom they name, to each of several.
    let list = main_of(&admin, "/admin/conversions");
    let of = |id: &str, name: &str| format!("<a href=\"/admin/partners/{id}\">{name}</a>");
    let both = format!("<td>{}, {}</td>", of(&two.own, "ownpartner"), of(&two.secret, "secretpartner"));
    holds(&list, &[&both, &format!("<td>{}</td>", of(&two.secret, "secretpartner"))], &[]);
    holds(&main_of(&admin, "/admin/links"), &[&campaign], &[]);
}

#[test]
fn what_does_not_answer_is_not_offered_to_be_used() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let fern = server.partner("Fern");
    let link = |more: Value| {
        let mut wanted = json!({ "partner_id": fern, "destination": "https://shop.example/" });
        wanted.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        format!("/admin/links/{}", text(&server.ok("POST", "/links", wanted), "id"))
    };
    let (sound, expired) = (link(json!({})), link(json!({ "expires_at": "2026-01-01T00:00:00Z" })));
    let later = link(json!({ "expires_at": "2999-01-01T00:00:00Z" }));
    let test = ["target=\"_blank\" rel=\"noopener\">Test click", "A test click is a click", "Hand the link out"];
    for page in [&sound, &later] {
        holds(&main_of(&admin, page), &test, &["leads nowhere"]);
    }
    holds(&main_of(&admin, &expired), &["It leads nowhere, or to its fallback"], &test);
    admin.post(&format!("{later}/disable"), &[]);
    holds(&main_of(&admin, &later), &["It leads nowhere, or to its fallback"], &test);
    let page = format!("/admin/partners/{fern}");
    let offers = [format!("/admin/links?partner_id={fern}"), format!("/admin/users?partner_id={fern}")];
    let offers = offers.each_ref().map(String::as_str);
    holds(&main_of(&admin, &page), &offers, &[]);
    admin.post(&format!("{page}/disable"), &[]);
    holds(&main_of(&admin, &page), &["/enable\"", "This partner is disabled"], &offers);
    holds(&main_of(&admin, &sound), &["It leads nowhere, or to its fallback"], &test);
    holds(&main_of(&admin, &page), &[], &[&format!("/admin/codes?partner_id={fern}"), "Mint the first"]);
}

#[test]
fn a_form_that_comes_after_the_session_ended_says_so_and_leads_back() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let fern = server.partner("Fern");
    let csrf = admin.csrf();
    admin.post("/logout", &[]);
    let here = |path: &str| format!("http://{}{path}", server.address);
    let edit = format!("/admin/partners/{fern}/edit");
    for (action, came_from, back) in [
        // The page on which the form is shown again, with its query where the browser tells it.
        ("/admin/partners", "/admin/partners/new", "/admin/partners/new"),
        ("/admin/partners", "", "/admin/partners/new"),
        (&format!("/admin/partners/{fern}"), "", &edit),
        (&format!("/admin/partners/{fern}"), "/admin", &edit),
        ("/admin/links", "/admin/links?partner_id=x&done=saved", "/admin/links?partner_id=x"),
        // Where it is shown again nowhere, or stands on many pages: the page that the browser tells.
        ("/account/views", "/admin/links?links.q=a", "/admin/links?links.q=a"),
        (
            &format!("/admin/partners/{fern}/disable"),
            &format!("/admin/partners/{fern}?done=enabled"),
            &format!("/admin/partners/{fern}"),
        ),
        (&format!("/admin/partners/{fern}/disable"), "/nothing/of/ours", ""),
        (&format!("/admin/partners/{fern}/disable"), "", ""),
    ] {
        let referer = here(came_from);
        let headers = if came_from.is_empty() { vec![] } else { vec![("referer", referer.as_str())] };
        let answer = admin.send("POST", action, &headers, &format!("csrf={csrf}&name=Changed"));
        let next = if back.is_empty() { String::new() } else { super::pages::encode(&[("next", back)]) + "&" };
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, Some(&*format!("/login?{next}done=too_late"))),
            "{action}"
        );
    }
    let told = admin.get("/login?next=%2Fadmin%2Fpartners%2Fnew&done=too_late").text();
    holds(&told, &["Your session had ended, so nothing was changed", "data-too-late hidden"], &[]);
    let german = server.get_with("/login?done=too_late", &[("accept-language", "de")]).text();
    holds(&german, &["Ihre Sitzung war beendet"], &[]);
    let wrong = admin.post_bare("/login", &[("email", "x"), ("password", "x"), ("next", &edit)]);
    holds(&wrong.text(), &[&format!("name=\"next\" value=\"{edit}\"")], &["data-too-late"]);
    let fields = [("email", "admin@example.com"), ("password", super::pages::PASSWORD), ("next", edit.as_str())];
    assert_eq!(admin.post_bare("/login", &fields).header("location"), Some(edit.as_str()));
    assert_eq!(server.ok("GET", &format!("/partners/{fern}"), Value::Null)["name"], "Fern");
    // Whoever only looked, or wanted to go, is told nothing of it.
    let guest = Person::new(&server);
    assert_eq!(guest.get("/admin/links").header("location"), Some("/login?next=%2Fadmin%2Flinks"));
    assert_eq!(guest.post_bare("/logout", &[]).header("location"), Some("/login"));
    holds(&guest.get("/login").text(), &[], &["data-too-late", "session had ended"]);
}

#[test]
fn a_form_of_an_earlier_session_says_so_and_leads_back() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let fern = server.partner("Fern");
    for (action, back, english, german) in [
        ("/admin/deals".to_owned(), "/admin/deals/new".to_owned(), "Back to the form", "Zurück zum Formular"),
        (format!("/admin/partners/{fern}"), format!("/admin/partners/{fern}/edit"), "Back to the form", "Zurück zum Formular"),
        (format!("/admin/partners/{fern}/disable"), "/admin".to_owned(), "To the overview", "Zur Übersicht"),
        // What stands on many pages leads to the one it was sent from.
        ("/account/views".to_owned(), "/admin/links?links.q=a".to_owned(), "Back to the form", "Zurück zum Formular"),
    ] {
        for (language, way, kept) in [("en", english, "What you typed is kept"), ("de", german, "Was Sie eingegeben haben")] {
            let mut headers = vec![("accept-language", language)];
            let referer = format!("http://{}{back}", server.address);
            headers.extend((action == "/account/views").then_some(("referer", referer.as_str())));
            let refused = admin.send("POST", &action, &headers, "csrf=of-another&name=Changed");
            assert_eq!(refused.status, 403, "{action}");
            let page = refused.text();
            holds(&page, &[&format!("href=\"{back}\""), way, kept, "data-too-late hidden"], &[]);
        }
    }
    assert_eq!(server.ok("GET", &format!("/partners/{fern}"), Value::Null)["name"], "Fern");
    // Of somebody who may not, nothing is kept.
    make_user(&admin, "ana@example.com", "Ana", "analyst", "");
    let shut = Person::signed_in(&server, "ana@example.com").post("/admin/partners", &[("name", "x")]);
    assert_eq!(shut.status, 403);
    holds(&shut.text(), &[], &["data-too-late"]);
}

#[test]
fn a_view_takes_no_other_ones_place() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let save = |language: &str, name: &str, target: &str| {
        let body = super::pages::encode(&[("csrf", admin.csrf().as_str()), ("name", name), ("target", target)]);
        admin.send("POST", "/account/views", &[("accept-language", language)], &body)
    };
    let (links, deals) = ("/admin/links?links.q=a", "/admin/deals?deals.q=b");
    for _ in 0..2 {
        // The same one again is saved, once.
        assert_eq!(save("en", "V1", links).status, 303);
    }
    for (language, name, status, said) in [
        ("en", "V1", 409, "another saved view has that name; delete that one first, or choose another name"),
        ("de", "V1", 409, "eine andere gemerkte Ansicht hat diesen Namen; zuerst jene löschen oder einen anderen Namen wählen"),
        ("en", "", 422, "must not be empty"),
        ("de", "", 422, "darf nicht leer sein"),
    ] {
        let refused = save(language, name, deals);
        let page = refused.text();
        assert_eq!(refused.status, status, "{page}");
        // With the form to try it again.
        for part in [said, &format!("name=\"target\" value=\"{deals}\""), "action=\"/account/views\"", "aria-invalid"] {
            assert!(page.contains(part), "{part}: {page}");
        }
    }
    let page = admin.get("/admin").text();
    assert!(page.matches(&format!("href=\"{links}\"")).count() == 1 && !page.contains(deals), "{page}");
    // Nor by another name; its own it may keep.
    assert_eq!(save("en", "V2", deals).status, 303);
    let list = admin.get("/account/views").text();
    let path = list.rsplit("action=\"/account/views/").next().unwrap().split('/').next().unwrap();
    let path = format!("/account/views/{path}");
    let rename = |name: &str| admin.post(&path, &[("name", name)]);
    let refused = rename("V1");
    holds(&refused.text(), &["another saved view has that name", "aria-invalid", &format!("action=\"{path}\"")], &[]);
    assert_eq!((refused.status, rename("V2").status, rename("V3").status), (409, 303, 303));
}

#[test]
fn a_name_that_another_partner_has_is_refused_without_a_word_in_ids() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let (fern, moss) = (server.partner("Fern & Ledger"), server.partner("Moss"));
    let names = |path: &str, fields: &[(&str, &str)], texts: &[&str]| {
        let refused = admin.post(path, fields);
        assert_eq!(refused.status, 409, "{path}");
        holds(&refused.text(), texts, &[&fern]);
    };
    let said = "another partner has that name<";
    names("/admin/partners", &[("name", " Fern & Ledger ")], &[said, "Fern &#38; Ledger", "aria-invalid"]);
    names(&format!("/admin/partners/{moss}"), &[("name", "Fern & Ledger")], &[said]);
    let body = super::pages::encode(&[("csrf", admin.csrf().as_str()), ("name", "Fern & Ledger")]);
    let german = admin.send("POST", "/admin/partners", &[("accept-language", "de")], &body).text();
    holds(&german, &["ein anderer Partner hat diesen Namen<"], &[&fern]);
    // A program is told which one.
    let refused = server.api("PATCH", &format!("/partners/{moss}"), json!({ "name": "Fern & Ledger" }));
    assert_eq!((refused.status, &refused.json()["errors"][0]["field"]), (409, &json!("name")), "{}", refused.text());
    assert!(refused.text().contains(&fern), "{}", refused.text());
    // One that is disabled may come back.
    server.ok("DELETE", &format!("/partners/{fern}"), Value::Null);
    names("/admin/partners", &[("name", "Fern & Ledger")], &["another partner, who is disabled, has that name<"]);
    // Its own name is no other's, and one in other letters is another one, as to an import.
    server.ok("PATCH", &format!("/partners/{fern}"), json!({ "name": "Fern & Ledger", "email": "f@example.com" }));
    server.ok("POST", "/partners", json!({ "name": "fern & ledger" }));
    // Two from before can be told apart, and each can still be changed.
    let url = server.database();
    crate::database::by_hand(&url, async move |hand| hand.sql("update partners set name = 'Moss'").await);
    server.ok("PATCH", &format!("/partners/{fern}"), json!({ "name": "Moss", "status": "active" }));
    server.ok("PATCH", &format!("/partners/{moss}"), json!({ "name": "Moss Ltd" }));
}

#[test]
fn a_browser_that_guesses_where_the_icon_is_finds_it() {
    let server = Server::start();
    for headers in [&[][..], &[("accept-encoding", "gzip")]] {
        let icon = server.get_with("/favicon.ico", headers);
        assert_eq!((icon.status, icon.header("content-type")), (200, Some("image/svg+xml")));
        assert!(icon.text().starts_with("<svg ") && icon.header("set-cookie").is_none(), "{}", icon.text());
    }
    assert_eq!(server.send("POST", "/favicon.ico", &[], b"").status, 405);
    let page = server.get("/login").text();
    let path = page.split("type=\"image/svg+xml\" href=\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(path.starts_with("/assets/") && server.get(path).text().starts_with("<svg "), "{path}");
}

#[test]
fn another_period_or_filter_begins_each_table_anew_and_keeps_its_order() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    server.link(&server.partner("Fern"));
    let query = "from=2026-01-01&to=2026-01-31&verdict=bot&touchpoints.page=2&touchpoints.sort=-kind";
    let shown = main_of(&admin, &format!("/admin/touchpoints?{query}"));
    let period = shown.split("<form").find(|part| part.contains("class=\"period\"")).unwrap().split("</form>").next().unwrap();
    holds(period, &["touchpoints.sort", "-kind"], &["touchpoints.page", "name=\"verdict\""]);
    let filters = shown.split("class=\"narrowing\"").nth(1).unwrap().split("</div>\n").next().unwrap();
    holds(filters, &["name=\"verdict\" form=\"period\""], &["type=\"hidden\""]);
    let alone = main_of(&admin, "/admin/deals?deals.page=2&deals.sort=-worth");
    let alone = alone.split("class=\"narrowing\"").nth(1).unwrap().split("</form>").next().unwrap();
    holds(alone, &["deals.sort", "-worth", "name=\"from\""], &["deals.page", "form=\"period\""]);
    let shown = main_of(&admin, "/admin/rejected?rejected.page=3&rejected.sort=-at");
    holds(&shown, &["source=pixel"], &["rejected.page=3&#38;source"]);
    let everything = main_of(&admin, "/admin?country=DE&links.page=2&links.sort=clicks");
    holds(&everything, &["href=\"/admin?links.sort=clicks\""], &[]);
}

#[test]
fn a_period_that_begins_before_what_is_shown_says_so() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    server.link(&server.partner("Fern"));
    let read = |language: &str, path: &str| admin.send("GET", path, &[("accept-language", language)], "").text();
    let days = "from=2015-01-01&to=2026-01-31";
    let said = "Shown from 27 Jan 2023 on, not from 1 Jan 2015: a page shows at most 1,101 days.";
    for path in ["/admin/conversions", "/admin/journeys", "/admin/rejected", "/admin/pipeline"] {
        holds(&read("en", &format!("{path}?{days}")), &[said, "value=\"2023-01-27\""], &[]);
        holds(&read("en", &format!("{path}?from=2023-01-27&to=2026-01-31")), &[], &["a page shows at most"]);
    }
    holds(&read("en", "/admin/conversions?from=2026-01-31&to=2015-01-01"), &[said], &[]);
    holds(&read("de", &format!("/admin/conversions?{days}")), &["Gezeigt ab 27.01.2023, nicht schon ab 01.01.2015"], &[]);
}
