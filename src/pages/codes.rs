//! Referral codes: the list with the form that mints one, and one of them.

use std::collections::HashMap;

use crate::domain::link::ReferralCode;
use crate::domain::partner::{Campaign, Partner, Status};
use crate::domain::report::Performance;
use crate::pages::evidence::Names;
use crate::pages::facts::{Fact, copy, facts};
use crate::pages::form::{Field, Form, Sent};
use crate::pages::partners::{status, switch, whose};
use crate::pages::shell::{Content, Shell, button};
use crate::pages::table::{Cell, PAGE_ROWS, Table, Wanted, empty, numbers, sums, words};
use crate::pages::texts::Promotion;
use crate::pages::{Html, path_with};

/// The conversions that came with a code.
fn conversions(code: &str) -> String {
    path_with("/admin/conversions", &[("code", code)])
}

/// The list, with what came with each in the last 30 days.
pub fn table(shell: &Shell, codes: &[ReferralCode], names: &Names, figures: &HashMap<String, Performance>) -> Table {
    let (t, w, reader) = (shell.texts(), shell.words::<Promotion>(), &shell.reader);
    let none = Performance::default();
    let row = |code: &ReferralCode| {
        let came = figures.get(&code.code).unwrap_or(&none);
        let named = |id: uuid::Uuid| names.get(&id).cloned().unwrap_or_default();
        let campaign = code.campaign_id.map(|id| (id, named(id.uuid())));
        vec![
            Cell::text(&code.code).to(format!("/admin/codes/{}", code.id)),
            Cell::text(named(code.partner_id.uuid())).to(format!("/admin/partners/{}", code.partner_id)),
            match campaign {
                Some((id, name)) => Cell::text(name).to(format!("/admin/campaigns/{id}")),
                None => Cell::text(""),
            },
            status(shell, code.status),
            Cell::number(reader, came.conversions).to(conversions(&code.code)),
            Cell::money(reader, &came.revenue).to(conversions(&code.code)),
            Cell::time(reader, code.created_at),
        ]
    };
    let columns = vec![
        words("code", w.code),
        words("partner", t.partner),
        words("campaign", t.campaign),
        words("status", t.status),
        numbers("conversions", t.conversions_30),
        sums("revenue", t.revenue),
        words("created", t.created),
    ];
    let empty = empty(w.no_codes, None);
    Table { id: "codes", title: w.codes.into(), columns, rows: codes.iter().map(row).collect(), page_rows: PAGE_ROWS, empty }
}

/// The choice of a campaign, none among them.
pub fn campaign_choices(shell: &Shell, campaigns: &[Campaign]) -> Vec<(String, String)> {
    let mut choices = vec![(String::new(), shell.texts().none.to_owned())];
    choices.extend(campaigns.iter().map(|campaign| (campaign.id.to_string(), campaign.name.clone())));
    choices
}

/// The form that mints a code: a partner is enough.
pub fn mint(shell: &Shell, partners: &[Partner], campaigns: &[Campaign], chosen: &str, sent: Sent<'_>) -> Html {
    let (t, w) = (shell.texts(), shell.words::<Promotion>());
    let mut fields = vec![whose(shell, partners, chosen), Field::text("code", w.code).hint(w.code_hint)];
    if !campaigns.is_empty() {
        fields.push(Field::choice("campaign_id", t.campaign, campaign_choices(shell, campaigns)));
    }
    let form = Form { title: w.new_code.into(), action: "/admin/codes".into(), fields, submit: w.mint_code, look: "card line" };
    form.html(shell, sent)
}

/// The page of the list.
pub fn list(shell: &Shell, wanted: &Wanted<'_>, table: &Table, mint: Option<Html>) -> Content {
    let w = shell.words::<Promotion>();
    let actions = mint.iter().map(|_| button("/admin/import?what=codes", w.bulk_import, false)).collect();
    let mut parts: Vec<Html> = mint.into_iter().collect();
    parts.push(table.html(&shell.reader, wanted));
    Content { title: w.codes.into(), actions, parts, ..Content::default() }
}

/// The page of one, with the conversions that came with it.
pub fn show(shell: &Shell, code: &ReferralCode, names: &Names, latest: Html, may_change: bool) -> Content {
    let (t, w, path) = (shell.texts(), shell.words::<Promotion>(), format!("/admin/codes/{}", code.id));
    let mut actions = Vec::new();
    if may_change {
        actions.push(button(&format!("{path}/edit"), t.edit, false));
        actions.push(switch(shell, &path, code.status));
    }
    let named = |id: uuid::Uuid| names.get(&id).cloned().unwrap_or_default();
    let campaign = code.campaign_id.map(|id| Fact::at(format!("/admin/campaigns/{id}"), named(id.uuid())));
    let known = facts(vec![
        (t.partner, Fact::at(format!("/admin/partners/{}", code.partner_id), named(code.partner_id.uuid()))),
        (t.campaign, campaign.unwrap_or_default()),
        (t.status, if code.status == Status::Active { t.active } else { t.disabled }.to_owned().into()),
        (t.created, shell.reader.time(code.created_at).into()),
        ("id", code.id.to_string().into()),
    ]);
    let parts = vec![copy(t, w.code_to_hand_out, &code.code, w.code_use_hint), known, latest];
    let up = Some(("/admin/codes".to_owned(), w.codes.to_owned()));
    Content { title: code.code.clone(), up, actions, parts, ..Content::default() }
}

/// The page to change one: what people type stays, as it is out in the world.
pub fn edit(shell: &Shell, code: &ReferralCode, campaigns: &[Campaign], sent: Sent<'_>) -> Content {
    let (t, w, path) = (shell.texts(), shell.words::<Promotion>(), format!("/admin/codes/{}", code.id));
    let campaign = code.campaign_id.map(|id| id.to_string()).unwrap_or_default();
    let fields = vec![Field::choice("campaign_id", t.campaign, campaign_choices(shell, campaigns)).value(campaign)];
    let form = Form { title: String::new(), action: path.clone(), fields, submit: t.save, look: "card" };
    let parts = vec![form.html(shell, sent)];
    Content { title: w.edit_code.into(), up: Some((path, code.code.clone())), parts, ..Content::default() }
}
