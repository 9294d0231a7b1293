//! A headless Chromium of the test's own, driven by `chromedriver` (W3C WebDriver) over plain HTTP.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::eventually;

const FLAGS: &[&str] = &[
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--force-prefers-reduced-motion",
];

pub struct Browser {
    driver: Child,
    session: String,
    agent: ureq::Agent,
    _profile: TempDir,
}

impl Browser {
    /// Starts one with an empty profile; its language is English.
    pub fn start() -> Browser {
        let started = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut driver = started.expect("chromedriver: install chromium and chromium-driver");
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines().map_while(Result::ok);
        let line = lines.find(|line| line.contains("started successfully on port")).expect("chromedriver starts");
        let port = line.trim_end_matches('.').rsplit(' ').next().unwrap().to_owned();
        let profile = TempDir::new().unwrap();
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(120)))
            .build()
            .into();
        let mut flags: Vec<String> = FLAGS.iter().map(|flag| (*flag).to_owned()).collect();
        flags.push(format!("--user-data-dir={}", profile.path().display()));
        flags.push("--lang=en-US".into());
        // What calls itself headless is a crawler to us, and rightly so.
        flags.push("--user-agent=Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36".into());
        let options = json!({ "args": flags, "prefs": { "intl.accept_languages": "en-US" } });
        let wanted = json!({ "capabilities": { "alwaysMatch": { "browserName": "chrome", "goog:chromeOptions": options,
            "goog:loggingPrefs": { "browser": "ALL" } } } });
        let base = format!("http://127.0.0.1:{port}/session");
        let mut browser = Browser { driver, session: base, agent, _profile: profile };
        let made = browser.post("", wanted);
        browser.session = format!("{}/{}", browser.session, made["sessionId"].as_str().expect("a session"));
        browser
    }

    fn post(&self, path: &str, body: Value) -> Value {
        self.asked(path, &body).unwrap_or_else(|why| panic!("{path} {body}: {why}"))
    }

    fn asked(&self, path: &str, body: &Value) -> Result<Value, String> {
        let mut answer = self.agent.post(format!("{}{path}", self.session)).send_json(body).map_err(|why| why.to_string())?;
        let status = answer.status();
        let text = answer.body_mut().with_config().limit(64 << 20).read_to_string().unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        if status.is_success() { Ok(value["value"].clone()) } else { Err(value["value"]["message"].to_string()) }
    }

    pub fn go(&self, url: &str) {
        self.post("/url", json!({ "url": url }));
    }

    /// Runs a function's body in the page; what it returns.
    pub fn script(&self, body: &str) -> Value {
        self.post("/execute/sync", json!({ "script": body, "args": [] }))
    }

    /// The same for one that calls its last argument with the outcome.
    pub fn script_later(&self, body: &str) -> Value {
        self.post("/execute/async", json!({ "script": body, "args": [] }))
    }

    /// Waits until an element is there; its id.
    fn element(&self, css: &str) -> String {
        eventually(&format!("{css} is on {}", self.url()), || {
            let found = self.asked("/element", &json!({ "using": "css selector", "value": css })).ok()?;
            found.as_object()?.values().next()?.as_str().map(str::to_owned)
        })
    }

    pub fn click(&self, css: &str) {
        let id = self.element(css);
        self.post(&format!("/element/{id}/click"), json!({}));
    }

    /// Replaces what is in a field.
    pub fn fill(&self, css: &str, text: &str) {
        let id = self.element(css);
        self.post(&format!("/element/{id}/clear"), json!({}));
        self.post(&format!("/element/{id}/value"), json!({ "text": text }));
    }

    pub fn url(&self) -> String {
        self.script("return location.href").as_str().unwrap_or_default().to_owned()
    }

    /// Everything a reader sees.
    pub fn text(&self) -> String {
        self.script("return document.body.innerText").as_str().unwrap_or_default().to_owned()
    }

    /// Waits until a reader sees this.
    pub fn sees(&self, text: &str) {
        let mut last = String::new();
        eventually(&format!("{text:?} is seen"), || {
            last = self.text();
            last.contains(text).then_some(())
        });
    }

    /// The size of the window, and whether the machine is set to dark colours.
    pub fn look(&self, width: u32, dark: bool) {
        let scheme = if dark { "dark" } else { "light" };
        let cdp = |cmd: &str, params: Value| self.post("/goog/cdp/execute", json!({ "cmd": cmd, "params": params }));
        cdp("Emulation.setEmulatedMedia", json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] }));
        self.window(width, 900);
    }

    /// The size of the window.
    pub fn window(&self, width: u32, height: u32) {
        let params = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.post("/goog/cdp/execute", json!({ "cmd": "Emulation.setDeviceMetricsOverride", "params": params }));
    }

    /// The language that is asked for from now on.
    pub fn speak(&self, language: &str) {
        let cdp = |cmd: &str, params: Value| self.post("/goog/cdp/execute", json!({ "cmd": cmd, "params": params }));
        cdp("Network.enable", json!({}));
        cdp("Network.setExtraHTTPHeaders", json!({ "headers": { "Accept-Language": language } }));
    }

    /// Switches the page's own scripts off.
    pub fn without_scripts(&self) {
        let params = json!({ "value": true });
        self.post("/goog/cdp/execute", json!({ "cmd": "Emulation.setScriptExecutionDisabled", "params": params }));
    }

    /// What the browser complained about since it was asked last, such as what a page's policy forbids.
    pub fn complaints(&self) -> Vec<String> {
        let log = self.post("/se/log", json!({ "type": "browser" }));
        let bad =
            log.as_array().unwrap().iter().filter(|line| ["SEVERE", "WARNING"].contains(&line["level"].as_str().unwrap()));
        bad.map(|line| line["message"].to_string()).collect()
    }

    /// The whole page as PNG. A window that has just changed its size may have none for a moment.
    pub fn screenshot(&self, file: &Path) {
        let params = json!({ "format": "png", "captureBeyondViewport": true });
        let wanted = json!({ "cmd": "Page.captureScreenshot", "params": params });
        let shot = eventually("a picture is taken", || self.asked("/goog/cdp/execute", &wanted).ok());
        std::fs::write(file, base64(shot["data"].as_str().unwrap())).unwrap();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.agent.delete(&self.session).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// Decodes base64 (RFC 4648).
fn base64(text: &str) -> Vec<u8> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = text.bytes().filter_map(|byte| LETTERS.iter().position(|letter| *letter == byte));
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0_usize, 0);
    for digit in digits {
        (bits, held) = (bits << 6 | digit, held + 6);
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    bytes
}
