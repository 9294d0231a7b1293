//! Asking before a draft becomes a version: what that means, and what it leaves to do.

use crate::domain::policy::{Draft, Policy};
use crate::domain::time::Time;
use crate::pages::confirm::paragraph;
use crate::pages::facts::{copy, facts};
use crate::pages::form::{Form, Sent};
use crate::pages::policies::fields::titled;
use crate::pages::policies::{draft_href, since};
use crate::pages::shell::{Content, Shell};
use crate::pages::texts::policies::Policies;

/// What is known around it.
pub struct Consequences<'a> {
    /// The number that the version gets.
    pub version: i64,
    /// The version of that name that applies at that moment now.
    pub replaces: Option<&'a Policy>,
    /// Conversions of the past that the version would have been for, and whether there are more than were counted.
    pub conversions: (i64, bool),
    /// Now.
    pub now: Time,
}

/// The page.
pub fn page(shell: &Shell, draft: &Draft, known: &Consequences<'_>, sent: Sent<'_>) -> Content {
    let t: &Policies = shell.words();
    let from = draft.applies_from.map_or(t.from_publication.to_owned(), |at| since(shell, at));
    let replaces = known.replaces.map_or(t.nothing_before.to_owned(), |policy| titled(&policy.name, policy.version));
    let (count, more) = known.conversions;
    let is_past = draft.applies_from.is_some_and(|at| at < known.now);
    let is_future = draft.applies_from.is_some_and(|at| at > known.now);
    let counted = format!("{}{}", shell.reader.number(count), if more { "+" } else { "" });
    let mut parts = vec![facts(vec![
        (t.becomes, titled(&draft.name, known.version)),
        (t.applies_from, from),
        (t.takes_the_place_of, replaces),
        (t.conversions_since, if is_past { counted } else { String::new() }),
    ])];
    parts.push(paragraph(t.publish_new));
    if is_future {
        parts.push(paragraph(t.publish_future));
    }
    if draft.rules.model.is_data_driven() {
        parts.push(paragraph(t.publish_learns));
    }
    let form = Form {
        title: String::new(),
        action: format!("{}/publish", draft_href(draft)),
        fields: Vec::new(),
        submit: t.publish,
        look: "sure",
    };
    parts.push(form.html(shell, sent));
    let begin = draft.applies_from.filter(|_| is_past).unwrap_or(known.now - 30 * crate::domain::time::DAY_MS);
    // One that applies from now on is named, so that earlier conversions follow it all the same.
    let chosen =
        if is_past { String::new() } else { format!(" --policy '{}@{}'", draft.name.replace('\'', "'\\''"), known.version) };
    let command = format!("kudos reattribute --from {} --to {}{chosen}", begin.date(), known.now.date());
    parts.push(copy(shell.texts(), "kudos reattribute", &command, if is_past { t.publish_past } else { t.publish_old }));
    let up = Some((draft_href(draft), draft.name.clone()));
    Content { title: t.publish_sure.into(), up, parts, ..Content::default() }
}
