//! `/deal-registrations`: the first partner to register an account has it; who comes later is told so, and so is the first.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::audit::By;
use crate::domain::conversion::check_value;
use crate::domain::deal::{Deal, DealStatus, check_money, check_note};
use crate::domain::id::{DealId, PartnerId, RegistrationId, TouchpointId};
use crate::domain::money::Currency;
use crate::domain::partner::{Status, check_text};
use crate::domain::registration::{Registration, RegistrationEvent, RegistrationStatus};
use crate::domain::time::DAY_MS;
use crate::domain::touchpoint::{DEAL_REGISTRATION, Team, Touchpoint};
use crate::error::{Code, Error, Problems, Result};
use crate::http::api::accounts::domain;
use crate::http::api::endpoint::Call;
use crate::http::api::input::{Body, Id, List, params};
use crate::http::api::output::{Created, Page, Shown};
use crate::http::api::{deals, stages};
use crate::store::{RegistrationFilter, Tx};

/// A registration to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewRegistration {
    /// Who registers.
    partner_id: PartnerId,
    /// The name of the company that may buy.
    account: String,
    /// Its domain, as `acme.example`; tells companies of one name apart.
    domain: Option<String>,
    /// What the deal may be worth, in minor units.
    amount: Option<i64>,
    /// ISO 4217; needed with an amount.
    currency: Option<Currency>,
    /// Anything worth knowing.
    note: Option<String>,
}

/// How a registration is approved.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Approval {
    /// The deal it belongs to; a deal is made when absent.
    deal_id: Option<DealId>,
    /// The name or id of the stage of the deal that is made; the first open one when absent.
    stage: Option<String>,
}

/// Why a registration is rejected.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Rejection {
    /// What the partner is told.
    reason: String,
}

/// Why a registration is withdrawn.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Withdrawal {
    /// What those who decide are told.
    reason: Option<String>,
}

/// A registration and what happened to it.
#[derive(Serialize, ToSchema)]
pub(super) struct RegistrationShown {
    #[serde(flatten)]
    registration: Registration,
    /// What happened to it, and what its partner was told, the first first.
    events: Vec<RegistrationEvent>,
}

params! { RegistrationFilter {
    partner_id: PartnerId, "Only those of this partner.";
    status: RegistrationStatus, "Only those of this status.";
    deal_id: DealId, "Only those of this deal.";
} }

pub(super) async fn create(call: Call<'_>, Body(new): Body<NewRegistration>) -> Result<Created<Registration>> {
    let now = call.by.at;
    let mut problems = Problems::default();
    match call.tx.partner(new.partner_id).await? {
        None => problems.add("partner_id", format!("there is no partner {}", new.partner_id)),
        Some(partner) if partner.status == Status::Disabled => problems.add("partner_id", "this partner is disabled"),
        Some(_) => {}
    }
    let mut registration = Registration {
        id: RegistrationId::mint(now),
        partner_id: new.partner_id,
        account: new.account.trim().to_owned(),
        domain: domain(new.domain, &mut problems),
        amount: new.amount,
        currency: new.currency,
        note: new.note,
        status: RegistrationStatus::Pending,
        reason: None,
        expires_at: now + i64::from(call.app.registration_days) * DAY_MS,
        claimed_until: None,
        deal_id: None,
        touchpoint_id: None,
        created_at: now,
    };
    check_text(&mut problems, "account", &registration.account);
    check_money(&mut problems, registration.amount, registration.currency);
    check_note(&mut problems, registration.note.as_deref());
    problems.finish()?;
    // What nobody decided in time must not be in the way of this one, whenever the job comes by.
    call.tx.expire_registrations(now).await?;
    let first = first_in_the_way(call.tx, &registration).await?;
    if let Some(first) = &first {
        registration.status = RegistrationStatus::Conflict;
        registration.reason = Some(match first.claimed_until {
            Some(until) => format!("another partner has a claim on this account until {}", until.date()),
            None => format!("another partner registered this account first, on {}", first.created_at.date()),
        });
    }
    call.tx.add_registration(call.by, &registration).await?;
    if let Some(first) = first {
        let reason = format!("another partner registered this account later, on {}; yours came first and stands", now.date());
        let told = Registration { reason: Some(reason), ..first };
        call.tx.save_registration(call.by, "deal_registration.conflict", &told).await?;
    }
    Ok(Created(registration))
}

/// The registration of another partner that came first, if there is one.
async fn first_in_the_way(tx: &mut Tx, new: &Registration) -> Result<Option<Registration>> {
    let in_the_way = tx.registrations_in_the_way(new).await?;
    if let Some(own) = in_the_way.iter().find(|other| other.partner_id == new.partner_id) {
        let sentence = format!("this partner has registered this account already: {}, {}", own.id, own.status);
        return Err(Error::conflict("account", sentence));
    }
    Ok(in_the_way.into_iter().next())
}

pub(super) async fn list(call: Call<'_>, list: List<RegistrationId, RegistrationFilter>) -> Result<Page<Registration>> {
    let rows = call.tx.registrations(&list.filter, list.slice).await?;
    Ok(list.page(rows, |registration| registration.id))
}

pub(super) async fn show(call: Call<'_>, Id(id): Id<RegistrationId>) -> Result<Shown<RegistrationShown>> {
    let registration = find(call.tx, id).await?;
    let events = call.tx.registration_events(id).await?;
    Ok(Shown(RegistrationShown { registration, events }))
}

pub(super) async fn approve(
    call: Call<'_>, (Id(id), Body(approval)): (Id<RegistrationId>, Body<Approval>),
) -> Result<Shown<Registration>> {
    let now = call.by.at;
    let registration = undecided(call.tx, id, call.by).await?;
    let deal = match approval.deal_id {
        Some(_) if approval.stage.is_some() => {
            return Err(Error::invalid("stage", "is for a deal that is made; this one has its stage"));
        }
        Some(deal) => existing(call.tx, deal).await?,
        None => make_deal(call.tx, call.by, &registration, approval.stage.as_deref()).await?,
    };
    let touchpoint = Touchpoint {
        partner_id: Some(registration.partner_id),
        customer_id: deal.customer_id.clone(),
        deal_id: Some(deal.id),
        note: registration.note.clone(),
        ..Touchpoint::offline(
            TouchpointId::mint(registration.created_at),
            DEAL_REGISTRATION.to_owned(),
            Team::Partner,
            registration.created_at,
        )
    };
    call.tx.add_touchpoint(call.by, &touchpoint).await?;
    call.tx.enqueue_for_touchpoints(&[touchpoint.id], now).await?;
    let approved = Registration {
        status: RegistrationStatus::Approved,
        reason: None,
        claimed_until: Some(now + i64::from(call.app.claim_days) * DAY_MS),
        deal_id: Some(deal.id),
        touchpoint_id: Some(touchpoint.id),
        ..registration
    };
    call.tx.save_registration(call.by, "deal_registration.approve", &approved).await?;
    Ok(Shown(approved))
}

pub(super) async fn reject(
    call: Call<'_>, (Id(id), Body(rejection)): (Id<RegistrationId>, Body<Rejection>),
) -> Result<Shown<Registration>> {
    let mut problems = Problems::default();
    check_value(&mut problems, "reason", &rejection.reason);
    problems.finish()?;
    let registration = undecided(call.tx, id, call.by).await?;
    let reason = Some(rejection.reason);
    let rejected = Registration { status: RegistrationStatus::Rejected, reason, ..registration };
    call.tx.save_registration(call.by, "deal_registration.reject", &rejected).await?;
    Ok(Shown(rejected))
}

/// Takes it back, for its partner: the account is free again.
pub(super) async fn withdraw(
    call: Call<'_>, (Id(id), Body(withdrawal)): (Id<RegistrationId>, Body<Withdrawal>),
) -> Result<Shown<Registration>> {
    let mut problems = Problems::default();
    withdrawal.reason.iter().for_each(|reason| check_value(&mut problems, "reason", reason));
    problems.finish()?;
    let registration = undecided(call.tx, id, call.by).await?;
    let reason = withdrawal.reason;
    let withdrawn = Registration { status: RegistrationStatus::Withdrawn, reason, ..registration };
    call.tx.save_registration(call.by, "deal_registration.withdraw", &withdrawn).await?;
    Ok(Shown(withdrawn))
}

async fn find(tx: &mut Tx, id: RegistrationId) -> Result<Registration> {
    tx.registration(id).await?.ok_or_else(|| Error::not_found("deal registration", id))
}

/// The registration, if it waits for a decision.
async fn undecided(tx: &mut Tx, id: RegistrationId, by: By) -> Result<Registration> {
    let found = find(tx, id).await?;
    match found.status {
        RegistrationStatus::Pending if by.at < found.expires_at => Ok(found),
        RegistrationStatus::Pending => {
            let sentence = format!("nobody decided by {}, so it has expired; it can be submitted again", found.expires_at);
            Err(Error::new(Code::Conflict, sentence))
        }
        status => Err(Error::new(Code::Conflict, format!("this registration is decided: {status}"))),
    }
}

/// A deal to which no other registration was approved.
async fn existing(tx: &mut Tx, id: DealId) -> Result<Deal> {
    let deal = match deals::find(tx, id).await {
        Err(error) if error.code == Code::NotFound => return Err(Error::invalid("deal_id", error.message)),
        found => found?,
    };
    if tx.opportunity(id).await?.is_some_and(|opportunity| opportunity.registered_by.is_some()) {
        return Err(Error::conflict("deal_id", "another registration of this deal was approved"));
    }
    Ok(deal)
}

async fn make_deal(tx: &mut Tx, by: By, registration: &Registration, stage: Option<&str>) -> Result<Deal> {
    let mut problems = Problems::default();
    let stage = match stage {
        Some(name) => stages::named(tx, name, &mut problems).await?.filter(|stage| stage.kind == DealStatus::Open),
        None => Some(tx.first_stage(DealStatus::Open).await?),
    };
    let Some(stage) = stage else {
        if problems.is_empty() {
            problems.add("stage", "must be of kind open: the deal begins");
        }
        return Err(problems.into());
    };
    let account = tx.account_of(by, &registration.account, registration.domain.as_deref()).await?;
    let mut deal = Deal::new(DealId::mint(by.at), account.name.clone(), &stage, by.at, by.at);
    (deal.account_id, deal.customer_id) = (Some(account.id), account.customer_id);
    (deal.amount, deal.currency) = (registration.amount, registration.currency);
    tx.add_deal(by, &deal, by.at).await?;
    Ok(deal)
}
