//! What is known of one thing: names and values; a text to copy; a sentence on its own.

use askama::Template;

use crate::pages::Html;
use crate::pages::texts::Texts;

/// Names and values.
#[derive(Template)]
#[template(
    source = r#"<dl class="card facts">{% for (name, value) in facts %}<div><dt>{{ name }}</dt><dd>{{ value }}</dd></div>{% endfor %}</dl>"#,
    ext = "html"
)]
struct Facts<'a> {
    facts: &'a [(&'static str, String)],
}

/// What is known of one thing; what is empty is left out.
pub fn facts(facts: Vec<(&'static str, String)>) -> Html {
    let facts: Vec<_> = facts.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    Html::of(&Facts { facts: &facts })
}

/// A text to copy, with a button where scripts run.
#[derive(Template)]
#[template(
    source = r#"<div class="card copy"><label for="copy">{{ label }}</label><div class="line"><input id="copy" readonly value="{{ text }}"><button type="button" class="main" data-copy="copy" data-done="{{ t.copied }}" hidden>{{ t.copy }}</button></div>{% if !hint.is_empty() %}<p class="hint">{{ hint }}</p>{% endif %}</div>"#,
    ext = "html"
)]
struct Copy<'a> {
    t: &'static Texts,
    label: &'a str,
    text: &'a str,
    hint: &'a str,
}

/// A text to copy, with a button where scripts run.
pub fn copy(t: &'static Texts, label: &str, text: &str, hint: &str) -> Html {
    Html::of(&Copy { t, label, text, hint })
}

#[derive(Template)]
#[template(source = r#"<p class="hint">{{ text }}</p>"#, ext = "html")]
struct Hint<'a> {
    text: &'a str,
}

/// A sentence on its own.
pub fn hint(text: &str) -> Html {
    Html::of(&Hint { text })
}
