//! What needs a decision: how many of each, and where to decide.

use askama::Template;

use crate::domain::report::Decisions;
use crate::domain::time::Time;
use crate::pages::shell::Shell;
use crate::pages::texts::{Promotion, fill};
use crate::pages::{Html, path_with};

struct Line {
    href: String,
    label: String,
    count: String,
}

#[derive(Template)]
#[template(
    source = r#"<section class="card decide" aria-labelledby="decide"><h2 id="decide">{{ w.to_decide }}</h2>{% if lines.is_empty() %}<p class="hint">{{ w.nothing_to_decide }}</p>{% else %}<ul>{% for line in lines %}<li><a href="{{ line.href }}"><strong>{{ line.count }}</strong> {{ line.label }}</a></li>{% endfor %}</ul>{% endif %}</section>"#,
    ext = "html"
)]
struct Part {
    w: &'static Promotion,
    lines: Vec<Line>,
}

/// The part of the overview.
pub fn part(shell: &Shell, waiting: &Decisions, now: Time) -> Html {
    let w = shell.words::<Promotion>();
    let count = |count: i64| match count >= Decisions::MOST {
        true => format!("{} {}", shell.reader.number(count), w.or_more),
        false => shell.reader.number(count),
    };
    let (from, to) = (Decisions::since(now).date(), now.date());
    let week = |path: &str| path_with(path, &[("from", &from), ("to", &to)]);
    let lines: [(&str, _, _); 3] = [
        ("/admin/registrations", w.registrations_open, waiting.registrations),
        (&week("/admin/rejected"), w.rejected_week, waiting.rejected),
        (&week("/admin/discrepancies"), w.discrepancies, waiting.discrepancies),
    ];
    let lines = lines.into_iter().filter(|(_, _, number)| *number > 0);
    let line = |(href, label, number): (&str, &str, i64)| {
        let count = count(number);
        Line { href: href.to_owned(), label: fill(label, &[&count]), count }
    };
    let lines = lines.map(line).collect();
    Html::of(&Part { w, lines })
}
