//! What forms say when something does not fit, as a browser's HTTP sees it: all of it at once, each beside its field, in words that
//! people use, in their language.

#[path = "forms/odd.rs"]
mod odd;

use serde_json::{Value, json};

use odd::{ODD, ODD_POLICY};

use super::pages::{Person, encode, make_user};
use super::server::{Server, text};

/// What a refused form says.
struct Told {
    status: u16,
    /// Fields, each with what is wrong with it.
    at: Vec<(String, String)>,
    /// What is said above all fields.
    above: String,
    page: String,
}

fn plain(html: &str) -> String {
    let signs = [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&"), ("\u{a0}", " ")];
    signs.iter().fold(html.to_owned(), |text, (code, sign)| text.replace(code, sign))
}

fn sent(person: &Person<'_>, language: &str, path: &str, fields: &[(&str, &str)]) -> Told {
    let csrf = person.csrf();
    let body = encode(&[fields, &[("csrf", csrf.as_str())]].concat());
    let answer = person.send("POST", path, &[("accept-language", language)], &body);
    let page = match answer.header("location") {
        Some(path) => person.send("GET", path, &[("accept-language", language)], "").text(),
        None => answer.text(),
    };
    let error = |part: &str| {
        let (id, rest) = part.split_once("-error\"")?;
        let text = rest.split_once('>')?.1.split("</p>").next()?;
        Some((id.rsplit('-').next()?.to_owned(), plain(text)))
    };
    let at = page.split("<p class=\"error\" id=\"").skip(1).filter_map(error).collect();
    let above = page.split("<div class=\"problems\"").nth(1).and_then(|part| part.split("</div>").next());
    let above = plain(above.map_or("", |part| part.split_once('>').map_or("", |(_, said)| said)));
    Told { status: answer.status, at, above, page }
}

impl Told {
    /// What is said of a field.
    fn of(&self, field: &str) -> &str {
        self.at.iter().find(|(name, _)| name == field).map_or("", |(_, said)| said)
    }
}

fn id(server: &Server, path: &str, body: Value) -> String {
    text(&server.ok("POST", path, body), "id")
}

/// A sale of 490 EUR.
fn sale(server: &Server) -> String {
    let sale = json!({ "event": "sale", "order_id": "o-1", "amount": 49_000, "currency": "EUR" });
    server.ok("POST", "/conversions", sale);
    text(&server.attributed("o-1"), "id")
}

#[test]
fn a_policy_that_does_not_fit_is_told_all_at_once_in_the_words_of_its_form() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let fields = [
        ("name", ""),
        ("model", "markov"),
        ("half_life_days", "soon"),
        ("first", "abc"),
        ("last", "9"),
        ("order", "7"),
        ("lookback_days.click", "2.5"),
        ("lookback_days.view", "99999"),
        ("weights.demo", "0,6"),
        ("weights.intro", "x"),
        ("lookback_days.kinds.demo", "-1"),
        ("min_click_to_conversion_seconds", "90000"),
        ("exclude.links", "nix, nada"),
        ("exclude.verdicts", "valid"),
        ("applies_from", "tomorrow"),
    ];
    for (language, is_english) in [("en", true), ("de", false)] {
        let told = sent(&admin, language, "/admin/policies/drafts", &fields);
        assert_eq!((told.status, told.above.as_str()), (422, ""), "{}", told.page);
        for (field, english, german) in ODD_POLICY {
            assert_eq!(told.of(field), if is_english { *english } else { *german }, "{field}: {:?}", told.at);
        }
        assert_eq!(told.at.len(), ODD_POLICY.len(), "{:?}", told.at);
        assert_eq!(told.page.matches(" autofocus").count(), 1, "one begins at the first of them");
        assert!(told.page.split(" autofocus").next().unwrap().ends_with("required"), "{}", told.page);
    }
    assert_eq!(server.ok("GET", "/policy-drafts", Value::Null)["data"], json!([]), "nothing is kept");
}

#[test]
fn a_period_to_learn_from_is_asked_for_where_it_is_typed_and_stays_out_of_other_models() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let fields = |model: &'static str, from: &'static str, to: &'static str| {
        [("name", "a"), ("model", model), ("trained_on.from", from), ("trained_on.to", to)]
    };
    for (from, to, field, said) in [
        ("", "", "trained_on.from", "say which period Markov is to learn from"),
        ("2026-01-01", "", "trained_on.to", "must not be empty"),
        ("2026-01-01", "soon", "trained_on.to", "is no date such as 2026-01-05"),
        ("2026-01-02", "2026-01-01", "trained_on.to", "must not lie before the beginning"),
    ] {
        let told = sent(&admin, "en", "/admin/policies/drafts", &fields("markov", from, to));
        assert_eq!((told.at.len(), told.of(field), told.above.as_str()), (1, said, ""), "{:?}", told.at);
    }
    let made = sent(&admin, "en", "/admin/policies/drafts", &fields("linear", "2026-01-01", "2026-02-01"));
    assert_eq!(made.status, 303, "{:?} {}", made.at, made.above);
    let draft = &server.ok("GET", "/policy-drafts", Value::Null)["data"][0];
    assert_eq!(draft["rules"]["trained_on"], Value::Null);
    // A draft is written and read as the reader does.
    let path = format!("/admin/policies/drafts/{}", text(draft, "id"));
    let fields = [("name", "a"), ("model", "position"), ("first", "0,125"), ("last", "0,5"), ("weights.demo", "1.500")];
    assert_eq!(sent(&admin, "de", &path, &fields).status, 303);
    let edit = admin.send("GET", &format!("{path}/edit"), &[("accept-language", "de")], "").text();
    assert!(edit.contains("value=\"0,125\"") && edit.contains("name=\"weights.demo\" value=\"1500\""), "{edit}");
}

#[test]
fn no_form_speaks_of_fields_units_and_types() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let fern = server.partner("Fern");
    server.ok("POST", "/groups", json!({ "name": "Gold" }));
    let (deal, sale) = (id(&server, "/deals", json!({ "name": "Acme" })), sale(&server));
    let long = "x".repeat(300);
    let there = [("PARTNER", &fern), ("DEAL", &deal), ("SALE", &sale), ("LONG", &long)];
    let fill = |text: &str| there.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value));
    for (path, fields, at, english, german) in ODD {
        let (path, filled) = (fill(path), fields.iter().map(|(_, value)| fill(value)).collect::<Vec<_>>());
        let fields: Vec<(&str, &str)> = fields.iter().zip(&filled).map(|((name, _), value)| (*name, value.as_str())).collect();
        for (language, expected) in [("en", *english), ("de", *german)] {
            let told = sent(&admin, language, &path, &fields);
            assert_eq!((told.status, told.above.as_str()), (422, ""), "{path} {fields:?}: {:?}", told.at);
            assert!(told.of(at).contains(expected), "{path} {fields:?} {at}: {expected}, {:?}", told.at);
            let said: Vec<&str> = told.at.iter().map(|(_, said)| said.as_str()).collect();
            for word in ["null", "POST", "bytes", "Bytes", "minor", "ISO", "RFC", "invalid", "integer", "relative", "_id"] {
                assert!(said.iter().all(|said| !said.contains(word)), "{word}: {said:?}");
            }
            let title = if language == "en" { "<title>Error: " } else { "<title>Fehler: " };
            assert!(told.page.contains(title), "the window tells it: {}", told.page);
            assert_eq!(told.page.matches(" autofocus").count(), 1, "one begins at the first wrong field: {}", told.page);
        }
    }
}

#[test]
fn a_partner_that_is_switched_off_is_told_so() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let fern = server.partner("Fern");
    let link = json!({ "partner_id": fern, "slug": "fern", "destination": "https://shop.example/" });
    server.ok("POST", "/links", link);
    make_user(&admin, "fern@example.com", "Fern", "partner", &fern);
    let partner = Person::signed_in(&server, "fern@example.com");
    server.ok("PATCH", &format!("/partners/{fern}"), json!({ "status": "disabled" }));
    for (path, fields) in [
        ("/portal/links", &[("destination", "https://shop.example/b")][..]),
        ("/portal/registrations", &[("account", "Acme"), ("amount", ""), ("currency", "EUR")]),
    ] {
        for (language, expected) in
            [("en", "<p>You are switched off as a partner"), ("de", "<p>Sie sind als Partner abgeschaltet")]
        {
            let told = sent(&partner, language, path, fields);
            assert_eq!((told.status, told.at.len()), (422, 0), "{:?}", told.at);
            assert!(told.above.starts_with(expected), "{}", told.above);
            assert!(told.page.contains("role=\"alert\" tabindex=\"-1\" autofocus"), "one begins there: {}", told.page);
        }
    }
}

#[test]
fn amounts_are_read_and_written_as_the_reader_does() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let sale = sale(&server);
    let stored = |name: &str| {
        let deals = server.ok("GET", "/deals", Value::Null);
        let deals = deals["data"].as_array().unwrap();
        deals.iter().find(|deal| deal["name"] == name).map(|deal| deal["amount"].clone())
    };
    for (language, amount, minor) in [
        ("de", "4.900,50", 490_050),
        ("de", "4900,5", 490_050),
        ("de", "1.000", 100_000),
        ("en", "4,900.50", 490_050),
        ("en", "4900.5", 490_050),
        ("en", "1,000", 100_000),
    ] {
        let name = format!("{language} {amount}");
        let made = sent(&admin, language, "/admin/deals", &[("name", &name), ("amount", amount), ("currency", "EUR")]);
        assert_eq!((made.status, stored(&name)), (303, Some(json!(minor))), "{:?}", made.at);
    }
    for (language, amount, said) in [
        ("de", "4.900.50", "„4.900.50“ ist kein Betrag wie 1.234,50"),
        ("de", "4.900,505", "„4.900,505“ hat mehr Nachkommastellen als EUR (2)"),
        ("de", "1,000", "„1,000“ kann Tausender oder Nachkommastellen meinen"),
        ("en", "1.000", "“1.000” may mean thousands or decimals"),
        ("en", "-5", "“-5” is less than 0"),
        ("en", "5 USD", "“5 USD” is in USD, but the currency here is EUR"),
    ] {
        for path in ["/admin/deals", &format!("/admin/conversions/{sale}/refund")] {
            let fields = [("name", "x"), ("reason", "x"), ("amount", amount), ("currency", "EUR")];
            let told = sent(&admin, language, path, &fields);
            assert!(told.status == 422 && told.of("amount").starts_with(said), "{path} {amount}: {:?}", told.at);
        }
    }
    let deals = server.ok("GET", "/deals", Value::Null);
    let path = format!("/admin/deals/{}/edit", text(&deals["data"][0], "id"));
    let edit = admin.send("GET", &path, &[("accept-language", "de")], "").text();
    assert!(edit.contains("value=\"1000,00\""), "{edit}");
    let refund = format!("/admin/conversions/{sale}/refund");
    let form = admin.send("GET", &refund, &[("accept-language", "de")], "").text();
    assert!(form.contains("value=\"490,00\""), "{form}");
    assert_eq!(sent(&admin, "de", &refund, &[("amount", "90,50"), ("reason", "x")]).status, 303);
    assert_eq!(server.ok("GET", &format!("/conversions/{sale}"), Value::Null)["refunded"], json!(9_050));
}

#[test]
fn an_address_need_not_say_how_to_get_there_on_pages() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let fern = server.partner("Fern");
    let made =
        sent(&admin, "en", "/admin/links", &[("destination", "shop.example/x?a=1"), ("slug", "fern"), ("partner_id", &fern)]);
    assert_eq!(made.status, 303, "{:?}", made.at);
    let link = server.ok("GET", "/links", Value::Null)["data"][0].clone();
    assert_eq!(link["destination"], "https://shop.example/x?a=1");
    let path = format!("/admin/links/{}", text(&link, "id"));
    let fields = [("destination", "shop.example"), ("slug", "fern"), ("fallback_url", "www.example/gone")];
    assert_eq!(sent(&admin, "en", &path, &fields).status, 303);
    let link = server.ok("GET", "/links", Value::Null)["data"][0].clone();
    assert_eq!(
        (&link["destination"], &link["fallback_url"]),
        (&json!("https://shop.example/"), &json!("https://www.example/gone"))
    );
    let told = sent(&admin, "en", &path, &[("destination", "javascript:alert(1)"), ("slug", "fern")]);
    assert!(told.of("destination").starts_with("must begin with http:// or https://"), "{:?}", told.at);
    let strict = server.api("POST", "/links", json!({ "partner_id": fern, "destination": "shop.example/x" }));
    assert_eq!(strict.status, 422, "programs say it in full");
}

#[test]
fn rows_of_an_import_tell_all_that_is_wrong_and_can_be_corrected() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    server.partner("Fern");
    let long = "x".repeat(300);
    let rows = format!("name,email,group\n{long},nix,Nope\nFern,y y,\nMoss,,\n\"Oak, old\",bad,\n");
    let fields = [("what", "partners"), ("rows", rows.as_str())];
    let tried = sent(&admin, "en", "/admin/import", &fields);
    for told in [
        "name: is too long",
        "email: is not an e-mail address",
        "group: there is no group “Nope”",
        "name: is the name of a partner already<br>email: is not an e-mail address",
    ] {
        assert!(tried.page.contains(told), "{told}: {}", tried.page);
    }
    let button =
        |told: &Told, name: &str| told.page.split("<form").any(|form| form.contains("name=\"again\"") && form.contains(name));
    assert!(button(&tried, "Change the rows"), "{}", tried.page);
    let again = sent(&admin, "en", "/admin/import", &[&fields[..], &[("again", "1")]].concat());
    let area = |told: &Told| {
        told.page
            .split("<textarea")
            .nth(1)
            .unwrap()
            .split_once('>')
            .unwrap()
            .1
            .split("</textarea>")
            .next()
            .unwrap()
            .trim()
            .to_owned()
    };
    assert_eq!((again.status, plain(&area(&again))), (200, rows.trim().to_owned()));
    let done = sent(&admin, "en", "/admin/import", &[&fields[..], &[("confirmed", "1")]].concat());
    assert!(done.page.contains("1 fits, 3 do not fit") && button(&done, "Correct the rows left out"), "{}", done.page);
    let rest = done.page.split("name=\"rows\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(plain(rest), format!("name,email,group\n{long},nix,Nope\nFern,y y,\n\"Oak, old\",bad,\n"));
    // What is taken is told with the rest, in the order of the columns, also where that alone is wrong.
    server.ok("POST", "/partners", json!({ "name": "Yew", "external_id": "y-1" }));
    let rows = format!("external_id,email,name\ny-1,nix,{long}\ny-1,,Ash\n");
    let tried = sent(&admin, "en", "/admin/import", &[("what", "partners"), ("rows", rows.as_str())]);
    let taken = "external_id: another partner has that id";
    for told in [&format!("{taken}<br>email: is not an e-mail address such as sam@example.com<br>name: is too long"), taken] {
        assert!(tried.page.contains(told), "{told}: {}", tried.page);
    }
    let codes = "campaign,code,partner\nNone,,Nobody\n";
    let tried = sent(&admin, "en", "/admin/import", &[("what", "codes"), ("rows", codes)]);
    assert!(tried.page.contains("<br>partner: names no") && tried.page.contains("campaign: names no"), "{}", tried.page);
    let links = "destination,partner,slug,campaign\nnope,Nobody,a b,Autumn\nshop.example/x,Fern,,\n";
    let tried = sent(&admin, "de", "/admin/import", &[("what", "links"), ("rows", links)]);
    for told in
        ["destination: ist keine Webadresse", "partner: nennt keinen", "slug: muss aus 1 bis 64", "campaign: nennt keine"]
    {
        assert!(tried.page.contains(told), "{told}: {}", tried.page);
    }
    assert!(tried.page.contains("1 passt, 1 passt nicht"), "{}", tried.page);
    let form = admin.get("/admin/import").text();
    assert!(form.contains("UTF-8, UTF-16 or Windows-1252"), "{form}");
}
