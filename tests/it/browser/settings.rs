//! Settings in a browser: a policy is tried and published, a key is made and used; and what every page of theirs looks like.

use serde_json::{Value, json};

use super::super::pages::{Person, make_user};
use super::super::server::{BROWSER, Server, text};
use super::driver::Browser;
use super::{axe, sign_in};

/// A program in which two partners led to each sale, and in which there is something to see on every page of the settings.
pub fn looks(server: &Server) -> Vec<(&'static str, String)> {
    let run = "<script>document.title='run'</script>";
    let draft =
        json!({ "name": run, "rules": { "model": "time_decay", "weights": { "demo": 2 }, "filters": { "events": [run] } } });
    let draft = text(&server.ok("POST", "/policy-drafts", draft), "id");
    let key = text(&server.ok("POST", "/keys", json!({ "name": run, "scope": "track" })), "id");
    let group = text(&server.ok("POST", "/groups", json!({ "name": run })), "id");
    server.ok("POST", "/touchpoint-kinds", json!({ "name": "podcast", "team": "marketing" }));
    let stage = text(&server.ok("POST", "/deal-stages", json!({ "name": run })), "id");
    server.get_with(
        "/pixel.gif?event=sale&amount=%3Cscript%3Edocument.title%3D'run'%3C/script%3E",
        &[("referer", "https://evil.example/<b>")],
    );
    let heard = json!({ "event": "sale", "order_id": "heard", "amount": 100, "currency": "EUR", "heard_from": "Fern & Sons" });
    server.ok("POST", "/conversions", heard);
    let odd = json!({ "event": "sale", "order_id": run, "amount": 100, "currency": "EUR", "heard_from": run });
    server.ok("POST", "/conversions", odd);
    server.ok("POST", "/deals", json!({ "name": run }));
    server.attributed("heard");
    let list = |path: &str| server.ok("GET", path, Value::Null)["data"].as_array().unwrap().clone();
    let policy = list("/policies").into_iter().find(|one| one["name"] == "standard").unwrap();
    let policy = text(&policy, "id");
    let line = text(&list("/audit").into_iter().find(|one| one["action"] == "policy_draft.create").unwrap(), "id");
    vec![
        ("policies", "/admin/policies".into()),
        ("policy", format!("/admin/policies/{policy}")),
        ("policy-draft-new", format!("/admin/policies/new?from={policy}")),
        ("policy-draft", format!("/admin/policies/drafts/{draft}")),
        ("policy-simulated", format!("/admin/policies/{policy}?from=2020-01-01")),
        ("policy-draft-edit", format!("/admin/policies/drafts/{draft}/edit")),
        ("policy-draft-publish", format!("/admin/policies/drafts/{draft}/publish")),
        ("policy-draft-remove", format!("/admin/policies/drafts/{draft}/remove")),
        ("kinds", "/admin/kinds".into()),
        ("kind", "/admin/kinds/podcast".into()),
        ("kind-built-in", "/admin/kinds/click".into()),
        ("kind-remove", "/admin/kinds/podcast/remove".into()),
        ("groups", "/admin/groups".into()),
        ("group", format!("/admin/groups/{group}")),
        ("keys", "/admin/keys".into()),
        ("key-revoke", format!("/admin/keys/{key}/revoke")),
        ("stages", "/admin/stages".into()),
        ("stage", format!("/admin/stages/{stage}")),
        ("rejected", "/admin/rejected".into()),
        ("discrepancies", "/admin/discrepancies".into()),
        ("self-reported", "/admin/self-reported".into()),
        ("audit", "/admin/audit".into()),
        ("audit-line", format!("/admin/audit/{line}")),
        ("health", "/admin/health".into()),
    ]
}

/// Two partners led to the order, in turn.
fn sale(server: &Server, order: &str) -> Value {
    let mut cookie = String::new();
    let mut click = String::new();
    for slug in ["first", "second"] {
        let answer = server.get_with(&format!("/{slug}"), &[("cookie", &cookie), ("user-agent", BROWSER)]);
        cookie = answer.cookie().unwrap_or(cookie);
        click = answer.click_id();
    }
    let sale = json!({ "event": "sale", "order_id": order, "amount": 10_000, "currency": "EUR", "click_id": click });
    server.ok("POST", "/conversions", sale);
    server.attributed(order)
}

/// The cents of each partner.
fn cents(sale: &Value, partners: &[String; 2]) -> [i64; 2] {
    let credits = sale["credits"].as_array().unwrap();
    let of = |partner: &String| {
        credits.iter().filter(|credit| credit["partner_id"] == **partner).map(|credit| credit["amount"].as_i64().unwrap()).sum()
    };
    [of(&partners[0]), of(&partners[1])]
}

/// What only other models look at is not shown, without any script of ours; what is chosen before stays chosen.
fn fields_go_with_the_model(browser: &Browser) {
    let before = browser.script("return document.querySelector('select[name=model]').value");
    let seen = |model: &str, field: &str| {
        let script = format!(
            "document.querySelector('select[name=model]').value = '{model}'; \
             return document.querySelector(\"[name='{field}']\").getClientRects().length > 0"
        );
        browser.script(&script) == json!(true)
    };
    for (field, models) in [
        ("half_life_days", &["time_decay"][..]),
        ("steps", &["time_decay"]),
        ("first", &["position"]),
        ("by", &["markov", "shapley"]),
        ("trained_on.to", &["markov", "shapley"]),
        ("order", &["markov"]),
        ("ordered", &["shapley"]),
        ("lookback_days.click", &["linear", "markov", "shapley", "time_decay", "position", "last"]),
    ] {
        let shown: Vec<&str> = ["linear", "time_decay", "position", "markov", "shapley", "last"]
            .into_iter()
            .filter(|model| seen(model, field))
            .collect();
        assert!(shown.len() == models.len() && models.iter().all(|model| shown.contains(model)), "{field}: {shown:?}");
    }
    browser.script(&format!("document.querySelector('select[name=model]').value = {before}"));
}

pub fn a_policy_is_tried_published_and_followed(server: &Server) {
    let partners = [server.partner("First Ltd"), server.partner("Second Ltd")];
    for (partner, slug) in partners.iter().zip(["first", "second"]) {
        let link = json!({ "partner_id": partner, "slug": slug, "destination": "https://shop.example/" });
        server.ok("POST", "/links", link);
    }
    assert_eq!(cents(&sale(server, "before"), &partners), [5_000, 5_000]);
    let admin = Person::first_admin(server);
    make_user(&admin, "ann@example.com", "Ann", "analyst", "");
    let browser = Browser::start();
    sign_in(&browser, server, "admin@example.com");
    browser.click(".side details:has([href='/admin/policies']) summary");
    browser.click(".side a[href='/admin/policies']");
    browser.sees("In force");
    browser.click("main .actions a.main");
    // What does not fit is said beside its field, and what was typed stays.
    browser.script("document.querySelector('select[name=model]').value = 'last'");
    browser.fill("input[name='lookback_days.click']", "many");
    browser.click(".rules button.main");
    browser.sees("must be a whole number");
    let beside = "return document.querySelector(\"[name='lookback_days.click']\").getAttribute('aria-invalid') + document.querySelector('select[name=model]').value";
    assert_eq!(browser.script(beside), json!("truelast"));
    assert_eq!(browser.script("return document.activeElement.name"), json!("lookback_days.click"), "one goes on there");
    assert!(browser.script("return document.title").as_str().unwrap().starts_with("Error: "));
    assert_eq!(axe(&browser), Vec::<String>::new(), "also of a form that does not fit");
    fields_go_with_the_model(&browser);
    browser.fill("input[name='lookback_days.click']", "30");
    browser.click(".rules button.main");
    browser.sees("Saved.");
    let draft = browser.url();
    browser.click("#simulate button");
    browser.sees("would be shared otherwise");
    let seen = browser.text();
    assert!(seen.contains("+50.00") && seen.contains("-50.00") && seen.contains("Second Ltd"), "{seen}");
    assert_eq!(cents(&server.attributed("before"), &partners), [5_000, 5_000], "a simulation writes nothing");
    // Whoever only looks may try it, too, and not publish it.
    let analyst = Person::signed_in(server, "ann@example.com");
    let path = draft.replace(&server.url(""), "/").split('?').next().unwrap().replace("//", "/");
    let shown = analyst.get(&format!("{path}?from=2020-01-01")).text();
    assert!(shown.contains("Second Ltd") && !shown.contains("/publish"), "{path}");
    browser.click("main .actions a.main");
    browser.sees("Publish this draft?");
    browser.sees("standard 2");
    browser.sees("kudos reattribute");
    browser.click("main form button.main");
    browser.sees("Published.");
    browser.sees("standard 2");
    assert_eq!(cents(&sale(server, "after"), &partners), [0, 10_000]);
    assert_eq!(cents(&server.attributed("before"), &partners), [5_000, 5_000], "what was credited stays");
    assert_eq!(server.ok("GET", "/policy-drafts", Value::Null)["data"], json!([]));
}

pub fn a_key_is_made_used_and_revoked(server: &Server) {
    Person::first_admin(server);
    let browser = Browser::start();
    sign_in(&browser, server, "admin@example.com");
    browser.click(".side details:has([href='/admin/keys']) summary");
    browser.click(".side a[href='/admin/keys']");
    browser.fill("input[name=name]", "Shop");
    browser.script("document.querySelector('select[name=scope]').value = 'read'");
    browser.click("main form button.main");
    browser.sees("never shown again");
    let secret = browser.script("return document.getElementById('copy').value").as_str().unwrap().to_owned();
    browser.click("[data-copy]");
    browser.sees("Copied");
    let bearer = format!("Bearer {secret}");
    let ask = || server.send("GET", "/api/v1/partners", &[("authorization", &bearer)], b"").status;
    browser.go(&server.url("/admin/keys"));
    browser.sees("Never");
    assert_eq!(ask(), 200);
    browser.go(&server.url("/admin/keys"));
    let row = "return [...document.querySelectorAll('#keys tbody tr')].find((row) => row.innerText.includes('Shop')).innerText";
    let row = browser.script(row).as_str().unwrap().to_owned();
    assert!(!row.contains("Never") && row.contains("Active") && !row.contains(&secret), "{row}");
    browser.click("#keys tbody a[href$='/revoke']");
    browser.sees("for good");
    assert_eq!(ask(), 200, "asking is not doing");
    browser.click("main form button.main");
    browser.sees("Removed.");
    assert_eq!(ask(), 401);
}
