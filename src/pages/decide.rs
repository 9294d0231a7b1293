//! What needs a decision: how many of each, and where to decide.

use askama::Template;

use crate::domain::report::Decisions;
use crate::pages::Html;
use crate::pages::shell::Shell;
use crate::pages::texts::Promotion;

struct Line {
    href: &'static str,
    label: &'static str,
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
pub fn part(shell: &Shell, waiting: &Decisions) -> Html {
    let w = shell.words::<Promotion>();
    let count = |count: i64| match count >= Decisions::MOST {
        true => format!("{} {}", shell.reader.number(count), w.or_more),
        false => shell.reader.number(count),
    };
    let lines = [
        ("/admin/registrations", w.registrations_open, waiting.registrations),
        ("/admin/rejected", w.rejected_week, waiting.rejected),
        ("/admin/discrepancies", w.discrepancies, waiting.discrepancies),
    ];
    let lines = lines.into_iter().filter(|(_, _, number)| *number > 0);
    let lines = lines.map(|(href, label, number)| Line { href, label, count: count(number) }).collect();
    Html::of(&Part { w, lines })
}
