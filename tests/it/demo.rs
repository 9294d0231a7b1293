//! `kudos demo`, the real binary: what it fills the store with, what it prints, and that it goes only into an empty one.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::pages::Person;
use super::server::{Server, text};

/// How long it may take until it is ready: 4 s in a debug build on two busy cores.
const READY_PATIENCE: Duration = Duration::from_secs(100);
/// The largest page of a list.
const PAGE: usize = 200;

/// A demo that runs; killed when a test fails.
struct Demo {
    child: Child,
    /// What it printed until it was ready.
    lines: Vec<String>,
    agent: ureq::Agent,
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn kudos(arguments: &[&str], dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kudos"));
    command.args(arguments).arg("--data-dir").arg(dir).args(["--database", &super::STORE.url(dir)]);
    command
}

impl Demo {
    fn start(dir: &Path) -> Demo {
        let mut child =
            kudos(&["demo", "--listen", "127.0.0.1:0", "--log", "warn"], dir).stdout(Stdio::piped()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (send, receive) = mpsc::channel();
        std::thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
        let mut demo = Demo { child, lines: Vec::new(), agent: ureq::Agent::new_with_defaults() };
        let deadline = Instant::now() + READY_PATIENCE;
        while demo.commands().len() < 3 {
            let left = deadline.saturating_duration_since(Instant::now());
            demo.lines.push(receive.recv_timeout(left).expect("it becomes ready in time"));
        }
        demo
    }

    /// What is printed to be tried.
    fn commands(&self) -> Vec<String> {
        self.lines.iter().filter(|line| line.starts_with("curl ")).cloned().collect()
    }

    /// What follows `label` in a line of its own.
    fn printed(&self, label: &str) -> &str {
        self.lines.iter().find_map(|line| line.strip_prefix(label)).unwrap_or_else(|| panic!("no {label:?}: {:#?}", self.lines))
    }

    fn get(&self, path: &str) -> Value {
        let url = format!("{}/api/v1{path}", self.printed("kudos listening on "));
        let key = format!("Bearer {}", self.printed("admin key (shown once): "));
        let text = self.agent.get(url).header("authorization", key).call().unwrap().body_mut().read_to_string().unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// Every row of a list.
    fn all(&self, list: &str) -> Vec<Value> {
        let mut rows = Vec::new();
        let mut cursor = String::new();
        loop {
            let mut page = self.get(&format!("{list}?limit={PAGE}{cursor}"));
            rows.append(page["data"].as_array_mut().unwrap());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return rows,
            }
        }
    }

    /// Ends it as an operator does.
    fn stop(mut self) {
        Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(self.child.wait().unwrap().success());
    }
}

/// How many different values a field has.
fn distinct(rows: &[Value], field: &str) -> Vec<String> {
    let mut values: Vec<String> = rows.iter().filter_map(|row| row[field].as_str()).map(str::to_owned).collect();
    values.sort();
    values.dedup();
    values
}

fn partners_of(conversion: &Value) -> usize {
    distinct(conversion["credits"].as_array().unwrap(), "partner_id").len()
}

/// A lifelike program: everything that happens to one.
fn check_program(demo: &Demo) {
    for (list, expected) in [("/partners", 12), ("/groups", 3), ("/links", 40), ("/codes", 15), ("/campaigns", 6)] {
        assert_eq!(demo.all(list).len(), expected, "{list}");
    }
    let touchpoints = demo.all("/touchpoints");
    assert!((10_000..15_000).contains(&touchpoints.len()), "{} touchpoints", touchpoints.len());
    assert_eq!(distinct(&touchpoints, "verdict"), ["bot", "duplicate", "embedded", "flood", "prefetch", "valid"]);
    assert_eq!(distinct(&touchpoints, "device"), ["bot", "desktop", "mobile", "tablet"]);
    assert_eq!(distinct(&touchpoints, "country").len(), 12);
    assert_eq!(distinct(&touchpoints, "team"), ["marketing", "partner", "partnerships", "sales"]);
    let kinds = distinct(&touchpoints, "kind");
    for kind in ["click", "code", "deal_registration", "demo", "intro", "referral", "view", "webinar"] {
        assert!(kinds.iter().any(|found| found == kind), "{kind} in {kinds:?}");
    }
    assert!(demo.all("/rejected").len() >= 30);
    // By the clock of the hits, so it does not depend on how fast they were sent: 150 less the minute's allowance of 60.
    assert_eq!(touchpoints.iter().filter(|touchpoint| touchpoint["verdict"] == "flood").count(), 90);

    let conversions = demo.all("/conversions");
    assert_eq!(distinct(&conversions, "event"), ["lead", "renewal", "sale", "signup"]);
    assert_eq!(distinct(&conversions, "source"), ["api", "pixel", "postback", "tag"]);
    assert_eq!(distinct(&conversions, "currency"), ["EUR", "GBP", "JPY", "USD"]);
    assert!(conversions.iter().all(|conversion| !conversion["attributed_at"].is_null()), "credit is assigned");
    assert!(conversions.iter().filter(|conversion| partners_of(conversion) > 1).count() > 300);
    let refunded = |conversion: &&Value| conversion["refunded"].as_i64() > Some(0);
    let in_part = |conversion: &&Value| conversion["refunded"].as_i64() < conversion["amount"].as_i64();
    assert_eq!(conversions.iter().filter(refunded).count(), 11);
    assert_eq!(conversions.iter().filter(refunded).filter(in_part).count(), 4);

    check_deals(demo);

    // A self-referral is found at attribution; the touchpoint itself is a click like others.
    let own = &demo.get("/conversions?order_id=LS-OWN-3")["data"][0];
    let explained = demo.get(&format!("/conversions/{}/explain", text(own, "id")));
    assert!(explained["touchpoints"][0]["reason"].as_str().unwrap().contains("self-referral"), "{explained}");

    // It was founded before its first visitor came, and nobody keeps the keys that filled it.
    let first = touchpoints.iter().map(|touchpoint| text(touchpoint, "occurred_at")).min().unwrap();
    assert!(demo.all("/links").iter().all(|link| text(link, "created_at") < first));
    let keys = demo.all("/keys");
    assert_eq!(keys.iter().filter(|key| key["revoked_at"].is_null()).count(), 1, "{keys:?}");
}

/// Deals in every state, and every answer to a registration.
fn check_deals(demo: &Demo) {
    let deals = demo.all("/deals");
    assert_eq!(distinct(&deals, "status"), ["lost", "open", "won"]);
    assert!(deals.len() > 15 && distinct(&deals, "stage").contains(&"security review".to_owned()), "{deals:?}");
    let registrations = demo.all("/deal-registrations");
    assert_eq!(distinct(&registrations, "status"), ["approved", "conflict", "expired", "pending", "rejected"]);
    let order = deals.iter().find(|deal| !deal["order_id"].is_null()).unwrap();
    let shown = demo.get(&format!("/deals/{}", text(order, "id")));
    assert!(!shown["conversion_ids"].as_array().unwrap().is_empty(), "a won deal names its conversion: {shown}");
    assert!(shown["history"].as_array().unwrap().len() > 4);
    let report = demo.get("/reports/pipeline?from=2020-01-01");
    for part in report["data"][0]["parts"].as_array().unwrap() {
        assert!(part["deals"].as_i64() > Some(2) && !part["win_rate"].is_null(), "{part}");
    }
}

/// What is printed to be tried works as printed.
fn check_commands(demo: &Demo) {
    let run = |command: &String| -> Value {
        let output = Command::new("sh").arg("-c").arg(command).output().unwrap();
        let answer = String::from_utf8_lossy(&output.stdout).into_owned();
        serde_json::from_str(&answer).unwrap_or_else(|why| panic!("{why}: {command}\n{answer}"))
    };
    let [report, explanation, touchpoint] = &demo.commands()[..] else { panic!("{:#?}", demo.lines) };
    let report = run(report);
    let labels = distinct(report["data"].as_array().unwrap(), "label");
    assert!(labels.len() == 12 && labels.contains(&"Fern & Ledger".to_owned()), "{report}");
    let explanation = run(explanation);
    assert!(distinct(explanation["touchpoints"].as_array().unwrap(), "partner_id").len() >= 3, "{explanation}");
    let touchpoint = run(touchpoint);
    assert_eq!((text(&touchpoint, "kind"), text(&touchpoint, "verdict")), ("click".into(), "valid".into()));
    // What its own connections may say of country and address, the network may not.
    assert!(touchpoint["country"].is_null());
}

#[test]
fn an_empty_store_becomes_a_program_to_look_at() {
    let dir = TempDir::new().unwrap();
    let demo = Demo::start(dir.path());
    check_program(&demo);
    check_commands(&demo);
    demo.stop();

    let checked = kudos(&["check"], dir.path()).output().unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));

    let again = kudos(&["demo", "--listen", "127.0.0.1:0"], dir.path()).output().unwrap();
    let sentence = String::from_utf8_lossy(&again.stderr).into_owned();
    assert_eq!(again.status.code(), Some(1), "{sentence}");
    assert!(sentence.contains(&dir.path().display().to_string()) && sentence.contains("--data-dir"), "{sentence}");
    assert!(again.stdout.is_empty());
    check_long_lists(dir);
}

/// A list of more rows than are read says so, whichever way it is sorted.
fn check_long_lists(dir: TempDir) {
    let server = Server::in_dir(dir, &[], Default::default());
    let admin = Person::first_admin(&server);
    for (path, is_cut) in [
        ("/admin/touchpoints?from=2020-01-01", true),
        ("/admin/touchpoints?from=2020-01-01&touchpoints.sort=at", true),
        ("/admin/touchpoints?from=2020-01-01&verdict=flood", false),
        ("/admin/conversions?from=2020-01-01", false),
    ] {
        let shown = admin.get(path).text();
        assert_eq!(shown.contains("The newest 1,000 of this period are shown here."), is_cut, "{path}");
    }
}

#[test]
fn internal_headers_are_not_believed_on_the_network() {
    let server = Server::start();
    let slug = server.link(&server.partner("Ada"));
    let headers = [("user-agent", super::server::BROWSER), ("cf-ipcountry", "FR"), ("x-forwarded-for", "2001:db8::1")];
    let click = server.get_with(&format!("/{slug}"), &headers).click_id();
    let touchpoint = server.ok("GET", &format!("/touchpoints/{click}"), Value::Null);
    assert!(touchpoint["country"].is_null(), "{touchpoint}");
}
