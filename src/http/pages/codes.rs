//! Referral codes: list, mint, show, change, switch off.

use hyper::Method;
use serde_json::{Map, Value, json};

use crate::domain::id::CodeId;
use crate::domain::link::ReferralCode;
use crate::domain::time::DAY_MS;
use crate::error::{Code, Error, Problems, Result};
use crate::http::pages::answer::Answer;
use crate::http::pages::asked::{Asked, ROWS_MAX, Visit, newest, together};
use crate::pages::codes as page;
use crate::pages::evidence::{self, Names};
use crate::pages::table::{self, Table};
use crate::pages::texts::{Promotion, fill};
use crate::store::{CodeFilter, Named, Narrow, PartnerFilter, Period, Tx};

/// Days of conversions on the page of a code, and how many of them.
const LATEST_DAYS: i64 = 365;
const LATEST_ROWS: i64 = 50;

async fn names(tx: &mut Tx, codes: &[ReferralCode]) -> Result<Names> {
    let mut names = tx.names(Named::Partner, codes.iter().map(|code| code.partner_id.uuid())).await?;
    let campaigns = codes.iter().filter_map(|code| Some(code.campaign_id?.uuid()));
    names.extend(tx.names(Named::Campaign, campaigns).await?);
    Ok(names)
}

/// The codes of a filter, as a table.
pub(super) async fn table(tx: &mut Tx, asked: &Asked<'_>, filter: &CodeFilter) -> Result<Table> {
    let codes = tx.codes(filter, newest(ROWS_MAX)).await?;
    let figures = if codes.is_empty() { Default::default() } else { tx.code_figures(asked.of_late()).await? };
    Ok(page::table(asked.shell, &codes, &names(tx, &codes).await?, &figures))
}

pub(super) async fn list(visit: Visit<'_>) -> Result<Answer> {
    let (asked, tx) = (visit.asked, visit.tx);
    let filter =
        CodeFilter { partner_id: asked.param("partner_id"), campaign_id: asked.param("campaign_id"), ..CodeFilter::default() };
    let mut table = table(tx, asked, &filter).await?;
    let mint = match asked.is_admin() {
        false => None,
        true => {
            let partners = tx.partners(&PartnerFilter::default(), newest(ROWS_MAX)).await?;
            let campaigns = tx.campaigns(newest(ROWS_MAX)).await?;
            let chosen = filter.partner_id.map(|id| id.to_string()).unwrap_or_default();
            let (t, w) = (asked.shell.texts(), asked.shell.words::<Promotion>());
            match partners.is_empty() {
                true => {
                    table.empty = table::empty(w.no_partner_for_code, Some(("/admin/partners/new", t.new_partner)));
                    None
                }
                false => Some(page::mint(asked.shell, &partners, &campaigns, &chosen, asked.sent())),
            }
        }
    };
    Ok(asked.show(&[&table], || page::list(asked.shell, &asked.wanted(), &table, mint)))
}

pub(super) async fn create(mut visit: Visit<'_>) -> Result<Answer> {
    let (asked, mut unread) = (visit.asked, Problems::default());
    let mut fields = asked.fields(&["code", "campaign_id"]);
    asked.choose_partner(&mut fields, &mut unread, asked.shell.texts().choose_whose);
    let made = together(unread, visit.api(&Method::POST, "/codes", fields).await)?;
    Ok(Answer::go(format!("/admin/codes/{}?done=code_minted", made["id"].as_str().unwrap_or_default())))
}

async fn find(visit: &mut Visit<'_>) -> Result<ReferralCode> {
    let id: CodeId = visit.asked.read_id()?;
    visit.tx.code(id).await?.ok_or_else(|| Error::new(Code::NotFound, ""))
}

pub(super) async fn show(mut visit: Visit<'_>) -> Result<Answer> {
    let code = find(&mut visit).await?;
    let (asked, tx) = (visit.asked, visit.tx);
    let names = names(tx, std::slice::from_ref(&code)).await?;
    let period = Period { from: asked.at - LATEST_DAYS * DAY_MS, to: asked.at + DAY_MS };
    let narrow = Narrow { code: Some(code.code.clone()), ..Narrow::default() };
    let rows = tx.conversions_in(period, &narrow, LATEST_ROWS).await?;
    let earners = rows.iter().flat_map(|row| &row.credits).map(|credit| credit.partner_id.uuid());
    let earners = tx.names(Named::Partner, earners.collect::<std::collections::HashSet<_>>()).await?;
    let w = asked.shell.words::<Promotion>();
    let empty = table::empty(&fill(w.code_unused, &[&LATEST_DAYS.to_string()]), None);
    let table = Table { title: w.code_sales.into(), empty, ..evidence::conversions(asked.shell, &rows, &earners, None) };
    let latest = table.html(&asked.shell.reader, &asked.wanted());
    Ok(asked.show(&[&table], || page::show(asked.shell, &code, &names, latest, asked.is_admin())))
}

pub(super) async fn edit(mut visit: Visit<'_>) -> Result<Answer> {
    let code = find(&mut visit).await?;
    let campaigns = visit.tx.campaigns(newest(ROWS_MAX)).await?;
    Ok(Answer::page(visit.asked.shell, &page::edit(visit.asked.shell, &code, &campaigns, visit.asked.sent())))
}

pub(super) async fn save(mut visit: Visit<'_>) -> Result<Answer> {
    let fields = visit.asked.fields(&["campaign_id"]);
    change(&mut visit, fields, "saved").await
}

pub(super) async fn disable(mut visit: Visit<'_>) -> Result<Answer> {
    change(&mut visit, Map::from_iter([("status".to_owned(), json!("disabled"))]), "disabled").await
}

pub(super) async fn enable(mut visit: Visit<'_>) -> Result<Answer> {
    change(&mut visit, Map::from_iter([("status".to_owned(), json!("active"))]), "enabled").await
}

async fn change(visit: &mut Visit<'_>, fields: Map<String, Value>, done: &str) -> Result<Answer> {
    let path = format!("/codes/{}", visit.asked.read_id::<CodeId>()?);
    visit.api(&Method::PATCH, &path, fields).await?;
    Ok(Answer::go(format!("/admin{path}?done={done}")))
}
