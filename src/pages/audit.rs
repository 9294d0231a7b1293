//! The audit log: who changed what, searched by the URL and turned page by page.

mod line;

use std::collections::HashMap;

use askama::Template;
use serde_json::Value;

use crate::domain::audit::AuditLine;
use crate::domain::id::AuditId;
use crate::pages::shell::{Content, Shell};
use crate::pages::table::{Cell, Column, PAGE_ROWS, Table, Wanted, empty, words};
use crate::pages::texts::Texts;
use crate::pages::texts::system::System;
use crate::pages::{Html, path_with};

/// Where it is.
pub const AUDIT: &str = "/admin/audit";

pub use line::show;

/// What the subjects of lines were before, by the lines.
pub type Before = HashMap<AuditId, Value>;

/// Names of users and keys, and of what documents name, by the ids that the log has for them.
pub type Actors = HashMap<String, String>;

/// What the log is searched for, as the form shows it.
pub struct Search<'a> {
    /// Who can be chosen: the log's word and the name.
    pub actors: Vec<(String, String)>,
    /// What can be chosen: actions.
    pub actions: Vec<String>,
    /// What the URL says.
    pub wanted: &'a Wanted<'a>,
    /// Where the next older lines are, if there are some.
    pub older: Option<String>,
}

#[derive(Template)]
#[template(
    source = r#"<form method="get" action="/admin/audit" class="card line search" role="search">
<div class="field"><label for="actor">{{ t.who }}</label><select id="actor" name="actor"><option value="">{{ t.anybody }}</option>{% for (value, name) in actors %}<option value="{{ value }}"{% if value == actor %} selected{% endif %}>{{ name }}</option>{% endfor %}</select></div>
<div class="field"><label for="action">{{ t.what }}</label><select id="action" name="action"><option value="">{{ t.anything }}</option>{% for (value, name) in actions %}<option value="{{ value }}"{% if value == action %} selected{% endif %}>{{ name }}</option>{% endfor %}</select></div>
<div class="field"><label for="subject">{{ t.subject }}</label><input id="subject" type="text" name="subject" value="{{ subject }}" autocomplete="off" aria-describedby="subject-hint"><p class="hint" id="subject-hint">{{ t.subject_hint }}</p></div>
<div class="field"><label for="from">{{ x.from }}</label><input id="from" type="date" name="from" value="{{ from }}"></div>
<div class="field"><label for="to">{{ x.to }}</label><input id="to" type="date" name="to" value="{{ to }}"></div>
<button class="main">{{ x.search }}</button></form>"#,
    ext = "html"
)]
struct Form<'a> {
    t: &'static System,
    x: &'static Texts,
    actors: &'a [(String, String)],
    actions: &'a [(String, String)],
    actor: &'a str,
    action: &'a str,
    subject: &'a str,
    from: &'a str,
    to: &'a str,
}

#[derive(Template)]
#[template(
    source = r#"<nav class="pager" aria-label="{{ t.audit }}">{% if let Some(href) = newest %}<a class="button" href="{{ href }}">{{ t.newest }}</a>{% endif %}{% if let Some(href) = older %}<a class="button" href="{{ href }}" rel="next">{{ t.older }}</a>{% endif %}</nav>"#,
    ext = "html"
)]
struct Pager<'a> {
    t: &'static System,
    newest: Option<String>,
    older: Option<&'a str>,
}

/// Who did it, in words.
fn who(t: &'static System, actors: &Actors, actor: &str) -> String {
    match (actor, actors.get(actor)) {
        ("operator", _) => t.operator.to_owned(),
        ("system", _) => t.system.to_owned(),
        (_, Some(name)) if actor.starts_with("ky_") => format!("{} {name}", t.a_key),
        (_, Some(name)) => name.clone(),
        (_, None) => actor.to_owned(),
    }
}

/// What was done, in words: `Partner: changed`. What there is no word for is shown as it is.
pub fn what(t: &'static System, action: &str) -> String {
    let Some((of, did)) = action.split_once('.') else { return action.to_owned() };
    let of = match of {
        "account" => t.of_account,
        "campaign" => t.of_campaign,
        "code" => t.of_code,
        "conversions" => t.of_conversions,
        "credit" => t.of_credit,
        "customer" => t.of_customer,
        "deal" => t.of_deal,
        "deal_registration" => t.of_deal_registration,
        "deal_stage" => t.of_deal_stage,
        "group" => t.of_group,
        "import_mapping" => t.of_import_mapping,
        "key" => t.of_key,
        "link" => t.of_link,
        "note" => t.of_note,
        "partner" => t.of_partner,
        "policy" => t.of_policy,
        "policy_draft" => t.of_policy_draft,
        "refund" => t.of_refund,
        "touchpoint" => t.of_touchpoint,
        "touchpoint_kind" => t.of_touchpoint_kind,
        "user" => t.of_user,
        "view" => t.of_view,
        of => of,
    };
    let did = match did {
        "create" | "add" => t.did_create,
        "create_bulk" => t.did_create_bulk,
        "update" => t.did_update,
        "delete" | "remove" => t.did_delete,
        "revoke" => t.did_revoke,
        "invite" => t.did_invite,
        "password" => t.did_password,
        "sign_in" => t.did_sign_in,
        "sign_out" => t.did_sign_out,
        "merge" => t.did_merge,
        "split" => t.did_split,
        "restore" => t.did_restore,
        "conflict" => t.did_conflict,
        "identify" => t.did_identify,
        "reattribute" => t.did_reattribute,
        "save" => t.did_save,
        "approve" => t.did_approve,
        "reject" => t.did_reject,
        "move_back" => t.did_move_back,
        "publish" => t.did_publish,
        "disable" => t.did_disable,
        "enable" => t.did_enable,
        "withdraw" => t.did_withdraw,
        "expire" => t.did_expire,
        did => did,
    };
    format!("{of}: {did}")
}

/// What was done, in words; a change of nothing but the status is told by what it made of it.
fn told(t: &'static System, line: &AuditLine, before: Option<&Value>) -> String {
    let status = |document: &Value| document.get("status").and_then(Value::as_str).map(str::to_owned);
    let turned = before.map(status).filter(|before| *before != status(&line.detail)).and_then(|_| status(&line.detail));
    let did = match (line.action.ends_with(".update"), turned.as_deref()) {
        (true, Some("disabled")) => "disable",
        (true, Some("active")) => "enable",
        _ => return what(t, &line.action),
    };
    what(t, &line.action.replace("update", did))
}

/// What it was done to: the name it had then, else the one it has now, else its id.
fn name(line: &AuditLine, actors: &Actors) -> String {
    let text = |field: &str| line.detail.get(field).and_then(|value| value.as_str()).filter(|text| !text.is_empty());
    let found = ["name", "slug", "code", "email", "account"].iter().find_map(|field| text(field));
    let known = || actors.get(&line.subject).unwrap_or(&line.subject).clone();
    found.map_or_else(known, str::to_owned)
}

/// Where it is shown.
fn href(line: &AuditLine) -> Option<String> {
    let folder = match line.subject.split('_').next()? {
        "pn" => "partners",
        "ln" => "links",
        "us" => "users",
        "gr" => "groups",
        "st" => "stages",
        "pl" => "policies",
        "dl" => "deals",
        "ac" => "accounts",
        "cd" => "codes",
        "ca" => "campaigns",
        "cv" => "conversions",
        "dr" => "registrations",
        _ => return None,
    };
    Some(format!("/admin/{folder}/{}", line.subject))
}

/// The lines.
pub fn table(shell: &Shell, lines: &[AuditLine], actors: &Actors, before: &Before) -> Table {
    let t: &System = shell.words();
    let row = |line: &AuditLine| {
        let about = path_with(AUDIT, &[("subject", &line.subject)]);
        vec![
            Cell::time(&shell.reader, line.at).to(format!("{AUDIT}/{}", line.id)),
            Cell::text(who(t, actors, &line.actor)).to(path_with(AUDIT, &[("actor", &line.actor)])),
            Cell::text(told(t, line, before.get(&line.id))),
            Cell::text(name(line, actors)).to(about),
        ]
    };
    let columns: Vec<Column> =
        vec![words("at", shell.texts().at), words("actor", t.who), words("action", t.what), words("subject", t.subject)];
    let rows = lines.iter().map(row).collect();
    Table { id: "audit", title: t.audit.into(), columns, rows, page_rows: PAGE_ROWS, empty: empty(t.no_lines, None) }
}

/// The page.
pub fn list(shell: &Shell, search: &Search<'_>, table: &Table) -> Content {
    let t: &System = shell.words();
    let wanted = search.wanted;
    let get = |name: &str| wanted.get(name).unwrap_or_default();
    let actions: Vec<_> = search.actions.iter().map(|action| (action.clone(), what(t, action))).collect();
    let form = Form {
        t,
        x: shell.texts(),
        actors: &search.actors,
        actions: &actions,
        actor: get("actor"),
        action: get("action"),
        subject: get("subject"),
        from: get("from"),
        to: get("to"),
    };
    let newest = wanted.get("before").map(|_| wanted.with(&[("before", ""), ("audit.page", "")]));
    let mut parts = vec![Html::of(&form), table.html(&shell.reader, wanted)];
    if newest.is_some() || search.older.is_some() {
        parts.push(Html::of(&Pager { t, newest, older: search.older.as_deref() }));
    }
    Content { title: t.audit.into(), lead: t.audit_lead.into(), parts, ..Content::default() }
}

/// The names and words of those who can be chosen.
pub fn choices(shell: &Shell, actors: &Actors) -> Vec<(String, String)> {
    let t: &System = shell.words();
    let mut all: Vec<(String, String)> = actors.keys().map(|actor| (actor.clone(), who(t, actors, actor))).collect();
    all.sort_by_key(|(_, name)| name.to_lowercase());
    all.extend(["operator", "system"].map(|actor| (actor.to_owned(), who(t, actors, actor))));
    all
}
