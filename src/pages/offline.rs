//! Touchpoints that people enter: the forms that enter, correct and take one back.

use crate::domain::kind::TouchpointKind;
use crate::domain::partner::Partner;
use crate::domain::touchpoint::Touchpoint;
use crate::pages::Html;
use crate::pages::facts::facts;
use crate::pages::form::{Field, Form, Sent};
use crate::pages::partners::choices;
use crate::pages::shell::{Content, Shell, button};
use crate::pages::texts::program::Program;
use crate::pages::texts::{Called, Deals};

/// Where one of them is corrected.
pub fn edit_href(id: impl std::fmt::Display) -> String {
    format!("/admin/touchpoints/{id}/edit")
}

/// What they are chosen among.
pub struct Around {
    /// Kinds that people enter.
    pub kinds: Vec<TouchpointKind>,
    /// Partners.
    pub partners: Vec<Partner>,
}

impl Around {
    /// The fields that can be corrected, with what stands in them.
    fn fields(&self, shell: &Shell, touch: Option<&Touchpoint>) -> [Field; 3] {
        let (t, w) = (shell.texts(), shell.words::<Deals>());
        let mut kinds: Vec<String> = self.kinds.iter().map(|kind| kind.name.clone()).collect();
        // One whose kind is disabled by now keeps it.
        kinds.extend(touch.map(|touch| touch.kind.clone()).filter(|own| !kinds.contains(own)));
        let called = shell.words::<Called>();
        let kinds = kinds.into_iter().map(|name| (name.clone(), called.kind(&name))).collect();
        let nobody = vec![(String::new(), w.own_team.to_owned())];
        let partner = touch.and_then(|touch| touch.partner_id).map(|id| id.to_string()).unwrap_or_default();
        let note = touch.and_then(|touch| touch.note.clone()).unwrap_or_default();
        [
            Field::choice("kind", t.kind, kinds).value(touch.map_or("", |touch| &touch.kind)),
            Field::choice("partner_id", t.partner, [nobody, choices(&self.partners)].concat()).value(partner),
            Field::text("note", w.note).value(note),
        ]
    }

    /// The form that enters one for a deal.
    pub fn enter(&self, shell: &Shell, deal: &str, sent: Sent<'_>) -> Html {
        let w = shell.words::<Deals>();
        let [kind, partner, note] = self.fields(shell, None);
        let day = Field::input("date", "occurred_at", w.moved_on).hint(w.moved_on_hint);
        let (action, fields) = (format!("/admin/deals/{deal}/touchpoints"), vec![partner, kind, day, note]);
        Form { title: w.enter_touchpoint.into(), action, fields, submit: w.enter, look: "card line" }.html(shell, sent)
    }

    /// The page that corrects one.
    pub fn edit(&self, shell: &Shell, touch: &Touchpoint, up: (String, String), sent: Sent<'_>) -> Content {
        let (t, w) = (shell.texts(), shell.words::<Deals>());
        let path = format!("/admin/touchpoints/{}", touch.id);
        let known = facts(vec![
            (t.at, shell.reader.time(touch.occurred_at)),
            (w.customer_id, touch.customer_id.clone().unwrap_or_default()),
            ("id", touch.id.to_string()),
        ]);
        let fields = self.fields(shell, Some(touch)).to_vec();
        let form = Form { title: String::new(), action: path.clone(), fields, submit: t.save, look: "card" };
        let actions = vec![button(&format!("{path}/remove"), shell.words::<Program>().take_back, false)];
        let parts = vec![known, form.html(shell, sent)];
        Content { title: w.edit_touchpoint.into(), lead: w.edit_touchpoint_lead.into(), up: Some(up), actions, parts }
    }
}
