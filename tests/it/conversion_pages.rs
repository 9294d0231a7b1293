//! A conversion, a customer, the ways and the models as pages: what they show, to whom, and what is done there.

use serde_json::{Value, json};

use super::pages::{Person, make_user};
use super::server::{BROWSER, Server, eventually, text};

/// Two partners with a click each on the way to a sale of 49.90, and a sale of the second one alone.
pub struct Two {
    pub own: String,
    pub secret: String,
    pub shared: String,
    pub foreign: String,
    secret_click: String,
}

impl Two {
    pub fn on(server: &Server, names: [&str; 2]) -> Two {
        let [own, secret] = names.map(|name| server.partner(name));
        for (partner, slug) in [(&own, "ownslug"), (&secret, "secretslug")] {
            let wanted = json!({ "partner_id": partner, "slug": slug, "destination": "https://shop.example/" });
            server.ok("POST", "/links", wanted);
        }
        let first = server.get("/ownslug");
        let cookie = first.cookie().unwrap();
        let secret_click = server.get_with("/secretslug", &[("user-agent", BROWSER), ("cookie", &cookie)]).click_id();
        let sold = |order: &str, customer: &str, click: &str| {
            let sale = json!({ "event": "sale", "order_id": order, "customer_id": customer, "amount": 4990, "currency": "EUR", "click_id": click });
            server.ok("POST", "/conversions", sale);
            text(&server.attributed(order), "id")
        };
        let shared = sold("shared-1", "kim/of acme", &secret_click);
        let other = server.get("/secretslug").click_id();
        let foreign = sold("foreign-1", "lee", &other);
        Two { own, secret, shared, foreign, secret_click }
    }
}

#[test]
fn a_partner_sees_its_own_part_of_a_conversion_and_nothing_of_others() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let two = Two::on(&server, ["ownpartner", "secretpartner"]);
    make_user(&admin, "own@example.com", "Own", "partner", &two.own);
    let person = Person::signed_in(&server, "own@example.com");
    let path = format!("/portal/conversions/{}", two.shared);
    assert!(person.get("/portal/conversions").text().contains(&path), "the list leads to it");
    for query in ["", "?model=last", "?csv=journey", "?csv=shares"] {
        let answer = person.get(&format!("{path}{query}"));
        let shown = answer.text();
        assert_eq!(answer.status, 200, "{query}");
        for hidden in ["secretpartner", "secretslug", &two.secret, &two.secret_click, "kim", "100.00"] {
            assert!(!shown.contains(hidden), "{hidden} {query}: {shown}");
        }
        if query.is_empty() {
            let mine = "Touchpoints that count: 2. Of these 1 is yours";
            for expected in
                ["Another partner", "50.00", "24.95", "ownslug", "You were the first of two partners", "1 (Linear)", mine]
            {
                assert!(shown.contains(expected), "{expected}: {shown}");
            }
            // Of others there is no size that would contradict what is said of sizes.
            assert!(shown.contains("Dots of others are small and dashed"), "{shown}");
            assert_eq!((shown.matches("\"dot tint-").count(), shown.matches("\"dot untold\"").count()), (1, 1), "{shown}");
        }
    }
    for query in ["", "?csv=journey"] {
        assert_eq!(person.get(&format!("/portal/conversions/{}{query}", two.foreign)).status, 404);
    }
    assert_eq!(person.get(&format!("/admin/conversions/{}", two.shared)).status, 403);
}

#[test]
fn staff_see_everyone_also_under_another_model() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let two = Two::on(&server, ["Ada", "Ben"]);
    let path = format!("/admin/conversions/{}", two.shared);
    let shown = admin.get(&path).text();
    for expected in [
        "<strong>Ada</strong> was the first of two partners",
        "<strong>Ben</strong> was",
        "2 touchpoints count, credited by Linear",
        "50.00\u{a0}%",
        "24.95",
        "As credited: Linear",
        "kim",
    ] {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
    let last = admin.get(&format!("{path}?model=last")).text();
    for expected in ["100.00\u{a0}%", "49.90", "credited by Last touch", "Nothing is changed by looking"] {
        assert!(last.contains(expected), "{expected}: {last}");
    }
    // A model that nothing was learned for is not offered, and asking for it shows what stands.
    assert!(
        !shown.contains("?model=markov") && admin.get(&format!("{path}?model=markov")).text().contains("credited by Linear")
    );
    let told = server.ok("GET", &format!("/conversions/{}/explain?model=last", two.shared), Value::Null);
    assert_eq!((text(&told, "model"), &told["policy"]["model"]), ("last".into(), &json!("linear")));
    let shares: Vec<&Value> = told["touchpoints"].as_array().unwrap().iter().map(|touch| &touch["weight"]).collect();
    assert_eq!(shares, [&json!(0.0), &json!(1.0)]);
    assert_eq!(server.api("GET", &format!("/conversions/{}/explain?model=shapley", two.shared), Value::Null).status, 422);
    assert_eq!(server.ok("GET", &format!("/conversions/{}", two.shared), Value::Null)["credits"].as_array().unwrap().len(), 2);
    // Once a version has learned, what it knows is there for every conversion, and only looked up.
    let learned = json!({ "model": "shapley", "applies_from": "2099-01-01T00:00:00Z",
        "trained_on": { "from": "2020-01-01T00:00:00Z", "to": "2098-01-01T00:00:00Z" } });
    server.ok("POST", "/policies", learned);
    let shown = admin.get(&format!("{path}?model=shapley")).text();
    assert!(shown.contains("?model=shapley") && shown.contains("credited by Shapley"), "{shown}");
    let models = admin.get("/admin/models?model=shapley&csv=comparison").text();
    assert!(models.starts_with("partner,in_force,shapley\r\nBen,1.500000000,"), "{models}");
    let touchpoints = admin.get("/admin/touchpoints").text();
    assert!(touchpoints.contains(&path), "a touchpoint leads to what it led to: {touchpoints}");
}

#[test]
fn an_admin_refunds_and_gives_credit_by_hand_and_takes_it_back() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let two = Two::on(&server, ["Ada", "Ben"]);
    let cleo = server.partner("Cleo");
    let path = format!("/admin/conversions/{}", two.shared);
    let credit = |weight: &str, reason: &str| {
        admin.post(&format!("{path}/credit"), &[("partner_id", &cleo), ("weight", weight), ("reason", reason)])
    };
    for (weight, reason, problem) in [
        ("much", "fair", "must be a number such as 25"),
        ("101", "fair", "at most 1"),
        ("-1", "fair", "more than 0"),
        ("10", "", "reason-error"),
    ] {
        let answer = credit(weight, reason);
        assert!(answer.status == 422 && answer.text().contains(problem), "{weight} {reason}: {}", answer.text());
    }
    // Whom to choose is sorted by name, without those who are disabled, and nobody is chosen unasked.
    let (zed, amy) = (server.partner("Zed"), server.partner("amy"));
    server.ok("DELETE", &format!("/partners/{zed}"), Value::Null);
    let form = admin.get(&format!("{path}/credit")).text();
    let names: Vec<&str> =
        form.split("<option value=\"").skip(1).map(|option| option.split(['>', '<']).nth(1).unwrap()).collect();
    assert_eq!(names, ["Choose", "Ada", "amy", "Ben", "Cleo"], "{amy}");
    let nobody = admin.post(&format!("{path}/credit"), &[("partner_id", ""), ("weight", "5"), ("reason", "fair")]);
    assert!(nobody.status == 422 && nobody.text().contains("choose who gets it"), "{}", nobody.text());
    assert_eq!(credit("20,5", "<b>met</b> at the fair").status, 303);
    let shares = |expected: &str| {
        eventually(expected, || admin.get(&format!("{path}?csv=shares")).text().contains(expected).then_some(()));
    };
    shares("Cleo,0.205000000");
    let shown = admin.get(&path).text();
    assert!(shown.contains("Take back") && shown.contains("By Ada Admin") && !shown.contains("<b>met"), "{shown}");
    // It is asked first, and told what that means.
    let take_back = format!("/admin/credits/{}", shown.split("/admin/credits/").nth(1).unwrap().split('"').next().unwrap());
    let asks = admin.get(&take_back).text();
    assert!(
        asks.contains("Take back: Cleo, 20.50") && asks.contains("the 20.50\u{a0}% given by hand (“&#60;b&#62;met"),
        "{asks}"
    );
    assert!(
        server.ok("GET", &format!("/conversions/{}", two.shared), Value::Null).to_string().contains(&cleo),
        "asking does nothing"
    );
    for _ in 0..2 {
        let done = admin.post(&take_back, &[]);
        assert_eq!(done.header("location"), Some(&*format!("{path}?done=credit_taken_back")));
    }
    shares("Ada,0.500000000");
    let after = admin.get(&format!("{path}?done=credit_taken_back")).text();
    assert!(["given by hand is taken back", "<p>Cleo ", "Taken back "].iter().all(|said| after.contains(said)), "{after}");
    assert_eq!(admin.get(&take_back).status, 303, "there is nothing left to ask");
    assert_eq!(admin.post("/admin/credits/mc_00000000000000000000000000/take-back", &[]).status, 404);

    let refund = |amount: &str| admin.post(&format!("{path}/refund"), &[("amount", amount), ("reason", "came back")]);
    assert!(admin.get(&format!("{path}/refund")).text().contains("value=\"49.90\""));
    for (amount, problem) in [("", "amount"), ("x", "amount"), ("50.00", "is more than what is left"), ("-1", "amount-error")] {
        let answer = refund(amount);
        assert!(answer.status == 422 && answer.text().contains(problem), "{amount}: {}", answer.text());
    }
    assert_eq!(refund("9.90").status, 303);
    let shown = admin.get(&path).text();
    assert!(shown.contains("40.00\u{a0}EUR") && shown.contains("came back"), "{shown}");
    assert_eq!(refund("40.00").status, 303);
    assert!(!admin.get(&path).text().contains(&format!("{path}/refund")), "nothing is left to refund");
    make_user(&admin, "an@example.com", "An", "analyst", "");
    let analyst = Person::signed_in(&server, "an@example.com").get(&path).text();
    assert!(!analyst.contains("Take back") && !analyst.contains("/credit\""), "who only looks has no buttons");
}

#[test]
fn a_customer_is_found_by_its_id_with_everything_it_did() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let two = Two::on(&server, ["Ada", "Ben"]);
    server.ok("POST", "/customers/lee/merge", json!({ "into": "kim/of acme" }));
    let deal = json!({ "name": "Big one", "customer_id": "lee", "opened_at": "2026-01-05T00:00:00Z" });
    server.ok("POST", "/deals", deal);
    let found = admin.get("/admin/customers?id=kim/of%20acme");
    assert_eq!((found.status, found.header("location")), (303, Some("/admin/customers/kim%2Fof%20acme")));
    let shown = admin.get("/admin/customers/kim%2Fof%20acme").text();
    for expected in ["kim/of acme", "lee", "Ada", "Ben", &two.shared, &two.foreign, "Big one"] {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
    assert!(admin.get("/admin/customers").text().contains("/admin/customers/kim%2Fof%20acme"));
    let missed = admin.get("/admin/customers?id=%3Cscript%3E");
    assert!(missed.status == 200 && missed.text().contains("There is no customer with this id or address"));
    server.ok("POST", "/customers/lee/identify", json!({ "email": "Lee@Example.com" }));
    let with_address = admin.get("/admin/customers?id=lee@example.com&csv=customers").text();
    assert!(with_address.contains("\nlee,") && !with_address.contains("\nkim"), "{with_address}");
    assert_eq!(admin.get("/admin/customers/nobody").status, 404);
}

#[test]
fn ways_and_models_are_told_in_tables_and_names_stay_inert_in_charts() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let evil = "</script><script>alert(1)</script>\"' data-chart=\"";
    let two = Two::on(&server, [evil, "Ben"]);
    let shown = admin.get("/admin/journeys").text();
    assert_eq!(shown.matches(" data-chart=\"").count(), 3, "{shown}");
    assert!(!shown.contains("<script>") && !shown.contains("</script><"), "{shown}");
    let paths = admin.get("/admin/journeys?csv=paths&by=link").text();
    assert!(paths.contains("ownslug → secretslug,2,1,") && paths.contains("secretslug,1,1,"), "{paths}");
    let only = admin.get(&format!("/admin/journeys?csv=paths&by=link&partner_id={}", two.own)).text();
    assert!(!only.contains("\nsecretslug,1,"), "{only}");
    server.ok("POST", "/conversions", json!({ "event": "demo_booked", "order_id": "demo" }));
    server.attributed("demo");
    for path in ["/admin/journeys", "/admin/models"] {
        let shown = admin.get(path).text();
        for expected in ["<select id=\"by-event\"", "<option value=\"sale\">Sale</option>", "<option value=\"demo_booked\""] {
            assert!(shown.contains(expected), "{expected} {path}: {shown}");
        }
    }
    let none = admin.get("/admin/journeys?event=renewal");
    assert!(none.text().contains("Choose a longer period") && !none.text().contains(" data-chart=\""));
    let models = admin.get("/admin/models?model=last&model=first&csv=difference").text();
    assert!(models.starts_with("partner,first,last\r\n") && models.contains("Ben,-0.500000000,0.500000000"), "{models}");
    let shown = admin.get("/admin/models?model=last&by=kind&from=x&model=nothing").text();
    assert!(
        shown.contains("value=\"last\" form=\"period\" checked") && !shown.contains("value=\"first\" form=\"period\" checked"),
        "{shown}"
    );
    assert!(!shown.contains("value=\"markov\""), "{shown}");
    // The whole of a chart's page, as a first visit transfers it.
    let mut transferred = 0;
    let (page, plain) = (admin.get("/admin/models").text(), admin.get("/admin/customers").text());
    for path in page.split(['"']).filter(|path| path.starts_with("/assets/")) {
        transferred += server.get_with(path, &[("accept-encoding", "gzip")]).body.len();
        let is_chart = !plain.contains(path);
        assert_eq!(is_chart, page.split("<script src=").skip(3).any(|script| script.contains(path)), "{path}");
    }
    assert!((190_000..300_000 - page.len()).contains(&transferred), "{transferred}");
}

#[test]
fn clicks_lead_to_those_that_they_count_and_lists_are_filtered_by_the_url() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let two = Two::on(&server, ["ownpartner", "secretpartner"]);
    server.get_with("/ownslug", &[("user-agent", "Googlebot/2.1")]);
    let rows = |person: &Person<'_>, path: &str| person.get(path).text().lines().count() - 1;
    eventually("the crawler is seen", || (rows(&admin, "/admin/touchpoints?csv=touchpoints") == 4).then_some(()));
    let of_own = format!("/admin/touchpoints?kind=click&verdict=valid&partner_id={}", two.own);
    for (path, count) in [
        ("/admin/touchpoints?csv=touchpoints&verdict=valid", 3),
        ("/admin/touchpoints?csv=touchpoints&verdict=bot", 1),
        ("/admin/touchpoints?csv=touchpoints&kind=view", 0),
        (&format!("{of_own}&csv=touchpoints"), 1),
        ("/admin/conversions?csv=conversions&event=sale", 2),
        ("/admin/conversions?csv=conversions&event=lead", 0),
        (&format!("/admin/conversions?csv=conversions&partner_id={}", two.own), 1),
    ] {
        assert_eq!(rows(&admin, path), count, "{path}");
    }
    assert!(admin.get("/admin/partners").text().contains(&of_own.replace('&', "&#38;")), "the number of clicks leads there");
    let overview = admin.get("/admin").text();
    assert!(overview.matches("kind=click&#38;verdict=valid").count() > 5, "{overview}");
    // What cannot be read does not narrow the list down in silence: the page says so, and there is no export.
    let odd = admin.get("/admin/touchpoints?verdict=nonsense&from=2020-01-01");
    assert!(odd.status == 200 && odd.text().contains("says “nonsense”, which means nothing here"), "{}", odd.text());
    let german = admin.send("GET", "/admin/touchpoints?from=garbage", &[("accept-language", "de")], "").text();
    assert!(german.contains("steht „garbage“, was hier nichts bedeutet") && !german.contains("sein kann"), "{german}");
    assert_eq!(admin.get("/admin/touchpoints?verdict=nonsense&csv=touchpoints").status, 422);
    let shown = admin.get(&format!("{of_own}&country=DE&from=2026-01-01")).text();
    for chosen in [
        "<option value=\"valid\" selected>Valid",
        "<option value=\"click\" selected>",
        &format!("<option value=\"{}\" selected>ownpartner", two.own),
        "<input type=\"hidden\" name=\"country\" value=\"DE\">",
        "name=\"from\" value=\"2026-01-01\">",
    ] {
        assert!(shown.contains(chosen), "{chosen}: {shown}");
    }
    // A partner chooses among what is its own, and is not told what a team does.
    make_user(&admin, "own@example.com", "Own", "partner", &two.own);
    let person = Person::signed_in(&server, "own@example.com");
    let shown = person.get("/portal/touchpoints").text();
    assert!(shown.contains("name=\"verdict\"") && shown.contains("name=\"kind\""), "{shown}");
    assert!(!shown.contains("partner_id") && !shown.contains("demo"), "{shown}");
    assert_eq!(rows(&person, "/portal/touchpoints?csv=touchpoints&verdict=bot"), 1);
}

#[test]
fn empty_lists_say_what_to_begin_with_and_never_point_at_what_is_not_there() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let says = |path: &str, texts: &[&str], hidden: &[&str]| {
        let shown = admin.get(path).text();
        let main = shown.split("<main").nth(1).unwrap();
        assert!(texts.iter().all(|text| main.contains(text)), "{path}: {main}");
        assert!(!hidden.iter().any(|text| main.contains(text)), "{path}: {main}");
    };
    says("/admin/links", &["A link belongs to a partner", "/admin/partners/new"], &["No links yet"]);
    says("/admin/codes", &["A code belongs to a partner", "/admin/partners/new"], &["No codes yet"]);
    for list in ["/admin/touchpoints", "/admin/conversions"] {
        says(list, &["Nothing to count yet", "Begin with a partner"], &["Choose a longer one"]);
    }
    let partner = server.partner("Fern");
    let to_codes = format!("/admin/codes?partner_id={partner}");
    says(&format!("/admin/partners/{partner}"), &["No links yet", "No codes yet", &to_codes], &["above"]);
    says("/admin/links", &["No links yet", "New link"], &["belongs to a partner"]);
    let link = json!({ "partner_id": partner, "slug": "fern", "destination": "https://shop.example/" });
    let link = text(&server.ok("POST", "/links", link), "id");
    says(&format!("/admin/links/{link}"), &["Nobody has clicked in the last 30 days"], &["Choose a longer one"]);
    says("/admin/touchpoints", &["Choose a longer one"], &["Nothing to count yet"]);
    let code = text(&server.ok("POST", "/codes", json!({ "partner_id": partner, "code": "FERN" })), "id");
    says(&format!("/admin/codes/{code}"), &["Nobody has used this code"], &["Choose a longer one"]);
}

#[test]
fn every_number_of_journeys_and_models_leads_to_the_conversions_that_it_counts() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let two = Two::on(&server, ["Ada", "Ben"]);
    server.ok("POST", "/conversions", json!({ "event": "sale", "order_id": "alone", "amount": 5, "currency": "EUR" }));
    server.attributed("alone");
    let orders = |query: &str| {
        let csv = admin.get(&format!("/admin/journeys/conversions?csv=conversions&{query}")).text();
        let mut orders: Vec<String> = csv.lines().skip(1).map(|row| row.split(',').nth(2).unwrap().to_owned()).collect();
        orders.sort();
        orders.join(" ")
    };
    let (own, secret) = (&two.own, &two.secret);
    for (query, expected) in [
        (String::new(), "foreign-1 shared-1"),
        ("none=1".into(), "alone"),
        ("touchpoints=1".into(), "foreign-1"),
        ("touchpoints=2&event=sale".into(), "shared-1"),
        ("touchpoints=2&event=lead".into(), ""),
        ("from_days=0&to_days=1".into(), "foreign-1 shared-1"),
        ("from_days=1".into(), ""),
        (format!("path={own}&path={secret}"), "shared-1"),
        (format!("path={secret}"), "foreign-1"),
        (format!("first={own}&last={secret}"), "shared-1"),
        (format!("last={secret}"), "foreign-1 shared-1"),
        (format!("before={own}&after={secret}"), "shared-1"),
        (format!("before={secret}&after={own}"), ""),
        (format!("with={own}"), "shared-1"),
        ("keyless=1".into(), ""),
        (format!("with={secret}&under=in_force"), "foreign-1 shared-1"),
        (format!("with={secret}&under=first"), "foreign-1"),
        (format!("with={own}&under=last"), ""),
        (format!("with={own}&partner_id={secret}"), "shared-1"),
        ("from=2020-01-01&to=2020-01-31".into(), ""),
        ("by=kind&path=click".into(), "foreign-1"),
    ] {
        assert_eq!(orders(&query), expected, "{query}");
    }
    assert_eq!(admin.get("/admin/journeys/conversions?with=x&under=markov").status, 422, "nothing was learned");
    // The pages lead there with what they look at.
    let journeys = admin.get("/admin/journeys?event=sale").text();
    let list = "/admin/journeys/conversions?from=";
    assert!(journeys.matches(list).count() > 12, "{journeys}");
    for such in ["&#38;event=sale&#38;none=1\"", &format!("&#38;first={own}&#38;last={secret}\""), "&#38;touchpoints=2\""] {
        assert!(journeys.contains(such), "{such}: {journeys}");
    }
    let models = admin.get("/admin/models?model=first").text();
    for such in [format!("with={own}&#38;under=in_force"), format!("with={secret}&#38;under=first")] {
        assert!(models.contains(&such), "{such}: {models}");
    }
    let (last, csv) =
        (admin.get("/admin/models?model=last").text(), admin.get("/admin/models?model=last&csv=comparison").text());
    assert!(csv.contains("\nAda,0.500000000,0.000000000"), "{csv}");
    assert!(!last.contains(&format!("with={own}&#38;under=last")), "nothing leads nowhere: {last}");
    let shown = admin.get(&format!("/admin/journeys/conversions?by=partner&first={own}&last={secret}")).text();
    assert!(
        shown.contains("First: Ada") && shown.contains("Last: Ben") && shown.contains("href=\"/admin/journeys?by=partner\""),
        "{shown}"
    );
}
