//! One line of the audit log: what changed, and what the thing became, in words.

use std::collections::BTreeMap;

use askama::Template;
use serde_json::Value;

use crate::domain::audit::AuditLine;
use crate::domain::money::Money;
use crate::domain::time::Time;
use crate::pages::Html;
use crate::pages::audit::{AUDIT, Actors, href, name, told, who};
use crate::pages::facts::facts;
use crate::pages::shell::{Content, Shell, button};
use crate::pages::texts::system::System;
use crate::pages::texts::{Called, Deals, Portal};

#[derive(Template)]
#[template(
    source = r#"<section class="card became" aria-labelledby="{{ id }}"><h2 id="{{ id }}">{{ title }}</h2><dl class="facts">{% for (name, value) in fields %}<div><dt>{{ name }}</dt><dd>{{ value }}</dd></div>{% endfor %}</dl></section>"#,
    ext = "html"
)]
struct Fields<'a> {
    id: &'a str,
    title: &'a str,
    fields: Vec<(String, String)>,
}

/// What stands for a field that is empty.
const NOTHING: &str = "–";

/// A document's fields in words.
struct Wording<'a> {
    shell: &'a Shell,
    names: &'a Actors,
}

impl Wording<'_> {
    /// A field as people call it; one within another by its whole path.
    fn field(&self, path: &str) -> String {
        let (t, d, w) = (self.shell.texts(), self.shell.words::<Deals>(), self.shell.words::<Portal>());
        let known = match path {
            "name" => t.name,
            "email" => t.email,
            "status" => t.status,
            "group_id" => t.group,
            "aliases" => w.other_names,
            "amount" => t.amount,
            "currency" => d.currency,
            "stage" => d.stage,
            "owner" => d.owner,
            "product" => d.product,
            "note" => d.note,
            "domain" => d.domain,
            "created_at" => t.created,
            "code" => w.code,
            "kind" => t.kind,
            path => return self.shell.words::<Called>().field(path),
        };
        known.to_owned()
    }

    fn value(&self, path: &str, value: &Value, whole: &Value) -> String {
        let (t, reader) = (self.shell.texts(), &self.shell.reader);
        let Some(text) = value.as_str() else {
            let currency = || whole.get("currency")?.as_str()?.parse().ok();
            let money = value.as_i64().filter(|_| path == "amount").zip(currency());
            return money.map_or_else(|| value.to_string(), |(amount, currency)| reader.money(Money { amount, currency }));
        };
        match (path, text) {
            ("status", "active") => t.active.to_owned(),
            ("status", "disabled") => t.disabled.to_owned(),
            ("stage", stage) => self.shell.words::<Called>().stage(stage),
            (_, text) if path.ends_with("_at") => text.parse::<Time>().map_or(text.to_owned(), |at| reader.time(at)),
            (_, text) => self.names.get(text).cloned().unwrap_or_else(|| text.to_owned()),
        }
    }

    /// The fields of a document, those within others by their whole path; what is not there is left out.
    fn flatten(&self, path: &str, value: &Value, whole: &Value, fields: &mut BTreeMap<String, String>) {
        match value {
            Value::Null => {}
            Value::Object(object) => {
                for (name, value) in object {
                    let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    self.flatten(&path, value, whole, fields);
                }
            }
            Value::Array(values) => {
                let texts: Vec<String> = values.iter().map(|value| self.value(path, value, whole)).collect();
                fields.insert(path.to_owned(), texts.join(", "));
            }
            value => {
                fields.insert(path.to_owned(), self.value(path, value, whole));
            }
        }
    }

    fn fields(&self, document: &Value) -> BTreeMap<String, String> {
        let mut fields = BTreeMap::new();
        self.flatten("", document, document, &mut fields);
        if fields.contains_key("stage") {
            fields.remove("stage_id"); // its name says it
        }
        fields
    }

    /// The fields that are others than before: `before → after`.
    fn changes(&self, before: &Value, after: &Value) -> Vec<(String, String)> {
        let (before, after) = (self.fields(before), self.fields(after));
        let mut paths: Vec<&String> = before.keys().chain(after.keys()).collect();
        paths.sort();
        paths.dedup();
        let changed = paths.into_iter().filter(|path| before.get(*path) != after.get(*path));
        let shown = |of: &BTreeMap<String, String>, path: &String| {
            of.get(path).filter(|text| !text.is_empty()).cloned().unwrap_or_else(|| NOTHING.to_owned())
        };
        changed.map(|path| (self.field(path), format!("{} → {}", shown(&before, path), shown(&after, path)))).collect()
    }
}

/// The page of one line: what changed, where it is known what was `before`, and what the thing became, field by field.
pub fn show(shell: &Shell, line: &AuditLine, names: &Actors, before: Option<&Value>) -> Content {
    let (t, wording) = (shell.words::<System>(), Wording { shell, names });
    let did = told(t, line, before);
    let about = facts(vec![
        (shell.texts().at, shell.reader.time(line.at)),
        (t.who, who(t, names, &line.actor)),
        (t.what, did.clone()),
        (t.subject, line.subject.clone()),
    ]);
    let mut parts = vec![about];
    if let Some(before) = before {
        let fields = wording.changes(before, &line.detail);
        if !fields.is_empty() {
            parts.push(Html::of(&Fields { id: "changed", title: t.changed, fields }));
        }
    }
    let fields = wording.fields(&line.detail).into_iter().map(|(path, value)| (wording.field(&path), value)).collect();
    parts.push(Html::of(&Fields { id: "became", title: t.became, fields }));
    let actions = href(line).map(|href| button(&href, &name(line, names), false)).into_iter().collect();
    let up = Some((AUDIT.to_owned(), t.audit.to_owned()));
    Content { title: format!("{did}: {}", name(line, names)), up, actions, parts, ..Content::default() }
}
