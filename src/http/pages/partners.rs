//! Partners: list, make, show, change, switch off.

use hyper::Method;
use serde_json::{Map, json};

use crate::domain::id::PartnerId;
use crate::domain::partner::{Partner, Status};
use crate::domain::report::GroupBy;
use crate::domain::time::DAY_MS;
use crate::error::{Code, Error, Result};
use crate::http::pages::answer::Answer;
use crate::http::pages::asked::{Asked, ROWS_MAX, Visit, newest};
use crate::http::pages::{codes, links, notes, overview, users};
use crate::pages::partners as page;
use crate::pages::table::{Table, empty};
use crate::pages::texts::Promotion;
use crate::pages::users::{Listed, invite_path, of_partner};
use crate::store::{CodeFilter, LinkFilter, Narrow, PartnerFilter, Period, Tx};

/// Days of conversions on the page of a partner, and how many of them.
const LATEST_DAYS: i64 = 90;
const LATEST_ROWS: i64 = 20;
const FIELDS: &[&str] = &["name", "email", "external_id", "group"];
/// The other names of a partner, one a line.
const ALIASES: &str = "aliases";

pub(super) async fn list(visit: Visit<'_>) -> Result<Answer> {
    let (asked, tx) = (visit.asked, visit.tx);
    let partners = tx.partners(&PartnerFilter::default(), newest(ROWS_MAX)).await?;
    let groups = tx.groups(newest(ROWS_MAX)).await?;
    let figures = tx.figures(GroupBy::Partner, asked.period().1, &Narrow::default()).await?;
    let table = page::table(asked.shell, &partners, &groups, &figures);
    Ok(asked.show(&[&table], || page::list(asked.shell, &asked.wanted(), &table, asked.is_admin())))
}

async fn find(visit: &mut Visit<'_>) -> Result<Partner> {
    let id: PartnerId = visit.asked.read_id()?;
    visit.tx.partner(id).await?.ok_or_else(|| Error::new(Code::NotFound, ""))
}

pub(super) async fn new(visit: Visit<'_>) -> Result<Answer> {
    let groups = visit.tx.groups(newest(ROWS_MAX)).await?;
    Ok(Answer::page(visit.asked.shell, &page::edit(visit.asked.shell, None, &groups, visit.asked.sent())))
}

/// The fields of the form; a name that is missing is an empty one.
fn fields(asked: &Asked<'_>) -> Map<String, serde_json::Value> {
    let mut fields = asked.fields(FIELDS);
    fields.insert("name".into(), json!(asked.field("name")));
    if asked.form.iter().any(|(name, _)| name == ALIASES) {
        let lines = asked.field(ALIASES).lines().map(str::trim).filter(|line| !line.is_empty());
        fields.insert(ALIASES.into(), json!(lines.collect::<Vec<_>>()));
    }
    fields
}

/// What is wrong with one of the other names is said where all of them stand.
fn of_the_form(mut error: Error) -> Error {
    for problem in &mut error.fields {
        if problem.field.starts_with(ALIASES) {
            ALIASES.clone_into(&mut problem.field);
        }
    }
    error
}

pub(super) async fn create(mut visit: Visit<'_>) -> Result<Answer> {
    let fields = fields(visit.asked);
    let made = visit.api(&Method::POST, "/partners", fields).await.map_err(of_the_form)?;
    Ok(Answer::go(format!("/admin/partners/{}?done=saved", made["id"].as_str().unwrap_or_default())))
}

pub(super) async fn show(mut visit: Visit<'_>) -> Result<Answer> {
    let partner = find(&mut visit).await?;
    let (asked, tx) = (visit.asked, visit.tx);
    let groups = tx.groups(newest(ROWS_MAX)).await?;
    let filter = LinkFilter { partner_id: Some(partner.id), ..LinkFilter::default() };
    let (_, mut links) = links::table(tx, asked, &filter).await?;
    let narrow = Narrow { partner_id: Some(partner.id), ..Narrow::default() };
    let summary = overview::of(tx, asked, &narrow).await?.summary(asked.shell, &asked.wanted(), asked.at);
    let mut codes = codes::table(tx, asked, &CodeFilter { partner_id: Some(partner.id), ..CodeFilter::default() }).await?;
    let w = asked.shell.words::<Promotion>();
    if partner.status == Status::Disabled {
        links.empty = empty(w.partner_rests, None);
        codes.empty = empty(w.partner_rests, None);
    } else if asked.is_admin() {
        codes.empty = empty(w.no_codes, Some((&format!("/admin/codes?partner_id={}", partner.id), w.new_code)));
    }
    let credits = credits(tx, asked, &partner).await?;
    let users = users(tx, asked, &partner).await?;
    let notes = notes::part(tx, asked, partner.id).await?;
    let group = groups.iter().find(|group| Some(group.id) == partner.group_id);
    let (links, codes) = (links.without(&["partner"]), codes.without(&["partner"]));
    let tables = [&credits, &links, &codes, &users];
    let journeys = asked.of_the_period("/admin/journeys", &[("partner_id", &partner.id.to_string())]);
    Ok(asked.show(&tables, || {
        let mut parts = summary;
        parts.extend(tables.map(|table| table.html(&asked.shell.reader, &asked.wanted())));
        parts.push(notes);
        page::show(asked.shell, &partner, group, &journeys, parts)
    }))
}

/// Who signs in for a partner.
async fn users(tx: &mut Tx, asked: &Asked<'_>, partner: &Partner) -> Result<Table> {
    let (accounts, seen) = (tx.users_of(partner.id).await?, tx.users_seen(partner.id).await?);
    let (t, invite) = (asked.shell.texts(), invite_path(partner.id));
    let may_invite = asked.is_admin() && partner.status == Status::Active;
    let empty = empty(t.no_users_of_partner, may_invite.then_some((invite.as_str(), t.invite_user)));
    let listed: Vec<Listed<'_>> = accounts.iter().map(users::listed).collect();
    Ok(of_partner(asked.shell, &listed, &seen, empty))
}

/// The latest conversions that were credited to a partner.
async fn credits(tx: &mut Tx, asked: &Asked<'_>, partner: &Partner) -> Result<Table> {
    let period = Period { from: asked.at - LATEST_DAYS * DAY_MS, to: asked.at + DAY_MS };
    let narrow = Narrow { partner_id: Some(partner.id), ..Narrow::default() };
    let rows = tx.conversions_in(period, &narrow, LATEST_ROWS).await?;
    Ok(page::credits(asked.shell, partner.id, &rows))
}

pub(super) async fn edit(mut visit: Visit<'_>) -> Result<Answer> {
    let partner = find(&mut visit).await?;
    let groups = visit.tx.groups(newest(ROWS_MAX)).await?;
    Ok(Answer::page(visit.asked.shell, &page::edit(visit.asked.shell, Some(&partner), &groups, visit.asked.sent())))
}

pub(super) async fn save(mut visit: Visit<'_>) -> Result<Answer> {
    let fields = fields(visit.asked);
    change(&mut visit, fields, "saved").await
}

pub(super) async fn disable(mut visit: Visit<'_>) -> Result<Answer> {
    change(&mut visit, Map::from_iter([("status".to_owned(), json!("disabled"))]), "disabled").await
}

pub(super) async fn enable(mut visit: Visit<'_>) -> Result<Answer> {
    change(&mut visit, Map::from_iter([("status".to_owned(), json!("active"))]), "enabled").await
}

async fn change(visit: &mut Visit<'_>, fields: Map<String, serde_json::Value>, done: &str) -> Result<Answer> {
    let path = format!("/partners/{}", visit.asked.read_id::<PartnerId>()?);
    visit.api(&Method::PATCH, &path, fields).await.map_err(of_the_form)?;
    Ok(Answer::go(format!("/admin{path}?done={done}")))
}
