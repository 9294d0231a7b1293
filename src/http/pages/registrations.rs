//! Deal registrations: what is to decide, and the partner's own side.

use hyper::Method;
use serde_json::{Map, Value, json};

use crate::domain::deal::{Deal, DealStatus};
use crate::domain::id::RegistrationId;
use crate::domain::registration::Registration;
use crate::error::{Code, Error, Problems, Result};
use crate::http::pages::answer::Answer;
use crate::http::pages::asked::{Asked, ROWS_MAX, Visit, newest, together};
use crate::http::pages::deals::money;
use crate::pages::evidence::Names;
use crate::pages::form::Sent;
use crate::pages::registrations::{self as page, Decision, Whole};
use crate::store::{DealSearch, Named, RegistrationFilter, Tx};

/// Deals that an approval may choose from, the newest.
const DEALS_MAX: i64 = 200;

async fn names(tx: &mut Tx, rows: &[Registration]) -> Result<Names> {
    tx.names(Named::Partner, rows.iter().map(|row| row.partner_id.uuid())).await
}

pub(super) async fn list(visit: Visit<'_>) -> Result<Answer> {
    let (asked, tx) = (visit.asked, visit.tx);
    let rows = tx.registrations(&RegistrationFilter::default(), newest(ROWS_MAX)).await?;
    let pending = tx.registrations_to_decide(ROWS_MAX).await?;
    let pending: Vec<Registration> = pending.into_iter().filter(|one| one.holds(asked.at)).collect();
    let mut names = names(tx, &rows).await?;
    names.extend(self::names(tx, &pending).await?);
    let table = |id, rows: &[Registration], nothing| page::table(asked.shell, id, rows, &names, asked.at, nothing);
    let pending = table("pending", &pending, page::nothing(asked.shell, true));
    let all = table("registrations", &rows, page::nothing(asked.shell, false));
    Ok(asked.show(&[&pending, &all], || page::list(asked.shell, &asked.wanted(), &[&pending, &all])))
}

pub(super) async fn own(visit: Visit<'_>) -> Result<Answer> {
    let (asked, tx) = (visit.asked, visit.tx);
    let filter = RegistrationFilter { partner_id: Some(partner(asked)?), ..RegistrationFilter::default() };
    let rows = tx.registrations(&filter, newest(ROWS_MAX)).await?;
    let nothing = page::nothing(asked.shell, false);
    let table = page::table(asked.shell, "registrations", &rows, &Names::new(), asked.at, nothing);
    Ok(asked.show(&[&table], || page::list(asked.shell, &asked.wanted(), &[&table])))
}

fn partner(asked: &Asked<'_>) -> Result<crate::domain::id::PartnerId> {
    asked.own().ok_or_else(|| Error::new(Code::NotFound, ""))
}

async fn find(visit: &mut Visit<'_>) -> Result<Registration> {
    let id: RegistrationId = visit.asked.read_id()?;
    visit.tx.registration(id).await?.ok_or_else(|| Error::new(Code::NotFound, ""))
}

async fn deal_of(tx: &mut Tx, registration: &Registration) -> Result<Option<Deal>> {
    match registration.deal_id {
        Some(id) => tx.deal(id).await,
        None => Ok(None),
    }
}

pub(super) async fn show(mut visit: Visit<'_>) -> Result<Answer> {
    let registration = find(&mut visit).await?;
    let (asked, tx) = (visit.asked, visit.tx);
    let company = tx.registrations_of(&registration.account, registration.domain.as_deref()).await?;
    let mut names = names(tx, &company).await?;
    names.extend(self::names(tx, std::slice::from_ref(&registration)).await?);
    let events = tx.registration_events(registration.id).await?;
    let deal = deal_of(tx, &registration).await?;
    let open = DealSearch { status: Some(DealStatus::Open), ..DealSearch::default() };
    let (deals, stages) = (tx.deals_opened(&open, DEALS_MAX).await?, tx.stages().await?);
    let sent = match asked.path.ends_with("/reject") {
        true => (Sent::default(), asked.sent()),
        false => (asked.sent(), Sent::default()),
    };
    let decision = Decision { deals: &deals, stages: &stages, claim_days: asked.app.claim_days, sent };
    let decision = asked.is_admin().then_some(&decision);
    let whole = Whole {
        registration: &registration,
        events: &events,
        company: &company,
        names: &names,
        deal: deal.as_ref(),
        now: asked.at,
    };
    Ok(Answer::page(asked.shell, &whole.content(asked.shell, decision)))
}

pub(super) async fn show_own(mut visit: Visit<'_>) -> Result<Answer> {
    let registration = find(&mut visit).await?;
    let (asked, tx) = (visit.asked, visit.tx);
    let events = tx.registration_events(registration.id).await?;
    let deal = deal_of(tx, &registration).await?;
    let (company, names) = (Vec::new(), Names::new());
    let whole = Whole {
        registration: &registration,
        events: &events,
        company: &company,
        names: &names,
        deal: deal.as_ref(),
        now: asked.at,
    };
    Ok(Answer::page(asked.shell, &whole.own(asked.shell)))
}

pub(super) async fn new(visit: Visit<'_>) -> Result<Answer> {
    let asked = visit.asked;
    // The refusal names the one that is there already.
    let ids = asked.problems.iter().flat_map(|problem| problem.message.split([' ', ',']));
    let earlier = ids.filter_map(|word| word.parse::<RegistrationId>().ok()).next();
    let earlier = earlier.map(|id| format!("/portal/registrations/{id}"));
    Ok(Answer::page(asked.shell, &page::new(asked.shell, asked.app.claim_days, earlier, asked.sent())))
}

pub(super) async fn register(mut visit: Visit<'_>) -> Result<Answer> {
    let (asked, mut unread) = (visit.asked, Problems::default());
    let mut fields = asked.fields(&["domain", "note"]);
    fields.insert("account".into(), json!(asked.field("account")));
    fields.insert("partner_id".into(), json!(partner(asked)?));
    money(asked, &mut fields, &mut unread);
    let made = together(unread, visit.api(&Method::POST, "/deal-registrations", fields).await)?;
    let done = if made["status"] == "pending" { "?done=registered" } else { "" };
    Ok(Answer::go(format!("/portal/registrations/{}{done}", made["id"].as_str().unwrap_or_default())))
}

pub(super) async fn withdraw(mut visit: Visit<'_>) -> Result<Answer> {
    let path = format!("/deal-registrations/{}/withdraw", visit.asked.read_id::<RegistrationId>()?);
    visit.api(&Method::POST, &path, Map::new()).await?;
    Ok(Answer::go(format!("/portal/registrations/{}?done=withdrawn", visit.asked.id)))
}

async fn decided(mut visit: Visit<'_>, verb: &str, fields: Map<String, Value>, done: &str) -> Result<Answer> {
    let path = format!("/deal-registrations/{}/{verb}", visit.asked.read_id::<RegistrationId>()?);
    visit.api(&Method::POST, &path, fields).await?;
    Ok(Answer::go(format!("/admin/registrations/{}?done={done}", visit.asked.id)))
}

pub(super) async fn approve(visit: Visit<'_>) -> Result<Answer> {
    let mut fields = visit.asked.fields(&["deal_id", "stage"]);
    if fields.get("deal_id").is_some_and(|deal| !deal.is_null()) {
        fields.remove("stage"); // a deal that is there has its own
    }
    decided(visit, "approve", fields, "approved").await
}

pub(super) async fn reject(visit: Visit<'_>) -> Result<Answer> {
    let reason = visit.asked.field("reason");
    if reason.is_empty() {
        return Err(Error::invalid("reason", "must not be empty"));
    }
    decided(visit, "reject", Map::from_iter([("reason".to_owned(), json!(reason))]), "rejected").await
}
