//! The picture of a journey, and its tables.

use crate::domain::id::{LinkId, PartnerId};
use crate::domain::money::Money;
use crate::domain::policy::Model;
use crate::pages::conversion::{Seen, Step};
use crate::pages::shell::Shell;
use crate::pages::table::{Cell, Column, PAGE_ROWS, Table, empty, long, numbers, sums, words};
use crate::pages::texts::{Called, Journeys};
use crate::pages::timeline::{Dot, Mark, Timeline};

/// The most lanes of a picture; whoever comes later shares the last one.
const LANES_MAX: usize = 7;

/// The lane of each partner, in the order of their first appearance, and what the lanes are called.
pub fn lanes(partners: impl Iterator<Item = (Option<PartnerId>, String)>, others: &str) -> (Vec<usize>, Vec<String>) {
    let (mut lanes, mut known): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    let mut places = Vec::new();
    for (_, name) in partners {
        let place = known.iter().position(|other| *other == name).unwrap_or_else(|| {
            known.push(name.clone());
            known.len() - 1
        });
        if place < LANES_MAX && place == lanes.len() {
            lanes.push(name);
        } else if place >= LANES_MAX && lanes.len() == LANES_MAX {
            lanes.push(others.to_owned());
        }
        places.push(place.min(LANES_MAX));
    }
    (places, lanes)
}

pub(super) fn picture(shell: &Shell, seen: &Seen<'_>) -> Timeline {
    let (t, w, names, reader) = (shell.texts(), shell.words::<Journeys>(), shell.words::<Called>(), &shell.reader);
    // What our own teams did is nothing a partner is told of.
    let shown: Vec<&Step> = seen.steps.iter().filter(|step| seen.own.is_none() || step.partner.is_some()).collect();
    let (places, lanes) = lanes(shown.iter().map(|step| (step.partner, seen.name(shell, step.partner))), w.others);
    let dot = |(step, lane): (&&Step, usize)| {
        let (own, name) = (seen.is_own(step), seen.name(shell, step.partner));
        let mut told = vec![name, reader.time(step.at)];
        if own {
            told.push(names.kind(&step.kind));
            told.extend(links_of(&seen.names, step.link));
            told.push(if step.counted { reader.weight(step.share) } else { w.counts_not.to_owned() });
        }
        Dot { at: step.at, lane, share: own.then_some(step.share), counted: step.counted, told: told.join(" · ") }
    };
    let dots = shown.iter().zip(places).map(dot).collect();
    let mark = |at, label: &str| Mark { at, label: label.to_owned() };
    let mut marks = vec![mark(seen.conversion.occurred_at, &names.event(&seen.conversion.event))];
    if seen.own.is_none() {
        let lead = seen.milestones.lead.filter(|at| *at < seen.conversion.occurred_at);
        marks.extend(lead.map(|at| mark(at, w.lead)));
        marks.extend(seen.milestones.opportunity.map(|at| mark(at, w.deal_opened)));
    }
    let nothing = shown.is_empty();
    let hint = match (seen.own, nothing) {
        (None, true) => w.no_journey,
        (None, false) => w.timeline_hint,
        (Some(_), true) => t.nothing_in_period,
        (Some(_), false) => w.timeline_hint_own,
    };
    Timeline { title: w.timeline.to_owned(), hint, lanes, dots, marks }
}

/// The slug of a link.
pub fn links_of(names: &crate::pages::evidence::Names, link: Option<LinkId>) -> Option<String> {
    link.and_then(|id| names.get(&id.uuid()).cloned())
}

/// Every touchpoint and what became of it; a partner's own only.
pub fn steps(shell: &Shell, seen: &Seen<'_>) -> Table {
    let (t, w, reader) = (shell.texts(), shell.words::<Journeys>(), &shell.reader);
    let staff = seen.own.is_none();
    let row = |step: &Step| {
        let mut cells = vec![Cell::time(reader, step.at)];
        if staff {
            let name = Cell::text(seen.name(shell, step.partner));
            cells.push(step.partner.map_or(name.clone(), |id| name.to(format!("/admin/partners/{id}"))));
        }
        let link = Cell::text(links_of(&seen.names, step.link).unwrap_or_default());
        let money = seen.conversion.currency.map(|currency| Money { amount: step.amount, currency });
        cells.extend([
            Cell::named(&step.kind, shell.words::<Called>().kind(&step.kind)),
            step.link.map_or(link.clone(), |id| link.to(format!("{}/links/{id}", shell.base()))),
            if step.counted { Cell::badge(w.counts, "good") } else { Cell::badge(w.counts_not, "plain") },
            Cell::share(reader, step.share),
            Cell::money(reader, money.as_slice()),
            Cell::text(reader.said(&step.reason)),
        ]);
        cells
    };
    let mut columns = vec![words("at", t.at)];
    columns.extend(staff.then(|| words("partner", t.partner)));
    columns.extend([
        words("kind", t.kind),
        words("link", t.link),
        words("counts", w.counts),
        numbers("share", w.share),
        sums("amount", t.amount),
        long("reason", t.reason),
    ]);
    Table {
        id: "journey",
        title: t.touchpoints.to_owned(),
        columns,
        rows: seen.steps.iter().filter(|step| seen.is_own(step)).map(row).collect(),
        page_rows: PAGE_ROWS,
        empty: empty(w.no_journey, None),
    }
}

/// What each partner would have under every model.
pub fn shares(shell: &Shell, seen: &Seen<'_>) -> Table {
    let (t, w, reader) = (shell.texts(), shell.words::<Journeys>(), &shell.reader);
    let mut partners: Vec<PartnerId> = Vec::new();
    let standing = seen.conversion.credits.iter().map(|credit| credit.partner_id);
    for id in standing.chain(seen.models.iter().flat_map(|(_, parts)| parts.iter().map(|(id, _)| *id))) {
        if !partners.contains(&id) {
            partners.push(id);
        }
    }
    let models: Vec<&(Model, Vec<(PartnerId, u64)>)> = seen.models.iter().collect();
    let row = |id: &PartnerId| {
        let own = seen.conversion.credits.iter().filter(|credit| credit.partner_id == *id).map(|credit| credit.weight.0).sum();
        let name = Cell::text(seen.name(shell, Some(*id))).to(format!("/admin/partners/{id}"));
        let part = |parts: &[(PartnerId, u64)]| parts.iter().find(|(other, _)| other == id).map_or(0, |(_, share)| *share);
        let path = format!("{}/conversions/{}", shell.base(), seen.conversion.id);
        let mut cells = vec![name, Cell::share(reader, own).to(path.clone())];
        let under = |model: &Model| format!("{path}?model={model}");
        cells.extend(models.iter().map(|(model, parts)| Cell::share(reader, part(parts)).to(under(model))));
        cells
    };
    let column = |model: &Model| -> Column { numbers(model.as_str(), w.model(*model)) };
    let mut columns = vec![words("partner", t.partner), numbers("credited", w.as_credited)];
    columns.extend(models.iter().map(|(model, _)| column(model)));
    Table {
        id: "shares",
        title: w.every_model.to_owned(),
        columns,
        rows: partners.iter().map(row).collect(),
        page_rows: PAGE_ROWS,
        empty: empty(w.no_journey, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_comes_late_shares_a_lane() {
        let names = ["a", "b", "a", "c", "d", "e", "f", "g", "h", "i", "b"].map(|name| (None, name.to_owned()));
        let (places, lanes) = lanes(names.into_iter(), "others");
        assert_eq!(places, [0, 1, 0, 2, 3, 4, 5, 6, 7, 7, 1]);
        assert_eq!(lanes, ["a", "b", "c", "d", "e", "f", "g", "others"]);
    }
}
