//! English on a page that is asked for in German: whatever the tables of texts have in both languages, and what the rest of the
//! program says, of which a page has to know the translation.

use std::collections::HashSet;
use std::path::Path;
use std::sync::LazyLock;

use super::driver::Browser;

/// Every piece of text that a reader meets: what is written, and what is told to those who do not see it.
const PIECES: &str = "const found = []; \
    const walk = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT); \
    while (walk.nextNode()) { \
        const parent = walk.currentNode.parentElement; \
        if (parent.closest('script, style, template, pre, code, textarea, .became dl')) continue; \
        found.push(walk.currentNode.textContent); \
    } \
    for (const one of document.querySelectorAll('[title], [aria-label], [placeholder], [alt]')) \
        for (const name of ['title', 'aria-label', 'placeholder', 'alt']) found.push(one.getAttribute(name) || ''); \
    return found.map((text) => text.replace(/\\s+/g, ' ').trim()).filter((text) => text)";

/// The English of what has another German: whole texts, and parts of sentences that no German one has.
struct English {
    whole: HashSet<String>,
    parts: Vec<String>,
}

static ENGLISH: LazyLock<English> = LazyLock::new(|| {
    let mut pairs = Vec::new();
    gather(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pages/texts.rs"), &mut pairs);
    gather(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pages/texts"), &mut pairs);
    let german: HashSet<&str> = pairs.iter().map(|(_, german)| german.as_str()).collect();
    let english = || pairs.iter().filter(|(english, german)| english != german).map(|(english, _)| english.as_str());
    let whole = english().filter(|text| !german.contains(text) && !text.contains(['{', '[']));
    // Between its slots a sentence is what it is; two words in a row are no accident.
    let parts = english().flat_map(|text| text.split(['{', '}', '[', ']'])).map(str::trim);
    let parts = parts.filter(|part| part.matches(' ').count() >= 2 && !german.iter().any(|text| text.contains(part)));
    English { whole: whole.map(str::to_owned).collect(), parts: parts.map(str::to_owned).collect() }
});

/// The pairs of a file, or of those in a folder: two texts on one line, English and German.
fn gather(path: &Path, pairs: &mut Vec<(String, String)>) {
    if path.is_dir() {
        std::fs::read_dir(path).unwrap().for_each(|entry| gather(&entry.unwrap().path(), pairs));
        return;
    }
    for line in std::fs::read_to_string(path).unwrap().lines() {
        let line = line.trim().replace("\\\"", "\u{1}");
        let texts: Vec<&str> = line.split('"').collect();
        if let [before, english, ", ", german, ";"] = texts[..]
            && (before.is_empty() || before.ends_with(": "))
        {
            pairs.push((english.replace('\u{1}', "\""), german.replace('\u{1}', "\"")));
        }
    }
}

/// The English that is left on the page that is shown.
pub fn left_in(browser: &Browser) -> Vec<String> {
    assert_eq!(browser.script("return document.documentElement.lang"), "de");
    let shown = browser.script(PIECES);
    let shown: Vec<&str> = shown.as_array().unwrap().iter().filter_map(|text| text.as_str()).collect();
    let is_english =
        |text: &&&str| ENGLISH.whole.contains(**text) || ENGLISH.parts.iter().any(|part| text.contains(part.as_str()));
    shown.iter().filter(is_english).map(|text| (*text).to_owned()).collect()
}

#[test]
fn the_tables_of_texts_are_read() {
    for expected in ["Touchpoints", "Nothing matches this search.", "Does not count"] {
        assert!(ENGLISH.whole.contains(expected), "{expected}");
    }
    for expected in ["touchpoints that count", "was given by hand, and of the rest under"] {
        assert!(ENGLISH.parts.iter().any(|part| part == expected), "{expected}");
    }
    assert!(ENGLISH.whole.len() > 500 && !ENGLISH.whole.contains("Links"), "{}", ENGLISH.whole.len());
}
