//! One conversion: what it was, who earned which part and why, as a picture and as tables, also under other models.
//!
//! A partner sees its own part: of others only that there are some.

mod acts;
mod parts;

use askama::Template;

use crate::domain::attribution::Milestones;
use crate::domain::conversion::{Conversion, Refund};
use crate::domain::id::{LinkId, PartnerId, TouchpointId};
use crate::domain::manual_credit::ManualCredit;
use crate::domain::money::Money;
use crate::domain::policy::Model;
use crate::domain::time::Time;
use crate::pages::evidence::Names;
use crate::pages::facts::facts;
use crate::pages::shell::{Content, Shell, button};
use crate::pages::table::{Table, Wanted};
use crate::pages::texts::{Called, Journeys, fill};
use crate::pages::trouble;
use crate::pages::{Html, path_with};

pub use acts::{give, refund, take_back};
pub use parts::{lanes, links_of, shares, steps};

/// The most touchpoints that are shown of a journey.
pub const STEPS_MAX: usize = 300;

/// One touchpoint and what became of it.
#[derive(Clone, Debug)]
pub struct Step {
    /// The touchpoint.
    pub id: TouchpointId,
    /// When it happened.
    pub at: Time,
    /// `click`, `view`, `code` or an offline kind.
    pub kind: String,
    /// Whose it is; none for our own teams.
    pub partner: Option<PartnerId>,
    /// The link followed or shown.
    pub link: Option<LinkId>,
    /// Whether it takes part.
    pub counted: bool,
    /// Its share, in billionths.
    pub share: u64,
    /// Its part of the amount, in minor units.
    pub amount: i64,
    /// Why.
    pub reason: String,
}

/// What another model would give to each partner, in billionths.
pub type UnderModel = (Model, Vec<(PartnerId, u64)>);

/// What the page is made of.
pub struct Seen<'a> {
    /// The conversion.
    pub conversion: &'a Conversion,
    /// Every touchpoint of the buyer, in the order of time.
    pub steps: Vec<Step>,
    /// Names of partners and links.
    pub names: Names,
    /// The policy that it follows: its name, version and model.
    pub policy: Option<(String, i64, Model)>,
    /// An admin chose that version.
    pub pinned: bool,
    /// The model under which it is shown, where that is not the policy's.
    pub what_if: Option<Model>,
    /// The outcome in a sentence.
    pub summary: String,
    /// What each partner may be told.
    pub sentences: Vec<(PartnerId, String)>,
    /// What the other models would give.
    pub models: Vec<UnderModel>,
    /// What the buyer had reached.
    pub milestones: Milestones,
    /// What was given back; the newest first.
    pub refunds: Vec<Refund>,
    /// Credit given by hand, with the name of who gave it.
    pub by_hand: Vec<(ManualCredit, String)>,
    /// Whether credit is about to be assigned anew.
    pub anew: bool,
    /// The partner who looks; none for staff.
    pub own: Option<PartnerId>,
    /// Whether whoever looks may change it.
    pub may_change: bool,
}

impl Seen<'_> {
    /// Keeps what can be shown: those that earned most, else the latest. How many there were, where some were left out.
    pub fn cut(&mut self) -> Option<usize> {
        let all = self.steps.len();
        if all <= STEPS_MAX {
            return None;
        }
        self.steps.sort_by_key(|step| std::cmp::Reverse((step.counted, step.share, step.at)));
        self.steps.truncate(STEPS_MAX);
        self.steps.sort_by_key(|step| (step.at, step.id));
        Some(all)
    }

    pub(in crate::pages) fn name(&self, shell: &Shell, partner: Option<PartnerId>) -> String {
        let w = shell.words::<Journeys>();
        match partner {
            None => w.our_teams.to_owned(),
            Some(id) if self.own.is_none() => self.names.get(&id.uuid()).cloned().unwrap_or_else(|| id.to_string()),
            Some(id) if self.own == Some(id) => w.you.to_owned(),
            Some(_) => w.another_partner.to_owned(),
        }
    }

    fn money(&self, shell: &Shell, amount: Option<i64>) -> String {
        let money = amount.zip(self.conversion.currency).map(|(amount, currency)| Money { amount, currency });
        money.map_or(String::new(), |money| shell.reader.money(money))
    }

    fn is_own(&self, step: &Step) -> bool {
        self.own.is_none() || step.partner == self.own
    }
}

/// Sentences, each after a name.
#[derive(Template)]
#[template(
    source = r#"<section class="card told"><h2>{{ title }}</h2>{% for (name, text) in told %}<p>{% if !name.is_empty() %}<strong>{{ name }}</strong>{% endif %}{{ text }}</p>{% endfor %}</section>"#,
    ext = "html"
)]
struct Told<'a> {
    title: &'a str,
    told: Vec<(String, String)>,
}

/// One of several ways to look at something, each a link.
#[derive(Template)]
#[template(
    source = r#"<nav class="choice" aria-label="{{ title }}"><span class="muted">{{ title }}</span>{% for (label, href, current) in ways %}<a href="{{ href }}"{% if current %} aria-current="true"{% endif %}>{{ label }}</a>{% endfor %}</nav>"#,
    ext = "html"
)]
struct Choice<'a> {
    title: &'a str,
    ways: Vec<(String, String, bool)>,
}

/// A sentence that is to be noticed.
#[derive(Template)]
#[template(source = r#"<p class="notice" role="status">{{ text }}</p>"#, ext = "html")]
struct Notice<'a> {
    text: &'a str,
}

/// A sentence that is to be noticed.
pub fn notice(text: &str) -> Html {
    Html::of(&Notice { text })
}

/// The whole page; `tables` are the touchpoints, the shares and what was given by hand.
pub fn content(shell: &Shell, wanted: &Wanted<'_>, seen: &Seen<'_>, tables: &[&Table], cut: Option<usize>) -> Content {
    let (t, w, c) = (shell.texts(), shell.words::<Journeys>(), seen.conversion);
    let order = c.order_id.clone().or_else(|| c.customer_id.clone().filter(|_| seen.own.is_none())).unwrap_or_default();
    let mut parts = vec![known(shell, seen)];
    if seen.own.is_none() {
        parts.push(choice(shell, wanted, seen));
    }
    if seen.what_if.is_some() {
        parts.push(notice(w.what_if));
    } else if c.attributed_at.is_none() {
        parts.push(notice(w.credit_due));
    }
    parts.extend(acts::coming(shell, seen).iter().map(|said| notice(said)));
    parts.extend(parts::picture(shell, seen).html(&shell.reader));
    if let Some(all) = cut {
        let count = |n: usize| shell.reader.number(i64::try_from(n).unwrap_or(i64::MAX));
        parts.push(notice(&format!("{} {} {} {}.", w.cut, count(STEPS_MAX), w.of, count(all))));
    }
    let told: Vec<(String, String)> = match seen.own {
        None => seen.sentences.iter().map(|(id, text)| told_of(shell, seen.name(shell, Some(*id)), text)).collect(),
        Some(own) => {
            let own =
                seen.sentences.iter().filter(|(id, _)| *id == own).map(|(_, text)| (String::new(), shell.reader.said(text)));
            let counted = |step: &&Step| step.counted && step.partner.is_some();
            let all = seen.steps.iter().filter(counted).count();
            let mine = seen.steps.iter().filter(counted).filter(|step| step.partner == seen.own).count();
            let of_all = [mine, all].map(|count| shell.reader.number(i64::try_from(count).unwrap_or(i64::MAX)));
            let others = (all > mine).then(|| (String::new(), fill(w.yours_of_all, &[&of_all[0], &of_all[1]])));
            own.chain(others).collect()
        }
    };
    if !told.is_empty() {
        let title = if seen.own.is_none() { w.why_each } else { t.reason };
        parts.push(Html::of(&Told { title, told }));
    }
    parts.extend(tables.iter().map(|table| table.html(&shell.reader, wanted)));
    if seen.own.is_none() {
        parts.extend(acts::history(shell, seen));
    }
    Content {
        title: format!("{} {order}", shell.words::<Called>().event(&c.event)).trim().to_owned(),
        lead: if seen.own.is_none() { shell.reader.said(&seen.summary) } else { String::new() },
        up: Some((format!("{}/conversions", shell.base()), t.conversions.to_owned())),
        actions: actions(shell, seen),
        parts,
    }
}

/// What a partner may be told of itself, for staff: its name, and what follows it.
fn told_of(shell: &Shell, name: String, text: &str) -> (String, String) {
    let told = shell.reader.said_of_another(text);
    let (w, told) = (shell.words::<Journeys>(), told.as_str());
    (name, told.strip_prefix(w.it).map_or_else(|| format!(": {told}"), str::to_owned))
}

fn known(shell: &Shell, seen: &Seen<'_>) -> Html {
    let (t, w, reader, c) = (shell.texts(), shell.words::<Journeys>(), &shell.reader, seen.conversion);
    let staff = seen.own.is_none();
    let only_staff = |value: Option<String>| value.filter(|_| staff).unwrap_or_default();
    let own: Vec<_> = c.credits.iter().filter(|credit| Some(credit.partner_id) == seen.own).collect();
    let part = || {
        let share = own.iter().map(|credit| credit.weight.0).sum::<u64>();
        let amount = seen.money(shell, Some(own.iter().map(|credit| credit.amount).sum()));
        [reader.weight(share), amount].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
    };
    let refunded = Some(c.refunded).filter(|refunded| *refunded > 0);
    let policy = seen.policy.as_ref().map(|(name, version, model)| {
        let pinned = if seen.pinned && staff { format!("; {}", w.pinned) } else { String::new() };
        format!("{name} {version} ({}){pinned}", w.model(*model))
    });
    facts(vec![
        (t.at, reader.time(c.occurred_at)),
        (t.event, shell.words::<Called>().event(&c.event)),
        (w.order, c.order_id.clone().unwrap_or_default()),
        (t.amount, seen.money(shell, c.amount)),
        (w.refunded, seen.money(shell, refunded)),
        (w.kept, seen.money(shell, refunded.and(c.amount).map(|amount| amount - c.refunded))),
        (w.your_part, if staff { String::new() } else { part() }),
        (t.customer, only_staff(c.customer_id.clone())),
        (w.policy, policy.unwrap_or_default()),
        (w.credited_at, only_staff(c.attributed_at.map(|at| reader.time(at)))),
        (w.code, only_staff(c.code.clone())),
        (w.heard_from, only_staff(c.heard_from.clone())),
        (w.came_by, only_staff(Some(trouble::way(shell.words(), c.source).to_owned()))),
        (w.recorded, only_staff(Some(reader.time(c.recorded_at)))),
    ])
}

fn choice(shell: &Shell, wanted: &Wanted<'_>, seen: &Seen<'_>) -> Html {
    let w = shell.words::<Journeys>();
    let standing = seen.policy.as_ref().map(|(_, _, model)| *model);
    let label = standing.map_or(w.as_credited.to_owned(), |model| format!("{}: {}", w.as_credited, w.model(model)));
    let mut ways = vec![(label, wanted.anew(&[("model", "")]), seen.what_if.is_none())];
    let others = Model::ALL.iter().filter(|model| seen.models.iter().any(|(other, _)| other == *model));
    ways.extend(
        others
            .map(|model| (w.model(*model).to_owned(), wanted.anew(&[("model", model.as_str())]), seen.what_if == Some(*model))),
    );
    Html::of(&Choice { title: w.under, ways })
}

fn actions(shell: &Shell, seen: &Seen<'_>) -> Vec<Html> {
    let (w, c) = (shell.words::<Journeys>(), seen.conversion);
    let mut actions = Vec::new();
    if seen.own.is_none()
        && let Some(customer) = &c.customer_id
    {
        actions.push(button(&customer_path(customer), w.customer_timeline, false));
    }
    if seen.may_change {
        let path = format!("/admin/conversions/{}", c.id);
        actions.push(button(&format!("{path}/credit"), w.give, false));
        if c.amount.is_some_and(|amount| amount > c.refunded) {
            actions.push(button(&format!("{path}/refund"), w.refund, false));
        }
    }
    actions
}

/// The page of a customer, whose id may be any text.
pub fn customer_path(id: &str) -> String {
    let escaped: String = form_urlencoded::byte_serialize(id.as_bytes()).collect();
    format!("/admin/customers/{}", escaped.replace('+', "%20"))
}

/// The conversions that earned a key of a report something.
pub fn conversions_path(shell: &Shell, pairs: &[(&str, &str)]) -> String {
    path_with(&format!("{}/conversions", shell.base()), pairs)
}
