//! What is known of one thing: names and values; a text to copy; a sentence on its own.

use askama::Template;

use crate::pages::Html;
use crate::pages::texts::Texts;

/// A value, and where more of it is known.
#[derive(Clone, Debug, Default)]
pub struct Fact {
    value: String,
    href: Option<String>,
}

impl Fact {
    /// A value that leads somewhere.
    pub fn at(href: impl Into<String>, value: impl Into<String>) -> Fact {
        Fact { value: value.into(), href: Some(href.into()) }
    }
}

impl From<String> for Fact {
    fn from(value: String) -> Fact {
        Fact { value, href: None }
    }
}

/// Names and values.
#[derive(Template)]
#[template(
    source = r#"<dl class="card facts">{% for (name, fact) in facts %}<div><dt>{{ name }}</dt><dd>{% if let Some(href) = fact.href %}<a href="{{ href }}">{{ fact.value }}</a>{% else %}{{ fact.value }}{% endif %}</dd></div>{% endfor %}</dl>"#,
    ext = "html"
)]
struct Facts<'a> {
    facts: &'a [(&'static str, Fact)],
}

/// What is known of one thing; what is empty is left out.
pub fn facts<F: Into<Fact>>(facts: Vec<(&'static str, F)>) -> Html {
    let facts = facts.into_iter().map(|(name, fact)| (name, fact.into()));
    let facts: Vec<(&'static str, Fact)> = facts.filter(|(_, fact)| !fact.value.is_empty()).collect();
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

#[derive(Template)]
#[template(source = r#"<p><a href="{{ href }}">{{ label }}</a></p>"#, ext = "html")]
struct Onward<'a> {
    href: &'a str,
    label: &'a str,
}

/// The way on from a part of something to all of it.
pub fn onward(href: &str, label: &str) -> Html {
    Html::of(&Onward { href, label })
}
