//! `POST /conversions`: into the journal, and from there into the store. With `Prefer: wait=N` the caller sees what came of it.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::ObjectBuilder;
use utoipa::openapi::schema::Type;

use crate::domain::conversion::{Credit, EMAIL, HEARD_FROM, IDENTIFY, Item, Report, bare};
use crate::domain::hit::{Body as HitBody, Hit, Idempotency};
use crate::domain::id::{self, ConversionId, TouchpointId};
use crate::domain::link::code_key;
use crate::domain::money::{Currency, Money, check_minor};
use crate::domain::sealing;
use crate::domain::time::Time;
use crate::error::{Code, Error, Problems, Result};
use crate::http::api::SETTLE_PATIENCE;
use crate::http::api::endpoint::Delivery;
use crate::http::api::input::Body;
use crate::http::api::output::{Answer, Output};
use crate::http::api::repeat;
use crate::http::api::sketch::{Param, Sketch};
use crate::http::api::touchpoints::check_moment;
use crate::http::app::App;

/// The event of a report that names none.
const SALE: &str = "sale";
/// How long a look at earlier answers may take in all, before a report is recorded without it.
const LOOK_PATIENCE: Duration = Duration::from_secs(3);
/// How often a caller who waits for credits has the store looked at when nothing happens here.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// What an answer says of a report that is on disk.
const RECORDED: &str = "recorded";

/// A conversion to be recorded.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewConversion {
    /// `sale` when absent; `lead`, `signup`, `renewal` or an event of your own.
    event: Option<String>,
    /// Your order id, unique per event; needed for `sale` and `renewal`.
    order_id: Option<String>,
    /// What it was worth, in minor units: `4990` for 49.90 EUR.
    amount: Option<i64>,
    /// ISO 4217; needed with an amount.
    currency: Option<Currency>,
    /// Your own id of the buyer.
    customer_id: Option<String>,
    /// The click it came from, out of `kudos_id` in the URL of the landing page.
    click_id: Option<TouchpointId>,
    /// The referral code that was typed.
    code: Option<String>,
    /// The buyer's e-mail address, which is kept as a keyed hash; alone, or beside your own id.
    email: Option<String>,
    /// Where the buyer says they heard of you, in their own words.
    #[serde(alias = "how_did_you_hear")]
    heard_from: Option<String>,
    /// When it happened; now when absent.
    occurred_at: Option<Time>,
    /// What was bought.
    #[serde(default)]
    items: Vec<Item>,
}

impl NewConversion {
    fn report(self, now: Time) -> Result<Report> {
        let mut problems = Problems::default();
        if let Some(amount) = self.amount {
            problems.keep("amount", check_minor(amount));
        }
        if self.currency.is_none() && (self.amount.is_some() || !self.items.is_empty()) {
            problems.add("currency", "is missing: an amount needs its ISO 4217 currency");
        }
        if self.amount.is_none() && self.currency.is_some() {
            problems.add("amount", "is missing: a currency needs the amount, in minor units");
        }
        if let Some(at) = self.occurred_at {
            check_moment(&mut problems, at, now);
        }
        let params = [(EMAIL, self.email), (HEARD_FROM, self.heard_from)];
        let report = Report {
            event: self.event.unwrap_or_else(|| SALE.to_owned()),
            order_id: self.order_id.map(bare),
            money: self.amount.zip(self.currency).map(|(amount, currency)| Money { amount, currency }),
            customer_id: self.customer_id.map(bare),
            click_id: self.click_id,
            code: self.code.as_deref().map(code_key),
            occurred_at: self.occurred_at,
            items: self.items,
            params: params.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect(),
        };
        if report.event == IDENTIFY {
            problems.add("event", "identify is not a conversion; send it to the pixel, the postback or the tag");
        } else {
            report.check(&mut problems);
        }
        problems.finish().map(|()| report).map_err(Error::from)
    }
}

/// A report that is on disk.
#[derive(Serialize, ToSchema)]
pub(super) struct Recorded {
    /// The conversion's id.
    id: ConversionId,
    /// `recorded`.
    #[schema(example = "recorded")]
    status: &'static str,
}

/// A report that is on disk, and what came of it.
#[derive(Serialize, ToSchema)]
pub struct Credited {
    /// The conversion's id; that of the first report when this one repeats it.
    pub id: ConversionId,
    /// `recorded`.
    #[schema(example = "recorded")]
    pub status: &'static str,
    /// The order was reported before, and counts once.
    pub duplicate: bool,
    /// Who earned which part.
    pub credits: Vec<Credit>,
}

/// 202, or 200 when the caller waited for the credits.
pub(super) struct Receipt(Answer);

impl Output for Receipt {
    fn answer(self) -> Result<Answer> {
        Ok(self.0)
    }

    fn describe(sketch: &mut Sketch) {
        sketch.headers.push(Param {
            name: "Prefer",
            description: "`wait=N`: wait up to N seconds, 30 at most, for the credits.",
            schema: ObjectBuilder::new().schema_type(Type::String).into(),
        });
        let credited = sketch.refer::<Credited>();
        sketch.reply(200, "It is on disk, and credited: with `Prefer: wait=N`, N seconds at most.", Some(credited));
        let recorded = sketch.refer::<Recorded>();
        sketch.reply(202, "It is on disk; credit follows.", Some(recorded));
    }
}

pub(super) async fn create(delivery: Delivery<'_>, Body(new): Body<NewConversion>) -> Result<Receipt> {
    let Delivery { app, by, wait, idempotency } = delivery;
    let mut report = new.report(by.at)?;
    sealing::report(&mut report, &app.email_secret());
    let turn = match &idempotency {
        Some(idempotency) => Some(app.under_way.alone(&idempotency.key).await),
        None => None,
    };
    let before = earlier(app, idempotency.as_ref()).await?;
    let (id, recorded) = match before {
        Some((id, answer)) => (id, answer),
        None => {
            let id = id::mint(by.at);
            let hit = Hit {
                id,
                at: by.at,
                visitor: None,
                client: None,
                country: None,
                user_agent: "".into(),
                referrer: None,
                mark: None,
                body: HitBody::Stated { report: Box::new(report), idempotency: idempotency.clone() },
            };
            app.metrics.reports.inc();
            app.record(&hit).await?;
            let id = ConversionId::from(id);
            (id, Answer::of(202, &Recorded { id, status: RECORDED })?)
        }
    };
    drop(turn);
    let Some(patience) = wait else { return Ok(Receipt(recorded)) };
    let answer = match credited(app, id, idempotency.as_ref(), patience).await? {
        Some(credited) => Answer { replayed: recorded.replayed, ..Answer::of(200, &credited)? },
        None => recorded,
    };
    Ok(Receipt(answer))
}

/// The answer that the same request got before, and the conversion it names. A database that does not answer in time knows
/// of none: the report is recorded all the same, and intake sees the key again when it writes.
async fn earlier(app: &App, idempotency: Option<&Idempotency>) -> Result<Option<(ConversionId, Answer)>> {
    if idempotency.is_none() || app.has_store().is_err() {
        return Ok(None);
    }
    let look = async {
        app.settled(SETTLE_PATIENCE).await;
        repeat::earlier(&mut app.store.read().await?, idempotency).await
    };
    let answer = match tokio::time::timeout(LOOK_PATIENCE, look).await {
        Err(_) => None,
        Ok(looked) => unless_unavailable(looked)?,
    };
    Ok(answer.and_then(|answer| Some((conversion_of(&answer)?, answer))))
}

/// What is on disk is recorded, whatever the database says: that it does not answer is no error here.
fn unless_unavailable<T>(looked: Result<Option<T>>) -> Result<Option<T>> {
    looked.or_else(|error| if error.code == Code::Unavailable { Ok(None) } else { Err(error) })
}

fn conversion_of(answer: &Answer) -> Option<ConversionId> {
    #[derive(Deserialize)]
    struct Kept {
        id: ConversionId,
    }
    serde_json::from_str(&answer.body).ok().map(|kept: Kept| kept.id)
}

/// Waits until the conversion that was recorded under `id` has its credits; none when that takes longer than `patience`, or
/// when the database does not answer.
///
/// # Errors
/// The idempotency key turns out to have been used for another request.
pub async fn credited(
    app: &App, id: ConversionId, idempotency: Option<&Idempotency>, patience: Duration,
) -> Result<Option<Credited>> {
    let look = async {
        app.settled(patience).await;
        let mut id = id;
        loop {
            let mut step = app.progress.watch();
            let mut tx = app.store.read().await?;
            if let Some(answer) = repeat::earlier(&mut tx, idempotency).await? {
                // Of two requests under one key that were on their way at once, the other may have been the first.
                id = conversion_of(&answer).unwrap_or(id);
            }
            let found = tx.conversion(id).await?;
            drop(tx);
            if let Some(conversion) = found.filter(|conversion| conversion.attributed_at.is_some()) {
                let duplicate = conversion.id != id;
                let credits = conversion.credits;
                return Ok(Some(Credited { id: conversion.id, status: RECORDED, duplicate, credits }));
            }
            // The credit may come from another node, of which this one hears nothing.
            let _ = tokio::time::timeout(LOOK_AGAIN, step.changed()).await;
        }
    };
    tokio::time::timeout(patience, look).await.map_or(Ok(None), unless_unavailable)
}
