//! Drafts: write, try, publish, throw away.

use hyper::Method;
use serde_json::{Map, Value};

use crate::domain::id::{DraftId, LinkId, PolicyId};
use crate::domain::link::slug_key;
use crate::domain::policy::{Draft, Policy, Rules};
use crate::domain::time::DAY_MS;
use crate::domain::whatif::Simulation;
use crate::error::{Code, Error, Problems, Result};
use crate::http::api;
use crate::http::api::drafts::hindrances;
use crate::http::api::simulate::simulation;
use crate::http::pages::answer::Answer;
use crate::http::pages::asked::{Asked, Visit, newest, together};
use crate::http::pages::policies::{Tried, actors_of, named};
use crate::http::pages::program::sure;
use crate::pages::Html;
use crate::pages::confirm::warning;
use crate::pages::evidence::EVENTS;
use crate::pages::policies::fields::{self, Fields, Subject};
use crate::pages::policies::form::{self, Around, OFFERED_MAX};
use crate::pages::policies::publish::{self as ask, Consequences};
use crate::pages::policies::{self as page, UNSEEN_DAYS, draft_href};
use crate::pages::reader::once;
use crate::pages::texts::policies::Policies;
use crate::store::{LinkFilter, Named, Narrow, PartnerFilter, Period, PolicyFilter, Tx};

/// Links that one form leaves out by their endings.
const SLUGS_MAX: usize = 100;
/// Conversions on which a draft is tried before somebody is asked: less than a second's work.
const TRIED_MAX: i64 = 2_000;
const MONTH_MS: i64 = 30 * DAY_MS;
/// Conversions that are counted before somebody is asked.
const COUNTED_MAX: i64 = 50_000;

/// A draft, or the way to the version that it became: who goes back to a form of it after publishing is told so.
enum Found {
    Draft(Box<Draft>),
    Published(Answer),
}

async fn find(tx: &mut Tx, asked: &Asked<'_>) -> Result<Found> {
    let id: DraftId = asked.read_id()?;
    if let Some(draft) = tx.draft(id).await? {
        return Ok(Found::Draft(Box::new(draft)));
    }
    let version = tx.published_as(id).await?.ok_or_else(|| Error::new(Code::NotFound, ""))?;
    Ok(Found::Published(Answer::go(format!("/admin/policies/{version}?done=published_before"))))
}

/// The form with what is to stand in it: what was sent and did not fit, else the rules.
async fn shown(tx: &mut Tx, asked: &Asked<'_>, action: &str, subject: &Subject<'_>) -> Result<Html> {
    let offered = OFFERED_MAX as i64;
    let kinds = tx.kinds().await?;
    let mut partners = tx.partners(&PartnerFilter::default(), newest(offered)).await?;
    partners.sort_by_key(|partner| partner.name.to_lowercase());
    let mut campaigns = tx.campaigns(newest(offered)).await?;
    campaigns.sort_by_key(|campaign| campaign.name.to_lowercase());
    let mut groups = tx.groups(newest(offered)).await?;
    groups.sort_by_key(|group| group.name.to_lowercase());
    let links = tx.names(Named::Link, subject.rules.exclude.links.iter().map(|id| id.uuid())).await?;
    let stands: Fields = match asked.problems.is_empty() {
        true => fields::of(subject, &asked.shell.reader, &links),
        false => asked.form.to_vec(),
    };
    let events = known_events(tx, asked).await?;
    let around = Around { kinds: &kinds, partners: &partners, campaigns: &campaigns, groups: &groups, events: &events };
    Ok(form::html(asked.shell, action, &stands, asked.problems, &around))
}

pub(in crate::http::pages) async fn new(visit: Visit<'_>) -> Result<Answer> {
    let (asked, tx) = (visit.asked, visit.tx);
    let from: Option<PolicyId> = asked.param("from");
    let begun: Option<Policy> = match from {
        Some(id) => tx.policy(id).await?,
        None => None,
    };
    let rules = Rules::default();
    let blank = Subject { name: "", applies_from: None, rules: &rules };
    let subject = begun.as_ref().map_or(blank, Subject::from);
    let form = shown(tx, asked, "/admin/policies/drafts", &subject).await?;
    Ok(Answer::page(asked.shell, &page::edit(asked.shell, None, form)))
}

pub(in crate::http::pages) async fn edit(visit: Visit<'_>) -> Result<Answer> {
    let (asked, tx) = (visit.asked, visit.tx);
    let draft = match find(tx, asked).await? {
        Found::Draft(draft) => *draft,
        Found::Published(elsewhere) => return Ok(elsewhere),
    };
    let form = shown(tx, asked, &draft_href(&draft), &Subject::from(&draft)).await?;
    Ok(Answer::page(asked.shell, &page::edit(asked.shell, Some(&draft), form)))
}

/// What the API takes, out of the form, and what of it cannot be read.
async fn body(tx: &mut Tx, asked: &Asked<'_>) -> Result<(Map<String, Value>, Problems)> {
    let sent: Fields = asked.form.to_vec();
    let slugs = fields::slugs(&sent);
    if slugs.len() > SLUGS_MAX {
        return Err(Error::invalid("exclude.links", format!("must be at most {SLUGS_MAX} endings; name others by their ids")));
    }
    let mut links: Vec<(String, LinkId)> = Vec::new();
    for slug in slugs {
        let filter = LinkFilter { slug: Some(slug_key(&slug)), ..LinkFilter::default() };
        let found = tx.links(&filter, newest(1)).await?.pop();
        links.extend(found.map(|link| (slug, link.id)));
    }
    Ok(fields::body(&sent, &asked.shell.reader, &links))
}

/// The form has no word for the level at which the API keeps the rules.
fn as_the_form_says(mut error: Error) -> Error {
    for problem in &mut error.fields {
        problem.field = problem.field.strip_prefix("rules.").unwrap_or(&problem.field).to_owned();
    }
    error
}

pub(in crate::http::pages) async fn create(mut visit: Visit<'_>) -> Result<Answer> {
    let (body, unread) = body(visit.tx, visit.asked).await?;
    let made = visit.api(&Method::POST, "/policy-drafts", body).await.map_err(as_the_form_says);
    let made = together(unread, made)?;
    Ok(Answer::go(format!("/admin/policies/drafts/{}?done=saved", made["id"].as_str().unwrap_or_default())))
}

pub(in crate::http::pages) async fn save(mut visit: Visit<'_>) -> Result<Answer> {
    let draft = match find(visit.tx, visit.asked).await? {
        Found::Draft(draft) => *draft,
        Found::Published(elsewhere) => return Ok(elsewhere),
    };
    let (body, unread) = body(visit.tx, visit.asked).await?;
    let path = format!("/policy-drafts/{}", draft.id);
    together(unread, visit.api(&Method::PATCH, &path, body).await.map_err(as_the_form_says))?;
    Ok(Answer::go(format!("{}?done=saved", draft_href(&draft))))
}

/// The events that every program knows, and those of the conversions of late.
async fn known_events(tx: &mut Tx, asked: &Asked<'_>) -> Result<Vec<String>> {
    let mut known = EVENTS.map(str::to_owned).to_vec();
    let of_late = Period { from: (asked.at - UNSEEN_DAYS * DAY_MS).day(), to: asked.at + 1 };
    known.extend(tx.events(of_late, &Narrow::default()).await?.into_keys());
    once(&mut known);
    Ok(known)
}

/// What is to be said of the events of these rules.
fn unseen(asked: &Asked<'_>, rules: &Rules, known: &[String]) -> Option<String> {
    page::unseen(asked.shell, rules.filters.events.as_deref().unwrap_or_default(), known)
}

pub(in crate::http::pages) async fn draft(visit: Visit<'_>) -> Result<Answer> {
    let (asked, tx) = (visit.asked, visit.tx);
    let draft = match find(tx, asked).await? {
        Found::Draft(draft) => *draft,
        Found::Published(elsewhere) => return Ok(elsewhere),
    };
    let named = named(tx, &draft.rules).await?;
    let actors = actors_of(tx, [draft.created_by.as_str(), draft.changed_by.as_str()]).await?;
    let known = known_events(tx, asked).await?;
    let tried = Tried::of(tx, asked, &draft.rules, Some(&draft.name)).await?;
    Ok(asked.show(&tried.tables(), || {
        let mut first: Vec<Html> = unseen(asked, &draft.rules, &known).map(|said| warning(&said)).into_iter().collect();
        first.extend(tried.parts(asked, &draft.rules));
        page::draft(asked.shell, &draft, &named, &actors, first, asked.is_admin())
    }))
}

/// What the draft would change of the newest conversions of the last 30 days; nothing where that is not to be told at once.
async fn outlook(tx: &mut Tx, asked: &Asked<'_>, draft: &Draft) -> Result<Option<Simulation>> {
    if !page::can_simulate(&draft.rules) || draft.rules.model.is_data_driven() {
        return Ok(None);
    }
    let month = Period { from: asked.at - MONTH_MS, to: asked.at };
    let from = tx.newest_since(month, TRIED_MAX).await?.unwrap_or(month.from);
    let (rules, name) = (draft.rules.clone(), Some(draft.name.clone()));
    match simulation(tx, asked.app, asked.at, rules, name, Period { from, ..month }).await {
        Ok(simulation) => Ok(Some(simulation)),
        // What does not fit is said when it is published.
        Err(error) if [Code::Invalid, Code::TooManyRequests].contains(&error.code) => Ok(None),
        Err(error) => Err(error),
    }
}

pub(in crate::http::pages) async fn confirm_publish(visit: Visit<'_>) -> Result<Answer> {
    let (asked, tx) = (visit.asked, visit.tx);
    let draft = match find(tx, asked).await? {
        Found::Draft(draft) => *draft,
        Found::Published(elsewhere) => return Ok(elsewhere),
    };
    let applies_from = draft.applies_from.unwrap_or(asked.at);
    let book = tx.rule_book().await?;
    let replaced = book.in_force(applies_from).find(|version| version.name == draft.name).map(|version| version.id);
    let replaces = match replaced {
        Some(id) => tx.policy(id).await?,
        None => None,
    };
    let filter = PolicyFilter { name: Some(draft.name.clone()) };
    let version = tx.policies(&filter, newest(1)).await?.first().map_or(1, |policy| policy.version + 1);
    let period = Period { from: applies_from.min(asked.at), to: asked.at };
    let (count, beyond) = tx.count_conversions(period, COUNTED_MAX).await?;
    let refused = Error::from(Problems::of(hindrances(tx, &draft, applies_from).await?));
    let refused = as_the_form_says(refused).fields;
    let (outlook, events) = (outlook(tx, asked, &draft).await?, known_events(tx, asked).await?);
    let known = Consequences {
        version,
        replaces: replaces.as_ref(),
        conversions: (count, beyond.is_some()),
        refused,
        unseen: unseen(asked, &draft.rules, &events),
        outlook,
        now: asked.at,
    };
    Ok(Answer::page(asked.shell, &ask::page(asked.shell, &draft, &known, asked.sent())))
}

/// The model may learn for minutes first, so no transaction is open meanwhile.
pub(in crate::http::pages) async fn publish(asked: &Asked<'_>) -> Result<Answer> {
    let (app, id) = (asked.app, asked.read_id::<DraftId>()?);
    if let Found::Published(elsewhere) = find(&mut app.store.read().await?, asked).await? {
        return Ok(elsewhere);
    }
    let path = format!("/policy-drafts/{id}/publish");
    let studied = api::study(app, asked.by(), &Method::POST, &path, &Value::Object(Map::new())).await;
    let studied = studied.map_err(as_the_form_says)?;
    let mut tx = app.store.write().await?;
    let made = studied.apply(&mut tx).await?;
    tx.commit().await?;
    if let Err(why) = app.catch_up().await {
        tracing::warn!("a change is stored but not yet in memory: {why}");
    }
    Ok(Answer::go(format!("/admin/policies/{}?done=published", made["id"].as_str().unwrap_or_default())))
}

pub(in crate::http::pages) async fn confirm_remove(visit: Visit<'_>) -> Result<Answer> {
    let (asked, tx) = (visit.asked, visit.tx);
    let draft = match find(tx, asked).await? {
        Found::Draft(draft) => *draft,
        Found::Published(elsewhere) => return Ok(elsewhere),
    };
    let t: &Policies = asked.shell.words();
    Ok(sure(asked, &draft.name, t.remove_draft_sure, t.remove_draft, draft_href(&draft), t.remove_draft))
}

pub(in crate::http::pages) async fn remove(mut visit: Visit<'_>) -> Result<Answer> {
    let path = format!("/policy-drafts/{}", visit.asked.read_id::<DraftId>()?);
    visit.api(&Method::DELETE, &path, Map::new()).await?;
    Ok(Answer::go(format!("{}?done=removed", page::POLICIES)))
}
