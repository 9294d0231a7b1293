//! Asking before a draft becomes a version: what that means, and what it leaves to do.

use crate::domain::policy::{Draft, Policy};
use crate::domain::time::Time;
use crate::domain::whatif::{Outlook, Simulation};
use crate::error::FieldError;
use crate::pages::confirm::{paragraph, warning};
use crate::pages::facts::{copy, facts};
use crate::pages::form::{self, Form, Sent};
use crate::pages::policies::fields::titled;
use crate::pages::policies::simulation::gained;
use crate::pages::policies::{draft_href, since};
use crate::pages::shell::{Content, Shell, button};
use crate::pages::texts::fill;
use crate::pages::texts::policies::Policies;
use crate::pages::{Html, path_with};

/// What is known around it.
pub struct Consequences<'a> {
    /// The number that the version gets.
    pub version: i64,
    /// The version of that name that applies at that moment now.
    pub replaces: Option<&'a Policy>,
    /// Conversions of the past that the version would have been for, and whether there are more than were counted.
    pub conversions: (i64, bool),
    /// Why it could not be published, field by field.
    pub refused: Vec<FieldError>,
    /// What is to be said of its events.
    pub unseen: Option<String>,
    /// What it would have changed lately.
    pub outlook: Option<Simulation>,
    /// Now.
    pub now: Time,
}

/// Who would gain and who would lose most, the first in money; and what nobody would have credit for.
fn outlook(shell: &Shell, simulation: &Simulation) -> Vec<Html> {
    let (t, reader): (&Policies, _) = (shell.words(), &shell.reader);
    let size = |one: &&Outlook| {
        let difference = &one.change.difference;
        (difference.amounts.first().map_or(0, |money| money.amount), (difference.weight * 1e9) as i64)
    };
    let told = |one: &Outlook| {
        let name = one.name.clone().unwrap_or_else(|| one.partner_id.to_string());
        let difference = &one.change.difference;
        let amounts = match difference.amounts.is_empty() {
            true => reader.decimal(difference.weight),
            false => gained(reader, &difference.amounts).replace('\n', ", "),
        };
        format!("{name}: {amounts}")
    };
    let most = simulation.data.iter().max_by_key(size).filter(|one| size(one) > (0, 0)).map(told);
    let least = simulation.data.iter().min_by_key(size).filter(|one| size(one) < (0, 0)).map(told);
    let numbers = [simulation.conversions, simulation.changed].map(|count| reader.number(count));
    let mut parts = vec![paragraph(&fill(t.outlook, &[&numbers[0], &numbers[1]]))];
    let known =
        facts(vec![(t.gains_most, most.clone().unwrap_or_default()), (t.loses_most, least.clone().unwrap_or_default())]);
    parts.extend((most.is_some() || least.is_some()).then_some(known));
    if simulation.without_policy > 0 {
        parts.push(warning(&fill(t.without_policy, &[&reader.number(simulation.without_policy)])));
    }
    parts
}

/// Why publishing it is not offered: it would be refused, or change nothing. What a model would learn anew is not known before.
fn hindered(shell: &Shell, draft: &Draft, known: &Consequences<'_>) -> Vec<String> {
    let t: &Policies = shell.words();
    let mut said: Vec<String> =
        known.refused.iter().map(|problem| fill(t.publish_refused, &[&form::said(shell, problem)])).collect();
    let same = known.replaces.filter(|policy| policy.rules == draft.rules && !draft.rules.model.is_data_driven());
    said.extend(same.map(|policy| fill(t.publish_nothing, &[&titled(&policy.name, policy.version)])));
    said
}

/// The page: with why it cannot be published in the place of the button, where it cannot.
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
    let hindered = hindered(shell, draft, known);
    let up = Some((draft_href(draft), draft.name.clone()));
    parts.extend(hindered.iter().chain(&known.unseen).map(|said| warning(said)));
    if !hindered.is_empty() {
        let actions = vec![button(&format!("{}/edit", draft_href(draft)), shell.texts().edit, true)];
        return Content { title: t.publish_sure.into(), up, actions, parts, ..Content::default() };
    }
    parts.extend(known.outlook.iter().flat_map(|simulation| outlook(shell, simulation)));
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
    let month = (known.now - 30 * crate::domain::time::DAY_MS).date();
    let tried = path_with(&draft_href(draft), &[("from", &month), ("to", &known.now.date())]);
    let actions = known.outlook.iter().map(|_| button(&tried, t.whole_outlook, false)).collect();
    Content { title: t.publish_sure.into(), up, actions, parts, ..Content::default() }
}
