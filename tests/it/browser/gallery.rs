//! Pictures of pages, light and dark, wide and on a phone, and in German; what is wrong with any is kept for the end.

use std::path::PathBuf;

use serde_json::json;

use super::super::server::Server;
use super::axe;
use super::driver::Browser;
use super::english::left_in;

pub struct Gallery<'a> {
    pub browser: &'a Browser,
    pub server: &'a Server,
    folder: PathBuf,
    serious: Vec<String>,
    english: Vec<String>,
}

impl<'a> Gallery<'a> {
    pub fn new(browser: &'a Browser, server: &'a Server) -> Gallery<'a> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        Gallery { browser, server, folder, serious: Vec::new(), english: Vec::new() }
    }

    /// Looks at a page in every way.
    pub fn look(&mut self, name: &str, path: &str) {
        for (kind, width, dark) in
            [("light", 1280, false), ("dark", 1280, true), ("phone", 390, false), ("phone-dark", 390, true)]
        {
            self.browser.look(width, dark);
            self.browser.go(&self.server.url(path));
            self.browser.screenshot(&self.folder.join(format!("{name}-{kind}.png")));
            assert_ne!(self.browser.script("return document.title"), json!("run"), "{path}");
            // On a phone the window itself grows with what does not fit.
            let wide = self.browser.script("return Math.max(document.documentElement.scrollWidth, innerWidth)");
            assert!(wide.as_u64().is_some_and(|wide| wide <= u64::from(width)), "{path} is wider than a {kind} window: {wide}");
            self.serious.extend(axe(self.browser).into_iter().map(|found| format!("{path} {kind}: {found}")));
        }
        self.browser.look(1280, false);
        self.browser.speak("de");
        self.browser.go(&self.server.url(path));
        self.browser.screenshot(&self.folder.join(format!("{name}-german.png")));
        self.english.extend(left_in(self.browser).into_iter().map(|found| format!("{path}: {found}")));
        self.browser.speak("en");
    }

    /// Fails when axe-core found anything serious, or anything was in English on a German page.
    pub fn finish(self) {
        assert!(self.english.is_empty(), "{}", self.english.join("\n"));
        assert!(self.serious.is_empty(), "{}", self.serious.join("\n"));
    }
}
