//! Campaigns: the list, one with its numbers, and the form.

use std::collections::HashMap;

use crate::domain::partner::{Campaign, Utm};
use crate::domain::report::Performance;
use crate::pages::Html;
use crate::pages::facts::facts;
use crate::pages::form::{Field, Form, Sent};
use crate::pages::shell::{Content, Shell, button};
use crate::pages::table::{Cell, PAGE_ROWS, Table, Wanted, empty, numbers, sums, words};
use crate::pages::texts::Promotion;
use crate::pages::texts::program::Program;

/// Values of UTM parameters that were used before, by parameter.
pub type Suggestions = HashMap<&'static str, Vec<String>>;

/// The list, with what each brought in the last 30 days.
pub fn table(shell: &Shell, campaigns: &[Campaign], figures: &[Performance]) -> Table {
    let (t, w, reader) = (shell.texts(), shell.words::<Promotion>(), &shell.reader);
    let figures: HashMap<&str, &Performance> = figures.iter().filter_map(|row| Some((row.key.as_deref()?, row))).collect();
    let none = Performance::default();
    let row = |campaign: &Campaign| {
        let id = campaign.id.to_string();
        let row = figures.get(id.as_str()).copied().unwrap_or(&none);
        let conversions = format!("/admin/conversions?campaign_id={id}");
        vec![
            Cell::text(&campaign.name).to(format!("/admin/campaigns/{id}")),
            Cell::number(reader, row.clicks).to(format!("/admin/touchpoints?kind=click&verdict=valid&campaign_id={id}")),
            Cell::number(reader, row.conversions).to(conversions.clone()),
            Cell::money(reader, &row.credited).to(conversions),
            Cell::time(reader, campaign.created_at),
        ]
    };
    let columns = vec![
        words("name", t.name),
        numbers("clicks", t.clicks_30),
        numbers("conversions", t.conversions_30),
        sums("credited", t.credited_30),
        words("created", t.created),
    ];
    let rows = campaigns.iter().map(row).collect();
    let empty = empty(w.no_campaigns, Some(("/admin/campaigns/new", w.new_campaign)));
    Table { id: "campaigns", title: w.campaigns.into(), columns, rows, page_rows: PAGE_ROWS, empty }
}

/// The page of the list.
pub fn list(shell: &Shell, wanted: &Wanted<'_>, table: &Table, may_change: bool) -> Content {
    let w = shell.words::<Promotion>();
    let actions = may_change.then(|| button("/admin/campaigns/new", w.new_campaign, true)).into_iter().collect();
    Content { title: w.campaigns.into(), actions, parts: vec![table.html(&shell.reader, wanted)], ..Content::default() }
}

/// The fields of UTM parameters.
pub fn utm_fields(utm: &Utm, suggestions: &Suggestions, hint: &'static str) -> Vec<Field> {
    let field = |name: &'static str, value: &Option<String>| {
        let list = suggestions.get(name).map(Vec::as_slice).unwrap_or_default();
        Field::text(name, name).value(value.clone().unwrap_or_default()).suggest(list)
    };
    vec![
        field("utm_source", &utm.source).hint(hint),
        field("utm_medium", &utm.medium),
        field("utm_campaign", &utm.campaign),
        field("utm_term", &utm.term),
        field("utm_content", &utm.content),
    ]
}

/// The page to make one, or to change the one that is there.
pub fn edit(shell: &Shell, campaign: Option<&Campaign>, suggestions: &Suggestions, sent: Sent<'_>) -> Content {
    let (t, w) = (shell.texts(), shell.words::<Promotion>());
    let name = campaign.map_or("", |campaign| campaign.name.as_str());
    let mut fields = vec![Field::text("name", t.name).value(name).required()];
    let utm = campaign.map(|campaign| campaign.utm.clone()).unwrap_or_default();
    fields.extend(utm_fields(&utm, suggestions, w.campaign_utm_hint));
    let (action, title, submit, up) = match campaign {
        None => {
            ("/admin/campaigns".to_owned(), w.new_campaign, t.create, ("/admin/campaigns".to_owned(), w.campaigns.to_owned()))
        }
        Some(campaign) => {
            let path = format!("/admin/campaigns/{}", campaign.id);
            (path.clone(), w.edit_campaign, t.save, (path, campaign.name.clone()))
        }
    };
    let form = Form { title: String::new(), action, fields, submit, look: "card" };
    let parts = vec![form.html(shell, sent)];
    Content { title: title.into(), lead: w.campaign_lead.into(), up: Some(up), parts, ..Content::default() }
}

/// The page of one; `more` is its numbers and what belongs to it.
pub fn show(shell: &Shell, campaign: &Campaign, more: Vec<Html>, may_change: bool) -> Content {
    let (t, w, path) = (shell.texts(), shell.words::<Promotion>(), format!("/admin/campaigns/{}", campaign.id));
    let mut actions = Vec::new();
    if may_change {
        actions.push(button(&format!("{path}/edit"), t.edit, false));
        actions.push(button(&format!("{path}/remove"), shell.words::<Program>().remove, false));
    }
    let utm: Vec<String> = campaign.utm.pairs().map(|(name, value)| format!("{name}={value}")).collect();
    let known = facts(vec![
        ("UTM", utm.join(", ")),
        (t.created, shell.reader.time(campaign.created_at)),
        ("id", campaign.id.to_string()),
    ]);
    let mut parts = vec![known];
    parts.extend(more);
    let up = Some(("/admin/campaigns".to_owned(), w.campaigns.to_owned()));
    Content { title: campaign.name.clone(), up, actions, parts, ..Content::default() }
}
