//! One deal: what is known of it, its way so far, and who helped.

use askama::Template;

use crate::domain::deal::{Deal, DealStatus, Stage, StageChange};
use crate::domain::id::PartnerId;
use crate::domain::pipeline::{DealTouch, Standing};
use crate::domain::policy::SourcedBy;
use crate::domain::time::{DAY_MS, Time};
use crate::domain::verdict::Verdict;
use crate::pages::Html;
use crate::pages::confirm::paragraph;
use crate::pages::deals::worth;
use crate::pages::evidence::Names;
use crate::pages::facts::facts;
use crate::pages::form::{Field, Form, Sent};
use crate::pages::offline::{Around, edit_href};
use crate::pages::reader::Reader;
use crate::pages::shell::{Content, Shell, button};
use crate::pages::table::{Cell, FEW_ROWS, Table, Wanted, empty, words};
use crate::pages::texts::{Called, Deals, Words as _, fill};

/// A deal and all around it.
pub struct Whole<'a> {
    /// The deal.
    pub deal: &'a Deal,
    /// The stages it came to, the first first.
    pub history: &'a [StageChange],
    /// Its touchpoints in the order of time, each with whether it counts.
    pub touches: &'a [(DealTouch, bool)],
    /// What partners have done for it.
    pub standing: &'a Standing,
    /// How the policy in force when it was opened tells who sourced it.
    pub sourced_by: SourcedBy,
    /// Names of partners and of its account.
    pub names: &'a Names,
}

struct Step {
    stage: String,
    at: String,
    datetime: String,
    after: String,
    class: &'static str,
}

#[derive(Template)]
#[template(
    source = r#"<section class="card steps" aria-labelledby="steps-title"><h2 id="steps-title">{{ title }}</h2><ol>{% for step in steps %}<li class="{{ step.class }}"><strong>{{ step.stage }}</strong> <time datetime="{{ step.datetime }}">{{ step.at }}</time>{% if !step.after.is_empty() %} <span class="muted">{{ step.after }}</span>{% endif %}</li>{% endfor %}</ol></section>"#,
    ext = "html"
)]
struct Steps<'a> {
    title: &'a str,
    steps: Vec<Step>,
}

/// What happened, one thing after the other: name, moment, whether it ended well (`good`), badly (`bad`) or goes on.
pub fn steps(reader: &Reader, w: &Deals, title: &str, all: &[(String, Time, &'static str)]) -> Html {
    let mut before: Option<Time> = None;
    let step = |(stage, at, class): &(String, Time, &'static str)| {
        let days = before.map(|before| (*at - before) as f64 / DAY_MS as f64).filter(|days| *days >= 1.0);
        before = Some(*at);
        Step {
            stage: stage.clone(),
            at: reader.date(*at),
            datetime: at.to_string(),
            after: days.map_or(String::new(), |days| fill(w.after_days, &[&reader.tenths(Some(days))])),
            class,
        }
    };
    Html::of(&Steps { title, steps: all.iter().map(step).collect() })
}

#[derive(Template)]
#[template(
    source = r#"<section class="card why"><h2>{{ title }}: {{ part }}</h2>{% for sentence in sentences %}<p>{{ sentence }}</p>{% endfor %}</section>"#,
    ext = "html"
)]
struct Why<'a> {
    title: &'a str,
    part: &'a str,
    sentences: Vec<String>,
}

/// A stage and what a deal in it is, where its name does not say so.
fn staged(shell: &Shell, stage: &str, status: DealStatus) -> String {
    let (w, stage) = (shell.words::<Deals>(), shell.words::<Called>().stage(stage));
    let status_name = w.status(status);
    let says_so = stage.to_lowercase() == status_name.to_lowercase() || status == DealStatus::Open;
    if says_so { stage } else { format!("{stage} ({status_name})") }
}

/// The page that asks before the last move of a deal is taken back.
pub fn move_back(shell: &Shell, deal: &Deal, sent: Sent<'_>) -> Content {
    let (w, path) = (shell.words::<Deals>(), format!("/admin/deals/{}", deal.id));
    // The stage that is meant goes along: a button pressed twice takes back one move.
    let fields = vec![Field::hidden("stage", deal.stage_id.to_string())];
    let form = Form { title: String::new(), action: format!("{path}/move-back"), fields, submit: w.move_back, look: "sure" };
    let meaning = fill(w.move_back_sure, &[&staged(shell, &deal.stage, deal.status)]);
    let (parts, up) = (vec![paragraph(&meaning), form.html(shell, sent)], Some((path, deal.name.clone())));
    Content { title: format!("{}: {}", w.move_back, deal.name), up, parts, ..Content::default() }
}

impl Whole<'_> {
    fn name(&self, partner: PartnerId) -> &str {
        self.names.get(&partner.uuid()).map_or("?", String::as_str)
    }

    /// Who sourced it and why.
    pub fn why(&self, reader: &Reader, w: &Deals) -> Vec<String> {
        let others = self.standing.partners.iter().filter(|partner| self.standing.sourced_by != Some(**partner));
        let others = others.map(|partner| self.name(*partner)).collect::<Vec<_>>().join(", ");
        let Some(partner) = self.standing.sourced_by else {
            return match others.is_empty() {
                true => vec![w.why_neither.to_owned()],
                false => vec![fill(w.why_influenced, &[&others])],
            };
        };
        let name = self.name(partner);
        let before = || self.touches.iter().filter(|(touch, counts)| *counts && touch.occurred_at <= self.deal.opened_at);
        let (text, touch) = match self.sourced_by {
            SourcedBy::FirstTouch => (w.why_first, before().next()),
            SourcedBy::LastTouchBeforeOpen => (w.why_last, before().next_back()),
            SourcedBy::Registration => (w.why_registered, None),
        };
        let (kind, at) = touch.map_or((String::new(), String::new()), |(touch, _)| {
            (Called::in_language(reader.language).kind(&touch.kind), reader.date(touch.occurred_at))
        });
        let mut sentences = vec![fill(text, &[name, &kind, &at])];
        if !others.is_empty() {
            sentences.push(fill(w.also_helped, &[&others]));
        }
        sentences
    }

    fn facts(&self, shell: &Shell) -> Html {
        let (t, w, reader, deal) = (shell.texts(), shell.words::<Deals>(), &shell.reader, self.deal);
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let worth = worth(deal.amount, deal.currency);
        let closed = deal.closed_at.map_or(String::new(), |at| {
            let days = reader.tenths(Some((at - deal.opened_at) as f64 / DAY_MS as f64));
            format!("{} ({})", reader.date(at), fill(w.after_days, &[&days]))
        });
        facts(vec![
            (w.stage, staged(shell, &deal.stage, deal.status)),
            (w.worth, if worth.is_empty() { String::new() } else { reader.monies(&worth) }),
            (w.opened, reader.date(deal.opened_at)),
            (w.closed, closed),
            (w.owner, text(&deal.owner)),
            (w.product, text(&deal.product)),
            (w.customer_id, text(&deal.customer_id)),
            (t.order, text(&deal.order_id)),
            (w.external, text(&deal.external_id)),
            (w.note, text(&deal.note)),
        ])
    }

    /// Its touchpoints; those that people entered lead to where they are corrected, for whoever may.
    pub fn touchpoints(&self, shell: &Shell, around: Option<&Around>) -> Table {
        let (t, w, reader) = (shell.texts(), shell.words::<Deals>(), &shell.reader);
        let row = |(touch, counts): &(DealTouch, bool)| {
            let verdict = match (counts, touch.verdict, touch.self_referral) {
                (true, ..) => Cell::badge(w.counts, "good"),
                (false, Verdict::Valid, true) => Cell::badge(t.verdict_self_referral, "bad"),
                (false, Verdict::Valid, false) => Cell::badge(w.does_not_count, "bad"),
                (false, verdict, _) => Cell::badge(t.verdict(verdict), "bad"),
            };
            let who = match touch.partner_id {
                Some(partner) => Cell::text(self.name(partner)).to(format!("/admin/partners/{partner}")),
                None => Cell::text(w.team_name(touch.team)),
            };
            let entered = around.is_some_and(|around| around.kinds.iter().any(|kind| kind.name == touch.kind));
            let entered = entered && touch.verdict != Verdict::Withdrawn;
            let kind = Cell::named(&touch.kind, shell.words::<Called>().kind(&touch.kind));
            let kind = kind.to_if(entered, edit_href(touch.touchpoint_id));
            vec![Cell::time(reader, touch.occurred_at), kind, who, verdict]
        };
        let columns = vec![words("at", t.at), words("kind", t.kind), words("by", w.team), words("verdict", t.verdict)];
        Table {
            id: "touchpoints",
            title: t.touchpoints.into(),
            columns,
            rows: self.touches.iter().rev().map(row).collect(),
            page_rows: FEW_ROWS,
            empty: empty(w.no_touchpoints, None),
        }
    }

    /// The way to another stage.
    fn moving(&self, shell: &Shell, stages: &[Stage], sent: Sent<'_>) -> Html {
        let w = shell.words::<Deals>();
        let others = stages.iter().filter(|stage| stage.id != self.deal.stage_id);
        let mut others: Vec<(String, String)> =
            others.map(|stage| (stage.name.clone(), staged(shell, &stage.name, stage.kind))).collect();
        let here = stages.iter().position(|stage| stage.id == self.deal.stage_id);
        let mut next = here.and_then(|here| stages.get(here + 1)).map_or("", |stage| &stage.name);
        if self.deal.status != DealStatus::Open {
            // After the end nothing is next.
            others.insert(0, (String::new(), shell.texts().choose.to_owned()));
            next = "";
        }
        let fields = vec![
            Field::choice("stage", w.stage, others).value(next).hint(w.move_hint),
            Field::input("date", "moved_at", w.moved_on).hint(w.moved_on_hint),
        ];
        let action = format!("/admin/deals/{}/stage", self.deal.id);
        Form { title: w.move_on.into(), action, fields, submit: w.move_on, look: "card line" }.html(shell, sent)
    }

    /// The page; `tables` are those of its touchpoints, registrations and conversions. `around` is there for whoever may change it.
    pub fn content(
        &self, shell: &Shell, wanted: &Wanted<'_>, stages: &[Stage], tables: &[&Table], sent: Sent<'_>, around: Option<&Around>,
    ) -> Content {
        let (t, w, reader) = (shell.texts(), shell.words::<Deals>(), &shell.reader);
        let path = format!("/admin/deals/{}", self.deal.id);
        let mut actions = Vec::new();
        if let Some(account) = self.deal.account_id {
            let name = self.names.get(&account.uuid()).map_or(w.account, String::as_str);
            actions.push(button(&format!("/admin/accounts/{account}"), name, false));
        }
        if around.is_some() {
            actions.push(button(&format!("{path}/edit"), t.edit, false));
        }
        let colour = |change: &StageChange| match change.status {
            DealStatus::Open => "",
            DealStatus::Won => "good",
            DealStatus::Lost => "bad",
        };
        let way: Vec<_> = self
            .history
            .iter()
            .map(|change| (shell.words::<Called>().stage(&change.stage), change.at, colour(change)))
            .collect();
        let why = Why { title: w.part, part: w.part_name(self.standing.part()), sentences: self.why(reader, w) };
        let mut parts = vec![self.facts(shell), Html::of(&why), steps(reader, w, w.history, &way)];
        // What did not fit is said beside the form that was sent.
        let sent_with = |name: &str| if sent.fields.iter().any(|(own, _)| own == name) { sent } else { Sent::default() };
        if around.is_some() && self.history.len() > 1 {
            parts.push(button(&format!("{path}/move-back"), w.move_back, false));
        }
        if around.is_some() && stages.len() > 1 {
            parts.push(self.moving(shell, stages, sent_with("stage")));
        }
        parts.extend(around.map(|around| around.enter(shell, &self.deal.id.to_string(), sent_with("kind"))));
        parts.extend(tables.iter().map(|table| table.html(reader, wanted)));
        let up = Some(("/admin/deals".to_owned(), w.deals.to_owned()));
        Content { title: self.deal.name.clone(), up, actions, parts, ..Content::default() }
    }
}
