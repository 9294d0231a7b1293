//! Campaigns: list, make, show, change, remove.

use std::collections::BTreeSet;

use hyper::Method;
use serde_json::{Map, Value, json};

use crate::domain::id::CampaignId;
use crate::domain::partner::Campaign;
use crate::domain::report::GroupBy;
use crate::error::{Code, Error, Result};
use crate::http::pages::answer::Answer;
use crate::http::pages::asked::{Asked, ROWS_MAX, Visit, newest};
use crate::http::pages::program::sure;
use crate::http::pages::{codes, links, overview};
use crate::pages::campaigns::{self as page, Suggestions};
use crate::pages::texts::Promotion;
use crate::pages::texts::program::Program;
use crate::store::{CodeFilter, LinkFilter, Narrow, Tx};

/// Links whose values are suggested for others, and how many of each parameter.
const SUGGESTING: i64 = 500;
const SUGGESTED_MAX: usize = 30;
const UTM: [&str; 5] = ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"];

/// Values that newer links have; a partner is told of its own only.
pub(super) async fn suggestions(tx: &mut Tx, asked: &Asked<'_>) -> Result<Suggestions> {
    let filter = LinkFilter { partner_id: asked.own(), ..LinkFilter::default() };
    let links = tx.links(&filter, newest(SUGGESTING)).await?;
    let values = |wanted| links.iter().flat_map(|link| link.utm.pairs()).filter(move |(name, _)| *name == wanted);
    let distinct = |name| values(name).map(|(_, value)| value.to_owned()).collect::<BTreeSet<_>>();
    Ok(UTM.into_iter().map(|name| (name, distinct(name).into_iter().take(SUGGESTED_MAX).collect())).collect())
}

/// The UTM fields of a form as the API calls them; empty where the form has none.
pub(super) fn utm(asked: &Asked<'_>) -> Map<String, Value> {
    let utm = asked.fields(&UTM).into_iter().map(|(name, value)| (name.replace("utm_", ""), value));
    utm.collect()
}

/// What is wrong, with the UTM fields called as forms do.
pub(super) fn as_forms_call_them(mut error: Error) -> Error {
    error.fields.iter_mut().for_each(|problem| problem.field = problem.field.replace("utm.", "utm_"));
    error
}

fn fields(asked: &Asked<'_>) -> Map<String, Value> {
    Map::from_iter([("name".to_owned(), json!(asked.field("name"))), ("utm".to_owned(), Value::Object(utm(asked)))])
}

pub(super) async fn list(visit: Visit<'_>) -> Result<Answer> {
    let (asked, tx) = (visit.asked, visit.tx);
    let campaigns = tx.campaigns(newest(ROWS_MAX)).await?;
    let figures = tx.figures(GroupBy::Campaign, asked.period().1, &Narrow::default()).await?;
    let table = page::table(asked.shell, &campaigns, &figures);
    Ok(asked.show(&[&table], || page::list(asked.shell, &asked.wanted(), &table, asked.is_admin())))
}

pub(super) async fn new(visit: Visit<'_>) -> Result<Answer> {
    let suggestions = suggestions(visit.tx, visit.asked).await?;
    Ok(Answer::page(visit.asked.shell, &page::edit(visit.asked.shell, None, &suggestions, visit.asked.sent())))
}

pub(super) async fn create(mut visit: Visit<'_>) -> Result<Answer> {
    let fields = fields(visit.asked);
    let made = visit.api(&Method::POST, "/campaigns", fields).await.map_err(as_forms_call_them)?;
    Ok(Answer::go(format!("/admin/campaigns/{}?done=saved", made["id"].as_str().unwrap_or_default())))
}

async fn find(visit: &mut Visit<'_>) -> Result<Campaign> {
    let id: CampaignId = visit.asked.read_id()?;
    visit.tx.campaign(id).await?.ok_or_else(|| Error::new(Code::NotFound, ""))
}

pub(super) async fn show(mut visit: Visit<'_>) -> Result<Answer> {
    let campaign = find(&mut visit).await?;
    let (asked, tx) = (visit.asked, visit.tx);
    let narrow = Narrow { campaign_id: Some(campaign.id), ..Narrow::default() };
    let mut figures = overview::of(tx, asked, &narrow).await?;
    figures.partners = tx.figures(GroupBy::Partner, asked.period().1, &narrow).await?;
    let earned = figures.partners_table(asked.shell);
    let (_, links) = links::table(tx, asked, &LinkFilter { campaign_id: Some(campaign.id), ..LinkFilter::default() }).await?;
    let codes = codes::table(tx, asked, &CodeFilter { campaign_id: Some(campaign.id), ..CodeFilter::default() }).await?;
    let (links, codes) = (links.without(&["campaign"]), codes.without(&["campaign"]));
    let tables = [&earned, &links, &codes];
    Ok(asked.show(&tables, || {
        let mut parts = figures.summary(asked.shell, &asked.wanted(), asked.at);
        parts.extend(tables.map(|table| table.html(&asked.shell.reader, &asked.wanted())));
        page::show(asked.shell, &campaign, parts, asked.is_admin())
    }))
}

pub(super) async fn edit(mut visit: Visit<'_>) -> Result<Answer> {
    let campaign = find(&mut visit).await?;
    let suggestions = suggestions(visit.tx, visit.asked).await?;
    let shell = visit.asked.shell;
    Ok(Answer::page(shell, &page::edit(shell, Some(&campaign), &suggestions, visit.asked.sent())))
}

pub(super) async fn save(mut visit: Visit<'_>) -> Result<Answer> {
    let (fields, path) = (fields(visit.asked), format!("/campaigns/{}", visit.asked.read_id::<CampaignId>()?));
    visit.api(&Method::PATCH, &path, fields).await.map_err(as_forms_call_them)?;
    Ok(Answer::go(format!("/admin{path}?done=saved")))
}

pub(super) async fn ask_remove(mut visit: Visit<'_>) -> Result<Answer> {
    let campaign = find(&mut visit).await?;
    let (w, t): (&Promotion, &Program) = (visit.asked.shell.words(), visit.asked.shell.words());
    let up = format!("/admin/campaigns/{}", campaign.id);
    Ok(sure(visit.asked, &campaign.name, w.remove_campaign, t.sure_remove, up, t.remove))
}

pub(super) async fn remove(mut visit: Visit<'_>) -> Result<Answer> {
    let path = format!("/campaigns/{}", visit.asked.read_id::<CampaignId>()?);
    let used = visit.asked.shell.words::<Promotion>().campaign_used;
    visit.api(&Method::DELETE, &path, Map::new()).await.map_err(|why| match why.code {
        Code::Conflict => Error::new(Code::Conflict, used),
        _ => why,
    })?;
    Ok(Answer::go("/admin/campaigns?done=removed"))
}
