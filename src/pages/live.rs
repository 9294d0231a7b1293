//! The newest touchpoints, to which new ones are added while the page is open.

use askama::Template;

use crate::domain::touchpoint::Touchpoint;
use crate::domain::verdict::Verdict;
use crate::pages::Html;
use crate::pages::evidence::Names;
use crate::pages::shell::Shell;
use crate::pages::texts::{Called, Promotion, Texts};

/// How many are shown at once.
pub const LIVE_ROWS: usize = 12;

#[derive(Template)]
#[template(path = "live.html")]
struct Part {
    t: &'static Texts,
    w: &'static Promotion,
    stream: String,
    staff: bool,
    rows: Vec<Html>,
}

/// One line: what a script puts on top of the others.
#[derive(Template)]
#[template(
    source = r#"<tr id="{{ id }}"><td><time datetime="{{ at }}">{{ shown }}</time></td><td>{{ kind }}</td>{% if let Some(partner) = partner %}<td>{% if let Some(href) = partner.1 %}<a href="{{ href }}">{{ partner.0 }}</a>{% else %}{{ partner.0 }}{% endif %}</td>{% endif %}<td>{% if let Some(href) = link.1 %}<a href="{{ href }}">{{ link.0 }}</a>{% else %}{{ link.0 }}{% endif %}</td><td>{{ country }}</td><td><span class="badge {{ look }}">{{ verdict }}</span></td></tr>"#,
    ext = "html"
)]
struct Row<'a> {
    id: String,
    at: String,
    shown: String,
    kind: String,
    partner: Option<(String, Option<String>)>,
    link: (String, Option<String>),
    country: &'a str,
    look: &'static str,
    verdict: &'static str,
}

/// One touchpoint as a row, all of it on one line.
pub fn row(shell: &Shell, touch: &Touchpoint, names: &Names) -> Html {
    let base = shell.base();
    let named = |id: Option<uuid::Uuid>| id.and_then(|id| names.get(&id).cloned()).unwrap_or_default();
    let to = |what: &str, id: Option<String>| id.map(|id| format!("{base}/{what}/{id}"));
    let link = (named(touch.link_id.map(Into::into)), to("links", touch.link_id.map(|id| id.to_string())));
    let partner = (named(touch.partner_id.map(Into::into)), to("partners", touch.partner_id.map(|id| id.to_string())));
    Html::of(&Row {
        id: touch.id.to_string(),
        at: touch.occurred_at.to_string(),
        shown: shell.reader.clock(touch.occurred_at),
        kind: shell.words::<Called>().kind(&touch.kind),
        partner: (base == "/admin").then_some(partner),
        link,
        country: touch.country.as_deref().unwrap_or_default(),
        look: if touch.verdict == Verdict::Valid { "good" } else { "bad" },
        verdict: shell.texts().verdict(touch.verdict),
    })
}

/// The newest ones, newest first; `stream` is where new ones come from.
pub fn part(shell: &Shell, newest: &[Touchpoint], names: &Names, stream: String) -> Html {
    let rows = newest.iter().take(LIVE_ROWS).map(|touch| row(shell, touch, names)).collect();
    Html::of(&Part { t: shell.texts(), w: shell.words::<Promotion>(), stream, staff: shell.base() == "/admin", rows })
}
