//! What an admin does to a conversion, and what was done before.

use askama::Template;

use crate::domain::conversion::Conversion;
use crate::domain::manual_credit::ManualCredit;
use crate::domain::money::Money;
use crate::domain::partner::Partner;
use crate::pages::conversion::Seen;
use crate::pages::form::{Field, Form, Sent};
use crate::pages::partners::whose;
use crate::pages::shell::{Content, Shell, button};
use crate::pages::texts::{Called, Journeys, fill};
use crate::pages::{Html, confirm};

/// The form for a refund.
pub fn refund(shell: &Shell, conversion: &Conversion, sent: Sent<'_>) -> Content {
    let (t, w) = (shell.texts(), shell.words::<Journeys>());
    let left = conversion.amount.unwrap_or(0) - conversion.refunded;
    let left = conversion.currency.filter(|_| left > 0).map(|currency| Money { amount: left, currency });
    let Some(left) = left else {
        return Content {
            title: w.refund.into(),
            lead: w.nothing_left.into(),
            up: Some(up(shell, conversion)),
            ..Content::default()
        };
    };
    let hint = format!("{} {}", w.refund_hint, shell.reader.money(left));
    let form = Form {
        title: String::new(),
        action: format!("/admin/conversions/{}/refund", conversion.id),
        fields: vec![
            Field::number("amount", t.amount).value(shell.reader.amount(left)).hint(hint).required(),
            Field::text("reason", t.reason).hint(w.reason_hint).required(),
        ],
        submit: w.refund,
        look: "card",
    };
    let parts = vec![form.html(shell, sent)];
    Content { title: w.refund.into(), lead: w.refund_lead.into(), up: Some(up(shell, conversion)), parts, ..Content::default() }
}

/// The form for credit by hand.
pub fn give(shell: &Shell, conversion: &Conversion, partners: &[Partner], sent: Sent<'_>) -> Content {
    let (t, w) = (shell.texts(), shell.words::<Journeys>());
    let form = Form {
        title: String::new(),
        action: format!("/admin/conversions/{}/credit", conversion.id),
        fields: vec![
            whose(shell, partners, ""),
            Field::number("weight", w.percent).hint(w.percent_hint).required(),
            Field::text("reason", t.reason).hint(w.reason_hint).required(),
        ],
        submit: w.give,
        look: "card",
    };
    let parts = vec![form.html(shell, sent)];
    Content { title: w.give.into(), lead: w.give_lead.into(), up: Some(up(shell, conversion)), parts, ..Content::default() }
}

/// The page that asks before credit by hand is taken back; `name` is who has it.
pub fn take_back(shell: &Shell, conversion: &Conversion, credit: &ManualCredit, name: &str, sent: Sent<'_>) -> Content {
    let w = shell.words::<Journeys>();
    let share = shell.reader.weight(credit.weight.0);
    let (title, meaning) =
        (format!("{}: {name}, {share}", w.take_back), fill(w.take_back_sure, &[name, &share, &credit.reason]));
    confirm::page(shell, title, &meaning, take_back_path(credit), w.take_back, up(shell, conversion), sent)
}

fn take_back_path(credit: &ManualCredit) -> String {
    format!("/admin/credits/{}/take-back", credit.id)
}

fn up(shell: &Shell, conversion: &Conversion) -> (String, String) {
    let name =
        format!("{} {}", shell.words::<Called>().event(&conversion.event), conversion.order_id.clone().unwrap_or_default());
    (format!("/admin/conversions/{}", conversion.id), name.trim().to_owned())
}

struct Line {
    text: String,
    /// The way to take it back.
    undo: Option<Html>,
}

#[derive(Template)]
#[template(
    source = r#"<section class="card told"><h2>{{ title }}</h2>{% for line in lines %}<p>{{ line.text }}{% if let Some(undo) = line.undo %}{{ undo }}{% endif %}</p>{% endfor %}</section>"#,
    ext = "html"
)]
struct Lines<'a> {
    title: &'a str,
    lines: Vec<Line>,
}

/// What is to change of the credit that stands, and what is shown until then: credit given by hand or taken back, else something.
pub(super) fn coming(shell: &Shell, seen: &Seen<'_>) -> Vec<String> {
    let (w, c) = (shell.words::<Journeys>(), seen.conversion);
    if !seen.anew || c.attributed_at.is_none() {
        return Vec::new();
    }
    let said = |(credit, author): &(ManualCredit, String)| {
        let stands = c.credits.iter().any(|one| one.touchpoint_id == credit.touchpoint());
        let text = match credit.removed_at {
            None if !stands => w.by_hand_coming,
            Some(_) if stands => w.by_hand_going,
            _ => return None,
        };
        Some(fill(text, &[&shell.reader.weight(credit.weight.0), &seen.name(shell, Some(credit.partner_id)), author]))
    };
    let by_hand: Vec<String> = seen.by_hand.iter().filter_map(said).collect();
    if by_hand.is_empty() { vec![w.anew.to_owned()] } else { by_hand }
}

/// What was refunded and given by hand, with a way to take the latter back.
pub(super) fn history(shell: &Shell, seen: &Seen<'_>) -> Vec<Html> {
    let (w, reader) = (shell.words::<Journeys>(), &shell.reader);
    let mut parts = Vec::new();
    if !seen.by_hand.is_empty() {
        let lines = seen.by_hand.iter().map(|(credit, author)| {
            let mut told = vec![
                seen.name(shell, Some(credit.partner_id)),
                reader.weight(credit.weight.0),
                credit.reason.clone(),
                format!("{} {author}", w.given_by),
                reader.time(credit.created_at),
            ];
            told.extend(credit.removed_at.map(|at| format!("{} {}", w.taken_back, reader.time(at))));
            let stands = credit.removed_at.is_none() && seen.may_change;
            let undo = stands.then(|| button(&take_back_path(credit), w.take_back, false));
            Line { text: told.join(" · "), undo }
        });
        parts.push(Html::of(&Lines { title: w.by_hand, lines: lines.collect() }));
    }
    if !seen.refunds.is_empty() {
        let lines = seen.refunds.iter().map(|refund| {
            let told = [seen.money(shell, Some(refund.amount)), refund.reason.clone(), reader.time(refund.created_at)];
            Line { text: told.join(" · "), undo: None }
        });
        parts.push(Html::of(&Lines { title: w.refunds, lines: lines.collect() }));
    }
    parts
}
