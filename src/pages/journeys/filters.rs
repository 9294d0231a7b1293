//! What both reports over journeys are narrowed down by, in the URL.

use askama::Template;

use crate::domain::partner::Partner;
use crate::domain::policy::{Dimension, Model};
use crate::domain::time::Time;
use crate::pages::Html;
use crate::pages::evidence::event_filter;
use crate::pages::facts::hint;
use crate::pages::narrowing::{Filter, Narrowing};
use crate::pages::overview::Days;
use crate::pages::partners::choices;
use crate::pages::shell::Shell;
use crate::pages::table::Wanted;
use crate::pages::texts::Journeys;

/// What is chosen among.
pub struct Filters {
    /// Partners, by name.
    pub partners: Vec<Partner>,
    /// Events of the newest conversions.
    pub events: Vec<String>,
    /// Models, and whether each is chosen; none where there is no such choice.
    pub models: Vec<(Model, bool)>,
    /// Whether data-driven ones are missing.
    pub untrained: bool,
}

impl Filters {
    /// The form, which chooses the period too, and what is to be said of it.
    pub fn html(self, shell: &Shell, wanted: &Wanted<'_>, days: &Days, now: Time) -> Vec<Html> {
        let (t, w) = (shell.texts(), shell.words::<Journeys>());
        let comparing = !self.models.is_empty();
        let models = self.models.iter().map(|(model, chosen)| (model.to_string(), w.model(*model).to_owned(), *chosen));
        let models = comparing.then(|| Filter::checks(wanted, "model", w.models, models.collect()));
        let dimensions = Dimension::ALL.iter().map(|by| (by.to_string(), w.dimension(*by).to_owned())).collect();
        let any = vec![(String::new(), w.any_partner.to_owned())];
        let mut all: Vec<Filter> = models.into_iter().collect();
        all.extend([
            Filter::choice(wanted, "by", if comparing { w.row_for } else { w.step_is }, dimensions),
            event_filter(shell, wanted, self.events),
            Filter::choice(wanted, "partner_id", w.with_partner, [any, choices(&self.partners)].concat()),
        ]);
        let narrowing = Narrowing { filters: all, more: &["all"], submit: if comparing { w.compare } else { t.show } };
        let mut parts = narrowing.below_period(shell, wanted, days, now);
        parts.extend((comparing && self.untrained).then(|| hint(w.learned_hint)));
        parts
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
    Html::of(&Bounded { w: shell.words(), count: shell.reader.number(count), all: wanted.anew(&[("all", "1")]) })
}
