//! Deal registrations: what is to decide, one of them beside those of the same company, and the partner's own side.

use askama::Template;

use crate::domain::deal::{Deal, DealStatus, Stage};
use crate::domain::registration::{Registration, RegistrationEvent, RegistrationStatus};
use crate::domain::time::Time;
use crate::pages::Html;
use crate::pages::deal::steps;
use crate::pages::deals::{money_fields, worth};
use crate::pages::evidence::Names;
use crate::pages::facts::{facts, onward};
use crate::pages::form::{Field, Form, Sent};
use crate::pages::shell::{Content, Shell, button};
use crate::pages::table::{Cell, PAGE_ROWS, Table, Wanted, empty, long, sums, words};
use crate::pages::texts::{Called, Deals, Registrations, fill};

fn colour(status: RegistrationStatus) -> &'static str {
    match status {
        RegistrationStatus::Pending | RegistrationStatus::Withdrawn => "plain",
        RegistrationStatus::Approved => "good",
        RegistrationStatus::Rejected | RegistrationStatus::Expired | RegistrationStatus::Conflict => "bad",
    }
}

/// What a registration is at `now`: one that nobody decided in time has expired, whenever the job comes by.
fn status_at(registration: &Registration, now: Time) -> RegistrationStatus {
    match registration.status {
        RegistrationStatus::Pending if now >= registration.expires_at => RegistrationStatus::Expired,
        status => status,
    }
}

/// When something follows from it: until when it is to be decided, or until when the account is claimed.
fn until(registration: &Registration) -> Option<Time> {
    match registration.status {
        RegistrationStatus::Pending => Some(registration.expires_at),
        RegistrationStatus::Approved => registration.claimed_until,
        _ => None,
    }
}

/// A list; `id` is `pending` or `registrations`. Partners see no partner's name.
pub fn table(shell: &Shell, id: &'static str, rows: &[Registration], names: &Names, now: Time, nothing: Html) -> Table {
    let (t, d, w, reader) = (shell.texts(), shell.words::<Deals>(), shell.words::<Registrations>(), &shell.reader);
    let (staff, pending) = (shell.base() == "/admin", id == "pending");
    let row = |registration: &Registration| {
        let mut cells =
            vec![Cell::text(&registration.account).to(format!("{}/registrations/{}", shell.base(), registration.id))];
        if staff {
            let name = names.get(&registration.partner_id.uuid()).cloned().unwrap_or_default();
            cells.push(Cell::text(name).to(format!("/admin/partners/{}", registration.partner_id)));
        }
        cells.push(Cell::money(reader, &worth(registration.amount, registration.currency)));
        cells.push(Cell::time(reader, registration.created_at));
        if !pending {
            let status = status_at(registration, now);
            cells.push(Cell::badge(w.status(status), colour(status)));
        }
        cells.push(until(registration).map_or(Cell::text(""), |at| Cell::time(reader, at)));
        if !pending {
            cells.push(Cell::text(registration.reason.as_deref().map_or(String::new(), |reason| reader.said(reason))));
        }
        cells
    };
    let mut columns = vec![words("company", w.company)];
    columns.extend(staff.then(|| words("partner", t.partner)));
    columns.extend([sums("worth", d.worth), words("registered", w.registered)]);
    columns.extend((!pending).then(|| words("status", t.status)));
    columns.push(words("until", if pending { w.decide_by } else { w.until }));
    columns.extend((!pending).then(|| long("reason", t.reason)));
    let title = if pending {
        w.to_decide
    } else if staff {
        w.all
    } else {
        d.registrations
    };
    Table { id, title: title.into(), columns, rows: rows.iter().map(row).collect(), page_rows: PAGE_ROWS, empty: nothing }
}

/// What is said where there is none.
pub fn nothing(shell: &Shell, pending: bool) -> Html {
    let w = shell.words::<Registrations>();
    match (shell.base(), pending) {
        ("/admin", true) => empty(w.nothing_to_decide, None),
        ("/admin", false) => empty(w.none_admin, None),
        _ => empty(w.none_portal, Some(("/portal/registrations/new", w.register))),
    }
}

/// The page of the lists.
pub fn list(shell: &Shell, wanted: &Wanted<'_>, tables: &[&Table]) -> Content {
    let (d, w) = (shell.words::<Deals>(), shell.words::<Registrations>());
    let mut actions = Vec::new();
    if shell.base() == "/portal" {
        actions.push(button("/portal/registrations/new", w.register, true));
    }
    let parts = tables.iter().map(|table| table.html(&shell.reader, wanted)).collect();
    Content { title: d.registrations.into(), actions, parts, ..Content::default() }
}

/// The partner's form; `earlier` is the path of what is in its way.
pub fn new(shell: &Shell, claim_days: u32, earlier: Option<String>, sent: Sent<'_>) -> Content {
    let (d, w) = (shell.words::<Deals>(), shell.words::<Registrations>());
    let mut fields = vec![
        Field::text("account", w.company).required().hint(w.account_hint),
        Field::text("domain", d.domain).hint(d.domain_hint),
    ];
    fields.extend(money_fields(shell, None, None));
    fields.push(Field::area("note", d.note, "").hint(w.note_hint));
    let action = "/portal/registrations".to_owned();
    let form = Form { title: String::new(), action: action.clone(), fields, submit: w.register_submit, look: "card" };
    let lead = fill(w.register_lead, &[&claim_days.to_string()]);
    let up = Some((action, d.registrations.to_owned()));
    let mut parts: Vec<Html> = earlier.map(|path| onward(&path, w.the_first_one)).into_iter().collect();
    parts.push(form.html(shell, sent));
    Content { title: w.register.into(), lead, up, parts, ..Content::default() }
}

/// A registration and what is around it.
pub struct Whole<'a> {
    /// The registration.
    pub registration: &'a Registration,
    /// What happened to it, the first first.
    pub events: &'a [RegistrationEvent],
    /// Every registration of the same company, itself among them, the oldest first; none for partners.
    pub company: &'a [Registration],
    /// Names of partners; none for partners.
    pub names: &'a Names,
    /// The deal it became, or belongs to.
    pub deal: Option<&'a Deal>,
    /// The moment.
    pub now: Time,
}

struct Side {
    name: String,
    href: String,
    own: bool,
    status: &'static str,
    colour: &'static str,
    place: &'static str,
    facts: Vec<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "pair.html")]
struct Pair<'a> {
    title: &'a str,
    hint: &'a str,
    sides: Vec<Side>,
}

#[derive(Template)]
#[template(
    source = r#"<div class="problems" role="alert">{% for text in said %}<p>{{ text }}</p>{% endfor %}</div>"#,
    ext = "html"
)]
struct Refused {
    said: Vec<String>,
}

#[derive(Template)]
#[template(
    source = r#"<section class="card why"><p><span class="badge {{ colour }}">{{ status }}</span></p>{% for text in said %}<p>{{ text }}</p>{% endfor %}</section>"#,
    ext = "html"
)]
struct Told {
    status: &'static str,
    colour: &'static str,
    said: Vec<String>,
}

/// What an admin chooses from.
pub struct Decision<'a> {
    /// Deals it may belong to.
    pub deals: &'a [Deal],
    /// Every stage.
    pub stages: &'a [Stage],
    /// For how many days the account is the partner's.
    pub claim_days: u32,
    /// What was sent to approve, and to reject, that did not fit.
    pub sent: (Sent<'a>, Sent<'a>),
}

impl Whole<'_> {
    fn status(&self) -> RegistrationStatus {
        status_at(self.registration, self.now)
    }

    fn facts(&self, shell: &Shell) -> Html {
        let (t, d, w) = (shell.texts(), shell.words::<Deals>(), shell.words::<Registrations>());
        let (reader, one) = (&shell.reader, self.registration);
        let worth = worth(one.amount, one.currency);
        let date = |at: Option<Time>| at.map_or(String::new(), |at| reader.date(at));
        let staff = shell.base() == "/admin";
        let is_pending = one.status == RegistrationStatus::Pending;
        // The partner is told the rest in whole sentences.
        let own = matches!(one.status, RegistrationStatus::Rejected | RegistrationStatus::Conflict);
        let reason = one.reason.as_deref().filter(|_| staff || own).map_or(String::new(), |reason| reader.said(reason));
        facts(vec![
            (t.status, if staff { w.status(self.status()).to_owned() } else { String::new() }),
            (w.company, one.account.clone()),
            (d.domain, one.domain.clone().unwrap_or_default()),
            (d.worth, if worth.is_empty() { String::new() } else { reader.monies(&worth) }),
            (d.note, one.note.clone().unwrap_or_default()),
            (w.registered, reader.time(one.created_at)),
            (if staff { w.decide_by } else { w.answer_by }, date(is_pending.then_some(one.expires_at))),
            (w.claimed_until, date(one.claimed_until)),
            (if staff { w.told } else { t.reason }, reason),
            (w.deal_now, self.deal.map_or(String::new(), |deal| d.status(deal.status).to_owned())),
        ])
    }

    /// What happened to it.
    fn way(&self, shell: &Shell) -> Option<Html> {
        let (d, w) = (shell.words::<Deals>(), shell.words::<Registrations>());
        let mut before = None;
        let step = |event: &RegistrationEvent| {
            // An event that changes nothing tells of another that came later.
            let name = match before {
                None if event.status == RegistrationStatus::Pending => w.registered,
                Some(before) if before == event.status => w.by_another,
                _ => w.status(event.status),
            };
            before = Some(event.status);
            let class = if event.status == RegistrationStatus::Approved { "good" } else { "" };
            (name.to_owned(), event.at, class)
        };
        let all: Vec<_> = self.events.iter().map(step).collect();
        (all.len() > 1).then(|| steps(&shell.reader, d, w.what_happened, &all))
    }

    /// Those of the same company, side by side.
    fn pair(&self, shell: &Shell) -> Option<Html> {
        let (t, d, w, reader) = (shell.texts(), shell.words::<Deals>(), shell.words::<Registrations>(), &shell.reader);
        if self.company.len() < 2 {
            return None;
        }
        let own = self.company.iter().position(|one| one.id == self.registration.id).unwrap_or(0);
        let side = |(place, one): (usize, &Registration)| {
            let status = status_at(one, self.now);
            let worth = worth(one.amount, one.currency);
            let known = vec![
                (w.company, one.account.clone()),
                (d.domain, one.domain.clone().unwrap_or_default()),
                (d.worth, if worth.is_empty() { String::new() } else { reader.monies(&worth) }),
                (w.registered, reader.time(one.created_at)),
                (
                    if one.claimed_until.is_some() { w.claimed_until } else { w.decide_by },
                    until(one).map_or(String::new(), |at| reader.date(at)),
                ),
                (w.told, one.reason.as_deref().map_or(String::new(), |reason| reader.said(reason))),
                (d.note, one.note.clone().unwrap_or_default()),
            ];
            Side {
                name: self.names.get(&one.partner_id.uuid()).cloned().unwrap_or_else(|| t.unknown.to_owned()),
                href: format!("/admin/registrations/{}", one.id),
                own: place == own,
                status: w.status(status),
                colour: colour(status),
                place: if place == own {
                    w.this_one
                } else if place < own {
                    w.came_first
                } else {
                    w.came_later
                },
                facts: known.into_iter().filter(|(_, value)| !value.is_empty()).collect(),
            }
        };
        let sides = self.company.iter().enumerate().map(side).collect();
        Some(Html::of(&Pair { title: w.same_company, hint: w.first_wins, sides }))
    }

    fn decide(&self, shell: &Shell, decision: &Decision<'_>) -> Vec<Html> {
        let w = shell.words::<Registrations>();
        let path = format!("/admin/registrations/{}", self.registration.id);
        let stages = decision.stages.iter().filter(|stage| stage.kind == DealStatus::Open);
        let stages = stages.map(|stage| (stage.name.clone(), shell.words::<Called>().stage(&stage.name))).collect();
        let mut deals = vec![(String::new(), w.make_deal.to_owned())];
        deals.extend(
            decision
                .deals
                .iter()
                .map(|deal| (deal.id.to_string(), format!("{} ({})", deal.name, shell.words::<Called>().stage(&deal.stage)))),
        );
        let mut fields = Vec::new();
        if deals.len() > 1 {
            fields.push(Field::choice("deal_id", w.which_deal, deals));
        }
        fields.push(
            Field::choice("stage", w.first_stage, stages).hint(fill(w.approve_hint, &[&decision.claim_days.to_string()])),
        );
        let approve =
            Form { title: w.approve.into(), action: format!("{path}/approve"), fields, submit: w.approve, look: "card half" };
        let reason = Field::text("reason", w.reject_reason).required().hint(w.reject_hint);
        let action = format!("{path}/reject");
        let reject = Form { title: w.reject.into(), action, fields: vec![reason], submit: w.reject, look: "card half" };
        vec![approve.html(shell, decision.sent.0), reject.html(shell, decision.sent.1)]
    }

    /// The page for staff; with a decision to make, for admins.
    pub fn content(&self, shell: &Shell, decision: Option<&Decision<'_>>) -> Content {
        let d = shell.words::<Deals>();
        let partner = self.names.get(&self.registration.partner_id.uuid()).cloned().unwrap_or_default();
        let mut actions = vec![button(&format!("/admin/partners/{}", self.registration.partner_id), &partner, false)];
        if let Some(deal) = self.deal {
            actions.push(button(&format!("/admin/deals/{}", deal.id), d.deal, false));
        }
        let mut parts = Vec::new();
        let sent = decision.map_or_else(Vec::new, |decision| [decision.sent.0.problems, decision.sent.1.problems].concat());
        if self.status() != RegistrationStatus::Pending && !sent.is_empty() {
            // Somebody else was faster: there is no form any more that could say so.
            let said = sent.into_iter().map(|problem| shell.reader.said(&problem.message)).collect();
            parts.push(Html::of(&Refused { said }));
        }
        parts.push(self.facts(shell));
        parts.extend(self.pair(shell));
        if let Some(decision) = decision.filter(|_| self.status() == RegistrationStatus::Pending) {
            parts.extend(self.decide(shell, decision));
        }
        parts.extend(self.way(shell));
        let up = Some(("/admin/registrations".to_owned(), d.registrations.to_owned()));
        Content { title: self.registration.account.clone(), up, actions, parts, ..Content::default() }
    }

    /// What its partner is told, in a sentence or two.
    pub fn told(&self, shell: &Shell) -> Vec<String> {
        let (w, reader, one) = (shell.words::<Registrations>(), &shell.reader, self.registration);
        let mut said = vec![match (self.status(), one.claimed_until) {
            (RegistrationStatus::Pending, _) => fill(w.told_pending, &[&reader.date(one.expires_at)]),
            (RegistrationStatus::Approved, Some(until)) if self.now < until => fill(w.told_approved, &[&reader.date(until)]),
            (RegistrationStatus::Approved, until) => fill(w.told_over, &[&reader.date(until.unwrap_or(one.created_at))]),
            (RegistrationStatus::Rejected, _) => w.told_rejected.to_owned(),
            (RegistrationStatus::Expired, _) => w.told_expired.to_owned(),
            (RegistrationStatus::Withdrawn, _) => w.told_withdrawn.to_owned(),
            (RegistrationStatus::Conflict, _) => w.told_conflict.to_owned(),
        }];
        let again = self.events.windows(2).any(|two| two[0].status == two[1].status);
        if again && one.holds(self.now) {
            said.push(w.told_second.to_owned());
        }
        said
    }

    /// The page for its partner.
    pub fn own(&self, shell: &Shell) -> Content {
        let (d, w) = (shell.words::<Deals>(), shell.words::<Registrations>());
        let mut actions = Vec::new();
        match self.status() {
            RegistrationStatus::Rejected | RegistrationStatus::Expired | RegistrationStatus::Withdrawn => {
                actions.push(button("/portal/registrations/new", w.register, false));
            }
            RegistrationStatus::Pending => {
                let action = format!("/portal/registrations/{}/withdraw", self.registration.id);
                let form = Form { title: String::new(), action, fields: Vec::new(), submit: w.withdraw, look: "bare" };
                actions.push(form.html(shell, Sent::default()));
            }
            _ => {}
        }
        let told = Told { status: w.status(self.status()), colour: colour(self.status()), said: self.told(shell) };
        let mut parts = vec![Html::of(&told), self.facts(shell)];
        parts.extend(self.way(shell));
        let up = Some(("/portal/registrations".to_owned(), d.registrations.to_owned()));
        Content { title: self.registration.account.clone(), up, actions, parts, ..Content::default() }
    }
}
