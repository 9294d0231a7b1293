//! What both reports over journeys are narrowed down by, in the URL.

use askama::Template;

use crate::domain::policy::{Dimension, Model};
use crate::pages::Html;
use crate::pages::shell::Shell;
use crate::pages::table::Wanted;
use crate::pages::texts::Journeys;

/// Choices: value, name, and whether it is chosen.
type Choices = Vec<(String, String, bool)>;

/// The form.
#[derive(Template)]
#[template(path = "filters.html")]
struct Shown<'a> {
    w: &'static Journeys,
    show: &'static str,
    path: &'a str,
    kept: Vec<(&'a str, &'a str)>,
    by_label: &'static str,
    dimensions: Choices,
    event_label: &'static str,
    event: &'a str,
    partners: Choices,
    models: Choices,
    hint: &'static str,
}

/// What is chosen.
pub struct Filters<'a> {
    /// What a step, or a row, is.
    pub by: Dimension,
    /// Partners to choose from: id and name.
    pub partners: Vec<(String, String)>,
    /// The chosen partner; empty for any.
    pub partner: &'a str,
    /// The chosen event; empty for any.
    pub event: &'a str,
    /// Models to choose from, and whether each is chosen; none where there is no such choice.
    pub models: Vec<(Model, bool)>,
    /// Whether data-driven ones are missing.
    pub untrained: bool,
}

impl Filters<'_> {
    /// The form.
    pub fn html(self, shell: &Shell, wanted: &Wanted<'_>) -> Html {
        let (t, w) = (shell.texts(), shell.words::<Journeys>());
        let own = ["by", "event", "partner_id", "model", "csv", "done"];
        let kept = wanted.query.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let any = (String::new(), w.any_partner.to_owned(), self.partner.is_empty());
        let partners = self.partners.into_iter().map(|(id, name)| {
            let chosen = id == self.partner;
            (id, name, chosen)
        });
        let comparing = !self.models.is_empty();
        Html::of(&Shown {
            w,
            show: if comparing { w.compare } else { t.show },
            path: wanted.path,
            kept: kept.filter(|(name, _)| !own.contains(name)).collect(),
            by_label: if comparing { w.row_for } else { w.step_is },
            dimensions: Dimension::ALL.iter().map(|by| (by.to_string(), w.dimension(*by).to_owned(), *by == self.by)).collect(),
            event_label: t.event,
            event: self.event,
            partners: [any].into_iter().chain(partners).collect(),
            models: self
                .models
                .iter()
                .map(|(model, chosen)| (model.to_string(), w.model(*model).to_owned(), *chosen))
                .collect(),
            hint: if comparing && self.untrained { w.learned_hint } else { "" },
        })
    }
}

/// What is said where only the newest were looked at, and the way to all.
#[derive(Template)]
#[template(
    source = r#"<p class="notice" role="status">{{ w.newest_only }} {{ count }}. <a href="{{ all }}">{{ w.look_at_all }}</a></p>"#,
    ext = "html"
)]
struct Bounded {
    w: &'static Journeys,
    count: String,
    all: String,
}

/// What is said where only the newest were looked at, and the way to all.
pub fn bounded(shell: &Shell, wanted: &Wanted<'_>, count: i64) -> Html {
    Html::of(&Bounded { w: shell.words(), count: shell.reader.number(count), all: wanted.with(&[("all", "1")]) })
}
