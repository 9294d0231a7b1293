//! Conversions of a batch: repeats found, idempotency keys claimed, rows written.

use std::collections::HashMap;

use uuid::Uuid;

use super::statements;
use crate::domain::heard::name_key;
use crate::domain::hit::Idempotency;
use crate::domain::id::{ConversionId, RejectedId, TouchpointId, VisitorId};
use crate::domain::interpret::{Rejected, Reported};
use crate::domain::money::Money;
use crate::domain::time::Time;
use crate::error::{Code, Error, FieldError, Result};
use crate::store::milestones::Reached;
use crate::store::rows::Rows;
use crate::store::sql::{Tx, args};

/// What became of the reports.
#[derive(Default)]
pub(super) struct Reports {
    /// The conversions that were written.
    pub written: Vec<Uuid>,
    /// The customers who became a lead by one of them.
    pub leads: Vec<Reached>,
    /// How many were reported before.
    pub repeats: u64,
    /// Those whose idempotency key was used for something else.
    pub rejected: Vec<Rejected>,
}

/// What was answered under an idempotency key.
struct Claim {
    request: Vec<u8>,
    answered: Option<ConversionId>,
}

/// The reports of a batch, sorted out.
#[derive(Default)]
struct Sorted<'a> {
    new: Vec<&'a Reported>,
    /// With what they repeat.
    repeats: Vec<(&'a Reported, ConversionId)>,
    /// Keys to keep the answer for.
    claims: Vec<(&'a Idempotency, ConversionId)>,
    rejected: Vec<Rejected>,
}

impl Tx {
    /// Writes conversions, in the order given: the first of an (event, unique key) counts, later ones are kept as repeats.
    pub(super) async fn record_reports(&mut self, reports: &[&Reported], now: Time) -> Result<Reports> {
        if reports.is_empty() {
            return Ok(Reports::default());
        }
        let claims = self.claims(reports).await?;
        let stored = self.stored(reports.iter().copied()).await?;
        let sorted = sort_out(reports, claims, &stored);

        let written: Vec<Uuid> = sorted.new.iter().map(|report| report.id.uuid()).collect();
        if !written.is_empty() {
            let rows = conversion_rows(Rows::new(self.database(), sorted.new.len(), 384), &sorted.new);
            let expected = rows.count();
            if self.execute(&statements::CONVERSIONS, args![rows]).await? != expected {
                return Err(Error::new(Code::Unavailable, "another node recorded the same conversion just now; try again"));
            }
        }
        let repeats = repeat_rows(Rows::new(self.database(), sorted.repeats.len(), 128), &sorted.repeats);
        let repeats = self.execute(&statements::REPEATS, args![repeats]).await?;
        let answers = answer_rows(Rows::new(self.database(), sorted.claims.len(), 256), &sorted.claims);
        self.execute(&statements::KEEP_ANSWERS, args![now, answers]).await?;
        let leads = sorted.new.iter().filter_map(|report| became_lead(report)).collect();
        Ok(Reports { written, leads, repeats, rejected: sorted.rejected })
    }

    /// What is kept under the idempotency keys of these reports.
    async fn claims(&mut self, reports: &[&Reported]) -> Result<HashMap<String, Claim>> {
        let keys = reports.iter().filter_map(|report| Some(report.idempotency.as_ref()?.key.as_str()));
        let keys = Rows::of_texts(self.database(), keys);
        let rows = self.all(&statements::ANSWERS, args![keys]).await?;
        let claim = |row: crate::store::sql::Row| {
            let body: serde_json::Value = serde_json::from_str(&row.get::<String>("body")?).unwrap_or_default();
            let answered = body["id"].as_str().and_then(|id| id.parse().ok());
            Ok((row.get("key")?, Claim { request: row.get("request")?, answered }))
        };
        rows.into_iter().map(claim).collect()
    }

    /// The stored conversion with the same event and unique key, by place.
    pub(in crate::store) async fn stored<'a>(
        &mut self, reports: impl IntoIterator<Item = &'a Reported>,
    ) -> Result<HashMap<usize, ConversionId>> {
        let mut keys = Rows::new(self.database(), 0, 0);
        for report in reports {
            keys.begin().text(report.report.event.as_str()).text(report.report.unique_key().as_str());
        }
        let rows = self.all(&statements::CONVERSIONS_STORED, args![keys]).await?;
        let found =
            |row: crate::store::sql::Row| Ok((usize::try_from(row.get::<i64>("place")?).unwrap_or(usize::MAX), row.get("id")?));
        rows.into_iter().map(found).collect()
    }
}

/// Decides what each report is: new, a repeat, a replay of itself, or a misused key.
fn sort_out<'a>(
    reports: &[&'a Reported], mut claims: HashMap<String, Claim>, stored: &HashMap<usize, ConversionId>,
) -> Sorted<'a> {
    let mut sorted = Sorted::default();
    let mut first: HashMap<(&str, String), ConversionId> = HashMap::new();
    // What each report of this batch turned out to be a repeat of.
    let mut canonical: HashMap<ConversionId, ConversionId> = HashMap::new();
    for (place, &report) in reports.iter().enumerate() {
        if let Some(idempotency) = &report.idempotency {
            match claims.get(&idempotency.key) {
                Some(claim) if claim.request != idempotency.request => {
                    sorted.rejected.push(misused(report));
                    continue;
                }
                Some(Claim { answered: Some(answered), .. }) if *answered != report.id => {
                    let known = *canonical.get(answered).unwrap_or(answered);
                    canonical.insert(report.id, known);
                    sorted.repeats.push((report, known));
                    continue;
                }
                Some(_) => {}
                None => {
                    let claim = Claim { request: idempotency.request.to_vec(), answered: Some(report.id) };
                    claims.insert(idempotency.key.clone(), claim);
                    sorted.claims.push((idempotency, report.id));
                }
            }
        }
        let key = (report.report.event.as_str(), report.report.unique_key());
        match stored.get(&place).or_else(|| first.get(&key)).copied() {
            Some(known) if known == report.id => {}
            Some(known) => {
                canonical.insert(report.id, known);
                sorted.repeats.push((report, known));
            }
            None => {
                first.insert(key, report.id);
                sorted.new.push(report);
            }
        }
    }
    sorted
}

fn misused(report: &Reported) -> Rejected {
    let message = "was used before for a different request; a new request needs a new key".to_owned();
    Rejected {
        id: RejectedId::from(report.id.uuid()),
        source: report.source,
        at: report.recorded_at,
        query: serde_json::to_string(&report.report).unwrap_or_default(),
        referrer: None,
        user_agent: String::new(),
        reasons: vec![FieldError { field: "Idempotency-Key".into(), message }],
    }
}

fn became_lead(reported: &Reported) -> Option<Reached> {
    let is_lead = ["lead", "signup"].contains(&reported.report.event.as_str());
    Some((reported.report.customer_id.clone().filter(|_| is_lead)?, reported.occurred_at()))
}

fn conversion_rows(mut rows: Rows, reports: &[&Reported]) -> Rows {
    for reported in reports {
        let report = &reported.report;
        rows.begin()
            .id(Some(reported.id.uuid()))
            .text(report.event.as_str())
            .text(report.unique_key().as_str())
            .text(report.order_id.as_deref())
            .int(report.money.map(|money| money.amount))
            .text(report.money.as_ref().map(currency))
            .text(report.customer_id.as_deref())
            .id(report.click_id.map(TouchpointId::uuid))
            .id(reported.visitor.map(VisitorId::uuid))
            .text(report.code.as_deref())
            .text(reported.source.as_str())
            .int(reported.occurred_at().as_millis())
            .int(reported.recorded_at.as_millis())
            .text(serde_json::to_string(&report.items).unwrap_or_default().as_str())
            .text(serde_json::to_string(&report.params).unwrap_or_default().as_str())
            .text(reported.heard_from.as_deref())
            .text(reported.heard_from.as_deref().map(name_key).as_deref());
    }
    rows
}

fn currency(money: &Money) -> &str {
    money.currency.as_str()
}

fn repeat_rows(mut rows: Rows, repeats: &[(&Reported, ConversionId)]) -> Rows {
    for (reported, repeated) in repeats {
        let money = reported.report.money;
        rows.begin()
            .id(Some(reported.id.uuid()))
            .id(Some(repeated.uuid()))
            .text(reported.source.as_str())
            .int(reported.recorded_at.as_millis())
            .int(money.map(|money| money.amount))
            .text(money.as_ref().map(currency));
    }
    rows
}

/// The answer that a repeated request gets: the same as the first.
fn answer_rows(mut rows: Rows, claims: &[(&Idempotency, ConversionId)]) -> Rows {
    for (idempotency, id) in claims {
        let body = serde_json::json!({ "id": id, "status": "recorded" }).to_string();
        rows.begin().text(idempotency.key.as_str()).bytes(Some(&idempotency.request)).int(202).text(body.as_str());
    }
    rows
}
