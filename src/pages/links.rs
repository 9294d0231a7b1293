//! Links: the list with the form that mints one, and one of them with its QR code.

use std::collections::HashMap;

use askama::Template;

use crate::domain::destination::{Ids, encode_utm, redirect};
use crate::domain::link::Link;
use crate::domain::partner::{Campaign, Partner, Status, Utm};
use crate::domain::report::Performance;
use crate::domain::time::Time;
use crate::pages::campaigns::{Suggestions, utm_fields};
use crate::pages::codes::campaign_choices;
use crate::pages::evidence::Names;
use crate::pages::facts::{Fact, copy, facts};
use crate::pages::form::{Field, Form, Sent};
use crate::pages::partners::{status, switch, whose};
use crate::pages::policies::fields::as_field;
use crate::pages::shell::{Content, Shell, button};
use crate::pages::table::{Cell, PAGE_ROWS, Table, Wanted, empty, numbers, words};
use crate::pages::texts::Promotion;
use crate::pages::texts::Texts;
use crate::pages::{Html, path_with};

/// What is known around links.
pub struct Around<'a> {
    /// Where links answer, without a slash at the end.
    pub public_url: &'a str,
    /// Partners whose names are shown or chosen.
    pub partners: &'a [Partner],
    /// Campaigns that are chosen.
    pub campaigns: &'a [Campaign],
    /// When it is looked at.
    pub now: Time,
}

/// The list, with what each link brought in the last 30 days.
pub fn table(shell: &Shell, links: &[Link], names: &Names, figures: &[Performance]) -> Table {
    let (t, reader, base) = (shell.texts(), &shell.reader, shell.base());
    let staff = base == "/admin";
    let figures: HashMap<&str, &Performance> = figures.iter().filter_map(|row| Some((row.key.as_deref()?, row))).collect();
    let none = Performance::default();
    let row = |link: &Link| {
        let id = link.id.to_string();
        let brought = figures.get(id.as_str()).copied().unwrap_or(&none);
        let below = |what: &str, more: &[(&str, &str)]| {
            path_with(&format!("{base}/{what}"), &[more, &[("link_id", id.as_str())]].concat())
        };
        let mut cells = vec![Cell::text(&link.slug).to(format!("{base}/links/{}", link.id))];
        if staff {
            let name = names.get(&link.partner_id.uuid()).cloned().unwrap_or_default();
            cells.push(Cell::text(name).to(format!("/admin/partners/{}", link.partner_id)));
        }
        let campaign = Cell::text(link.campaign_id.and_then(|id| names.get(&id.uuid())).cloned().unwrap_or_default());
        cells.extend([
            Cell::text(&link.destination),
            match link.campaign_id.filter(|_| staff) {
                Some(id) => campaign.to(format!("/admin/campaigns/{id}")),
                None => campaign,
            },
            status(shell, link.status),
            Cell::number(reader, brought.clicks).to(below("touchpoints", &[("kind", "click"), ("verdict", "valid")])),
            Cell::number(reader, brought.conversions).to(below("conversions", &[])),
            Cell::time(reader, link.created_at),
        ]);
        cells
    };
    let mut columns = vec![words("slug", t.link)];
    columns.extend(staff.then(|| words("partner", t.partner)));
    columns.extend([
        words("destination", t.destination),
        words("campaign", t.campaign),
        words("status", t.status),
        numbers("clicks", t.clicks_30),
        numbers("conversions", t.conversions_30),
        words("created", t.created),
    ]);
    let empty = empty(t.no_links, None);
    Table { id: "links", title: t.links.into(), columns, rows: links.iter().map(row).collect(), page_rows: PAGE_ROWS, empty }
}

/// Where a link will lead: as it stands, and as somebody types where scripts run.
#[derive(Template)]
#[template(
    source = r#"<p class="preview"{% if url.is_empty() %} hidden{% endif %}><strong>{{ w.preview_lead }}</strong><br><code data-preview>{{ url }}</code><br><span class="hint">{{ w.preview_hint }}</span></p>"#,
    ext = "html"
)]
struct Preview<'a> {
    w: &'static Promotion,
    url: &'a str,
}

fn preview(shell: &Shell, url: &str) -> Html {
    Html::of(&Preview { w: shell.words::<Promotion>(), url })
}

/// Where a link leads, without what each click adds.
fn leads_to(link: &Link, campaign: Option<&Campaign>) -> String {
    let utm = link.utm.clone().or(campaign.map(|campaign| campaign.utm.clone()).unwrap_or_default());
    let ids = Ids { click: "CLICK_ID", partner: link.partner_id, link: link.id };
    redirect(&link.destination, &encode_utm(&utm), "", None, ids)
}

/// The form that mints a link: where it leads is enough.
pub fn mint(shell: &Shell, partners: &[Partner], chosen: &str, suggestions: &Suggestions, sent: Sent<'_>) -> Html {
    let (t, w) = (shell.texts(), shell.words::<Promotion>());
    let mut fields = vec![
        Field::address("destination", t.destination).required().hint(t.destination_hint),
        Field::text("slug", t.slug).hint(t.slug_hint),
    ];
    if shell.base() == "/admin" {
        fields.insert(1, whose(shell, partners, chosen));
    }
    fields.push(Field::fold(w.utm_builder));
    fields.extend(utm_fields(&Utm::default(), suggestions, t.utm_hint));
    fields.push(Field::said(preview(shell, "")));
    let action = format!("{}/links", shell.base());
    Form { title: t.new_link.into(), action, fields, submit: t.mint, look: "card line" }.html(shell, sent)
}

/// The page of the list.
pub fn list(shell: &Shell, wanted: &Wanted<'_>, table: &Table, mint: Option<Html>) -> Content {
    let import = mint.is_some() && shell.base() == "/admin";
    let import = import.then(|| button("/admin/import?what=links", shell.words::<Promotion>().bulk_import, false));
    let mut parts: Vec<Html> = mint.into_iter().collect();
    parts.push(table.html(&shell.reader, wanted));
    Content { title: shell.texts().links.into(), actions: import.into_iter().collect(), parts, ..Content::default() }
}

/// The QR code of a link.
#[derive(Template)]
#[template(
    source = r#"<section class="card qr"><img src="{{ path }}/qr.svg" width="120" height="120" alt="{{ t.qr_code }}: {{ url }}"><h2>{{ t.qr_code }}</h2><p><a href="{{ path }}/qr.svg?download=1" download>SVG</a> <a href="{{ path }}/qr.png?download=1" download>PNG</a></p></section>"#,
    ext = "html"
)]
struct Qr<'a> {
    t: &'static Texts,
    path: &'a str,
    url: &'a str,
}

/// The way a visitor goes: in a tab of its own, as where it leads belongs to others.
#[derive(Template)]
#[template(
    source = r#"<a class="button" href="{{ url }}" target="_blank" rel="noopener">{{ t.test_click }}<span class="hidden"> ({{ t.new_tab }})</span></a>"#,
    ext = "html"
)]
struct TestClick<'a> {
    t: &'static Texts,
    url: &'a str,
}

/// The page of one.
pub fn show(shell: &Shell, link: &Link, around: &Around<'_>, more: Vec<Html>, may_change: bool) -> Content {
    let (t, path) = (shell.texts(), format!("{}/links/{}", shell.base(), link.id));
    let url = format!("{}/{}", around.public_url, link.slug);
    let owner = around.partners.iter().find(|partner| partner.id == link.partner_id);
    let answers = owner.is_some_and(|owner| link.answers(owner.status, around.now));
    let mut actions: Vec<Html> = answers.then(|| Html::of(&TestClick { t, url: &url })).into_iter().collect();
    if may_change {
        actions.push(button(&format!("{path}/edit"), t.edit, false));
        actions.push(switch(shell, &path, link.status));
    }
    let utm: Vec<String> = link.utm.pairs().map(|(name, value)| format!("{name}={value}")).collect();
    let campaign = around.campaigns.iter().find(|campaign| Some(campaign.id) == link.campaign_id);
    let (staff, leads) = (shell.base() == "/admin", leads_to(link, campaign));
    let leads = if leads == link.destination { String::new() } else { leads };
    let owner = owner.filter(|_| staff).map(|owner| Fact::at(format!("/admin/partners/{}", owner.id), &owner.name));
    let campaign = campaign.map(|campaign| match staff {
        true => Fact::at(format!("/admin/campaigns/{}", campaign.id), &campaign.name),
        false => campaign.name.clone().into(),
    });
    let known = facts(vec![
        (t.destination, link.destination.clone().into()),
        (t.partner, owner.unwrap_or_default()),
        (t.campaign, campaign.unwrap_or_default()),
        (shell.words::<Promotion>().preview_lead, leads.into()),
        ("UTM", utm.join(", ").into()),
        (t.status, if link.status == Status::Active { t.active } else { t.disabled }.to_owned().into()),
        (t.expires, link.expires_at.map_or(String::new(), |at| shell.reader.time(at)).into()),
        (t.fallback, link.fallback_url.clone().unwrap_or_default().into()),
        (t.created, shell.reader.time(link.created_at).into()),
        ("id", link.id.to_string().into()),
    ]);
    let hint = if answers { t.test_click_hint } else { t.link_rests };
    let mut parts = vec![copy(t, t.link_to_hand_out, &url, hint), Html::of(&Qr { t, path: &path, url: &url }), known];
    parts.extend(more);
    let up = Some((format!("{}/links", shell.base()), t.links.to_owned()));
    Content { title: format!("/{}", link.slug), up, actions, parts, ..Content::default() }
}

/// The page to change one.
pub fn edit(shell: &Shell, link: &Link, campaigns: &[Campaign], suggestions: &Suggestions, sent: Sent<'_>) -> Content {
    let (t, path) = (shell.texts(), format!("{}/links/{}", shell.base(), link.id));
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let choices = campaign_choices(shell, campaigns);
    let mut fields = vec![
        Field::address("destination", t.destination).value(&link.destination).required(),
        Field::text("slug", t.slug).value(&link.slug).required().hint(t.slug_change_hint),
        Field::input("datetime-local", "expires_at", t.expires)
            .value(link.expires_at.map_or(String::new(), |at| as_field(at, &shell.reader)))
            .hint(t.expires_hint),
        Field::address("fallback_url", t.fallback).value(text(&link.fallback_url)).hint(t.fallback_hint),
    ];
    if !campaigns.is_empty() {
        let campaign = link.campaign_id.map(|id| id.to_string()).unwrap_or_default();
        fields.push(Field::choice("campaign_id", t.campaign, choices).value(campaign));
    }
    let campaign = campaigns.iter().find(|campaign| Some(campaign.id) == link.campaign_id);
    fields.extend(utm_fields(&link.utm, suggestions, t.utm_hint));
    fields.push(Field::said(preview(shell, &leads_to(link, campaign))));
    let form = Form { title: String::new(), action: path.clone(), fields, submit: t.save, look: "card" };
    Content {
        title: t.edit_link.into(),
        up: Some((path, format!("/{}", link.slug))),
        parts: vec![form.html(shell, sent)],
        ..Content::default()
    }
}
