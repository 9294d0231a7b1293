//! Touchpoints that people enter: for a deal, corrected, taken back.

use hyper::Method;
use serde_json::{Map, Value, json};

use crate::domain::id::{DealId, TouchpointId};
use crate::domain::touchpoint::Touchpoint;
use crate::domain::verdict::Verdict;
use crate::error::{Code, Error, Problems, Result};
use crate::http::pages::answer::Answer;
use crate::http::pages::asked::{ROWS_MAX, Visit, newest, together};
use crate::http::pages::deals::moment;
use crate::http::pages::program::sure;
use crate::pages::offline::{Around, edit_href};
use crate::pages::texts::program::Program;
use crate::pages::texts::{Called, Deals};
use crate::store::{PartnerFilter, Tx};

const FIELDS: &[&str] = &["kind", "partner_id", "note"];

/// What a form of them chooses among.
pub(super) async fn around(tx: &mut Tx) -> Result<Around> {
    let partners = tx.partners(&PartnerFilter::default(), newest(ROWS_MAX)).await?;
    Ok(Around { kinds: tx.offline_kinds().await?, partners })
}

pub(super) async fn enter(mut visit: Visit<'_>) -> Result<Answer> {
    let (asked, deal, mut unread) = (visit.asked, visit.asked.read_id::<DealId>()?, Problems::default());
    let mut fields = asked.fields(FIELDS);
    fields.insert("deal_id".into(), json!(deal));
    fields.insert("occurred_at".into(), json!(moment(asked, "occurred_at", true, &mut unread)));
    together(unread, visit.api(&Method::POST, "/touchpoints", fields).await)?;
    Ok(Answer::go(format!("/admin/deals/{deal}?done=saved#touchpoints")))
}

/// One that can still be corrected.
async fn find(visit: &mut Visit<'_>) -> Result<Touchpoint> {
    let id: TouchpointId = visit.asked.read_id()?;
    let is_there = |touch: &Touchpoint| touch.verdict != Verdict::Withdrawn;
    visit.tx.touchpoint(id).await?.filter(is_there).ok_or_else(|| Error::new(Code::NotFound, ""))
}

/// Where it is looked at: its path and name.
async fn up(visit: &mut Visit<'_>, touch: &Touchpoint) -> Result<(String, String)> {
    let deal = match touch.deal_id {
        Some(deal) => visit.tx.deal(deal).await?,
        None => None,
    };
    let all = ("/admin/touchpoints".to_owned(), visit.asked.shell.texts().touchpoints.to_owned());
    Ok(deal.map_or(all, |deal| (format!("/admin/deals/{}", deal.id), deal.name)))
}

pub(super) async fn edit(mut visit: Visit<'_>) -> Result<Answer> {
    let touch = find(&mut visit).await?;
    let (up, around, shell) = (up(&mut visit, &touch).await?, around(visit.tx).await?, visit.asked.shell);
    Ok(Answer::page(shell, &around.edit(shell, &touch, up, visit.asked.sent())))
}

pub(super) async fn save(mut visit: Visit<'_>) -> Result<Answer> {
    let fields = visit.asked.fields(FIELDS);
    change(&mut visit, Method::PATCH, fields, "saved").await
}

pub(super) async fn ask_remove(mut visit: Visit<'_>) -> Result<Answer> {
    let touch = find(&mut visit).await?;
    let (w, t): (&Deals, &Program) = (visit.asked.shell.words(), visit.asked.shell.words());
    let kind = visit.asked.shell.words::<Called>().kind(&touch.kind);
    Ok(sure(visit.asked, &kind, w.take_back_sure, t.take_back, edit_href(touch.id), t.take_back))
}

pub(super) async fn remove(mut visit: Visit<'_>) -> Result<Answer> {
    change(&mut visit, Method::DELETE, Map::new(), "removed").await
}

async fn change(visit: &mut Visit<'_>, method: Method, fields: Map<String, Value>, done: &str) -> Result<Answer> {
    let touch = find(visit).await?;
    visit.api(&method, &format!("/touchpoints/{}", touch.id), fields).await?;
    Ok(Answer::go(format!("{}?done={done}", up(visit, &touch).await?.0)))
}
