//! What the program says to people in English, pages have to say in every language: a sentence that forms may meet has its row in
//! the table of sayings.

use std::path::Path;

use kudos::pages::saying::is_known;

/// The files whose refusals a form may meet.
const FILES: &[(&str, &[&str])] = &[
    ("src/domain", &["account", "conversion", "customer", "deal", "destination", "id", "kind", "link", "money", "partner"]),
    ("src/domain", &["policy", "policy/parts", "user", "import/amount"]),
    ("src/jobs", &["learn"]),
    ("src/pages", &["typed", "policies/fields"]),
    ("src/http/pages", &["asked", "conversions", "deals", "import", "links", "notes", "policies/drafts", "program", "users"]),
    ("src/http/api", &["accounts", "codes", "deals", "drafts", "groups", "kinds", "links", "links/make", "manual_credits"]),
    ("src/http/api", &["partners", "policies", "refunds", "registrations", "simulate", "stages"]),
    (
        "src/store",
        &["accounts", "campaigns", "codes", "deals", "groups", "kinds", "links", "partners", "stages", "users", "views"],
    ),
];

/// How a refusal begins.
const BEGINS: &[&str] = &[
    "another ",
    "are ",
    "belongs ",
    "cannot ",
    "choose ",
    "deals ",
    "first ",
    "give ",
    "has ",
    "holds ",
    "is ",
    "leads ",
    "lies ",
    "links, ",
    "may ",
    "must ",
    "needs ",
    "partners ",
    "that ",
    "there ",
    "this ",
    "touchpoints ",
];

/// What is no sentence by itself, or nothing that a form meets.
const NOT_MET: &[&str] = &[
    "that do not fit these filters",
    "{name} is the only policy of the scope",
    "{text:?} may be {whole}",
    "there is no stage of kind",
];

/// What may stand in the places of a sentence.
const SAMPLES: &[&str] =
    &["7", "0.5", "EUR", "linear", "won", "4.50 EUR", "2026-01-05", "2026-01-05T09:30:00.000Z", "two words"];

/// The literals of a file that are refusals, as they are written.
fn refusals(text: &str) -> Vec<String> {
    let text = text.split("#[cfg(test)]").next().unwrap().replace("\\\"", "\u{1}").replace("'\"'", "");
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let literals = code.split('"').skip(1).step_by(2).map(|literal| literal.replace('\u{1}', "\""));
    // A line that ends with a backslash goes on at the next letter.
    let whole = literals.map(|literal| {
        literal.split("\\\n").enumerate().map(|(place, part)| if place == 0 { part } else { part.trim_start() }).collect()
    });
    let after_place =
        |text: &str| text.strip_prefix('{').and_then(|rest| rest.split_once("} ")).map(|(_, rest)| rest.to_owned());
    let begins = |text: &str| BEGINS.iter().any(|word| text.starts_with(word));
    whole.filter(|text: &String| begins(text) || after_place(text).is_some_and(|rest| begins(&rest))).collect()
}

/// Whether the sentence is told with something or other in its places.
fn can_be_told(literal: &str) -> bool {
    let Some((before, after)) = literal.split_once('{') else { return is_known(&literal.replace('\u{2}', "{")) };
    let (inside, after) = after.split_once('}').unwrap();
    let told = |sample: &&str| {
        let sample = if inside.ends_with(":?") { format!("{sample:?}") } else { (*sample).to_owned() };
        can_be_told(&format!("{before}{sample}{after}"))
    };
    SAMPLES.iter().any(told)
}

#[test]
fn whatever_a_form_may_meet_is_told_in_every_language() {
    let mut unknown = Vec::new();
    for (folder, names) in FILES {
        for name in *names {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(format!("{name}.rs"));
            let text = std::fs::read_to_string(&path).unwrap();
            let untold = refusals(&text).into_iter().filter(|literal| !NOT_MET.iter().any(|known| literal.starts_with(known)));
            unknown.extend(
                untold
                    .filter(|literal| !can_be_told(&literal.replace("{{", "\u{2}").replace("}}", "")))
                    .map(|literal| format!("{folder}/{name}.rs: {literal}")),
            );
        }
    }
    assert!(unknown.is_empty(), "no row in src/pages/texts/sayings:\n{}", unknown.join("\n"));
    assert!(!can_be_told("is quite another thing") && can_be_told("must be at most {MAX} bytes long"));
}
