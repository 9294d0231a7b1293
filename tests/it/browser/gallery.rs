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
    crowded: Vec<String>,
}

/// Headers of one table that lie upon each other, and what is wider than the window.
const CROWDED: &str = "const found = [];
    for (const table of document.querySelectorAll('table')) {
        const heads = [...table.querySelectorAll('thead th')].map((head) => {
            const text = document.createRange();
            text.selectNodeContents(head);
            return [head.innerText, text.getBoundingClientRect()];
        });
        for (const [place, [name, one]] of heads.entries()) {
            for (const [other, two] of heads.slice(place + 1)) {
                const aside = one.right <= two.left + 0.5 || two.right <= one.left + 0.5;
                const apart = one.bottom <= two.top + 0.5 || two.bottom <= one.top + 0.5;
                if (one.width && two.width && !aside && !apart) found.push(`${name} lies upon ${other}`);
            }
        }
    }
    const wide = Math.max(document.documentElement.scrollWidth, innerWidth);
    if (wide > 390) found.push(`it is ${wide} wide`);
    return found";

impl<'a> Gallery<'a> {
    pub fn new(browser: &'a Browser, server: &'a Server) -> Gallery<'a> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        Gallery { browser, server, folder, serious: Vec::new(), english: Vec::new(), crowded: Vec::new() }
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
            if kind == "phone" {
                self.crowd(path);
            }
            self.serious.extend(axe(self.browser).into_iter().map(|found| format!("{path} {kind}: {found}")));
        }
        self.browser.look(1280, false);
        self.browser.speak("de");
        self.browser.go(&self.server.url(path));
        self.browser.screenshot(&self.folder.join(format!("{name}-german.png")));
        self.english.extend(left_in(self.browser).into_iter().map(|found| format!("{path}: {found}")));
        // Its words are longer.
        self.browser.window(390, 844);
        self.crowd(path);
        self.browser.look(1280, false);
        self.browser.speak("en");
    }

    /// Looks for what has no room on a phone.
    fn crowd(&mut self, path: &str) {
        let found = self.browser.script(CROWDED);
        self.crowded.extend(found.as_array().unwrap().iter().map(|found| format!("{path}: {found}")));
    }

    /// Fails when axe-core found anything serious, anything was in English on a German page, or had no room on a phone.
    pub fn finish(self) {
        assert!(self.crowded.is_empty(), "{}", self.crowded.join("\n"));
        assert!(self.english.is_empty(), "{}", self.english.join("\n"));
        assert!(self.serious.is_empty(), "{}", self.serious.join("\n"));
    }
}
