//! One conversion: shown, also under other models; refunded, credited by hand.

use hyper::Method;
use serde_json::{Map, json};

use crate::domain::conversion::{Conversion, Weight};
use crate::domain::id::{ConversionId, ManualCreditId, PartnerId};
use crate::domain::manual_credit::ManualCredit;
use crate::domain::policy::Model;
use crate::error::{Code, Error, Problems, Result};
use crate::http::api::explain::{Explained, Explanation, PartnerPart, explain};
use crate::http::pages::answer::Answer;
use crate::http::pages::asked::{ROWS_MAX, Visit, newest, together};
use crate::http::pages::policies::actors_of;
use crate::pages::conversion::{self as page, Seen, Step};
use crate::pages::evidence::Names;
use crate::pages::table::Table;
use crate::pages::texts::Journeys;
use crate::pages::typed;
use crate::store::{ATTRIBUTE, Named, PartnerFilter, Tx};

/// The most refunds, and the most credits by hand, that a page tells of.
const TOLD_MAX: i64 = 50;

async fn find(visit: &mut Visit<'_>) -> Result<Conversion> {
    let id: ConversionId = visit.asked.read_id()?;
    visit.tx.conversion(id).await?.ok_or_else(|| Error::new(Code::NotFound, ""))
}

pub(super) async fn show(mut visit: Visit<'_>) -> Result<Answer> {
    let conversion = find(&mut visit).await?;
    let (asked, own) = (visit.asked, visit.asked.own());
    // Another model is for those who make the rules.
    let model = asked.param::<Model>("model").filter(|_| own.is_none());
    let explanation = match explain(visit.tx, conversion.id, model).await {
        Err(error) if error.code == Code::Invalid => explain(visit.tx, conversion.id, None).await?,
        explained => explained?,
    };
    let mut seen = seen(&mut visit, &conversion, explanation).await?;
    let cut = seen.cut();
    let mut tables = vec![page::steps(asked.shell, &seen)];
    tables.extend(own.is_none().then(|| page::shares(asked.shell, &seen)));
    let tables: Vec<&Table> = tables.iter().collect();
    Ok(asked.show(&tables, || page::content(asked.shell, &asked.wanted(), &seen, &tables, cut)))
}

async fn seen<'a>(visit: &mut Visit<'_>, conversion: &'a Conversion, explained: Explanation) -> Result<Seen<'a>> {
    let (asked, own) = (visit.asked, visit.asked.own());
    let tx = &mut *visit.tx;
    let standing = explained.policy.as_ref().map(|policy| policy.model);
    let what_if = explained.model.filter(|model| standing.is_some_and(|standing| standing != *model));
    let (milestones, refunds, by_hand) = match own {
        None => {
            let by_hand = tx.manual_credits(conversion.id, newest(TOLD_MAX)).await?;
            let actors = actors_of(tx, by_hand.iter().map(|credit| credit.author.as_str())).await?;
            let with_author = |credit: ManualCredit| {
                let author = actors.get(&credit.author).unwrap_or(&credit.author).clone();
                (credit, author)
            };
            let mut due = tx.due_conversions([conversion.id.uuid()]).await?;
            tx.look_up_milestones(&mut due).await?;
            let milestones = due.pop().map(|due| due.milestones).unwrap_or_default();
            (
                milestones,
                tx.refunds(conversion.id, newest(TOLD_MAX)).await?,
                by_hand.into_iter().map(with_author).collect::<Vec<_>>(),
            )
        }
        Some(_) => Default::default(),
    };
    let steps: Vec<Step> = explained.touchpoints.into_iter().map(step).collect();
    let sentences: Vec<(PartnerId, String)> =
        explained.sentences.into_iter().map(|told| (told.partner_id, told.sentence)).collect();
    let part = |part: PartnerPart| (part.partner_id, part.weight.0);
    let models = explained.models.into_iter().map(|other| (other.model, other.partners.into_iter().map(part).collect()));
    let names = names(tx, &steps, conversion, &by_hand, own).await?;
    Ok(Seen {
        conversion,
        steps,
        names,
        policy: explained.policy.map(|policy| (policy.name, policy.version, policy.model)),
        pinned: explained.pinned,
        what_if,
        summary: explained.summary,
        sentences,
        models: models.collect(),
        milestones,
        refunds,
        by_hand,
        anew: tx.is_queued(ATTRIBUTE, conversion.id.uuid()).await?,
        own,
        may_change: asked.is_admin(),
    })
}

fn step(touch: Explained) -> Step {
    let Weight(share) = touch.weight;
    Step {
        id: touch.touchpoint_id,
        at: touch.occurred_at,
        kind: touch.kind,
        partner: touch.partner_id,
        link: touch.link_id,
        counted: touch.counted,
        share,
        amount: touch.amount,
        reason: touch.reason,
    }
}

/// Names of what a page shows; a partner is not even told others' by accident.
async fn names(
    tx: &mut Tx, steps: &[Step], conversion: &Conversion, by_hand: &[(ManualCredit, String)], own: Option<PartnerId>,
) -> Result<Names> {
    let mine = |partner: Option<PartnerId>| own.is_none() || partner == own;
    let touched = steps.iter().filter_map(|step| step.partner);
    let partners = touched.chain(conversion.credits.iter().map(|credit| credit.partner_id));
    let partners = partners.chain(by_hand.iter().map(|(credit, _)| credit.partner_id));
    let partners: Vec<_> = partners.filter(|id| mine(Some(*id))).map(|id| id.uuid()).collect();
    let links = steps.iter().filter(|step| mine(step.partner)).filter_map(|step| Some(step.link?.uuid()));
    let mut names = tx.names(Named::Partner, partners).await?;
    names.extend(tx.names(Named::Link, links.collect::<Vec<_>>()).await?);
    Ok(names)
}

pub(super) async fn refund_form(mut visit: Visit<'_>) -> Result<Answer> {
    let conversion = find(&mut visit).await?;
    Ok(Answer::page(visit.asked.shell, &page::refund(visit.asked.shell, &conversion, visit.asked.sent())))
}

pub(super) async fn refund(mut visit: Visit<'_>) -> Result<Answer> {
    let conversion = find(&mut visit).await?;
    let (asked, mut unread) = (visit.asked, Problems::default());
    let mut fields = Map::from_iter([("reason".to_owned(), json!(asked.field("reason")))]);
    if let Some(currency) = conversion.currency {
        let minor = match asked.field("amount") {
            "" => Err("is missing".to_owned()),
            text => typed::amount(&asked.shell.reader, text, currency),
        };
        unread.keep("amount", minor).map(|minor| fields.insert("amount".into(), json!(minor)));
    }
    let done = visit.api(&Method::POST, &format!("/conversions/{}/refunds", conversion.id), fields).await;
    together(unread, done)?;
    Ok(back(conversion.id, "saved"))
}

pub(super) async fn credit_form(mut visit: Visit<'_>) -> Result<Answer> {
    let conversion = find(&mut visit).await?;
    let partners = visit.tx.partners(&PartnerFilter::default(), newest(ROWS_MAX)).await?;
    Ok(Answer::page(visit.asked.shell, &page::give(visit.asked.shell, &conversion, &partners, visit.asked.sent())))
}

pub(super) async fn credit(mut visit: Visit<'_>) -> Result<Answer> {
    let conversion = find(&mut visit).await?;
    let (asked, mut unread) = (visit.asked, Problems::default());
    let words = asked.shell.words::<Journeys>();
    let mut fields = Map::from_iter([("reason".to_owned(), json!(asked.field("reason")))]);
    asked.choose_partner(&mut fields, &mut unread, words.choose_partner);
    let percent = typed::number(&asked.shell.reader, asked.field("weight").trim_end_matches('%').trim_end());
    let percent = unread.keep("weight", percent.map_err(|_| words.percent_wrong)).and_then(|percent| percent.as_f64());
    fields.insert("weight".into(), json!(percent.unwrap_or_default() / 100.0));
    let done = visit.api(&Method::POST, &format!("/conversions/{}/credits", conversion.id), fields).await;
    together(unread, done)?;
    Ok(back(conversion.id, "credit_given"))
}

/// Credit by hand, taken back or not.
async fn given(visit: &mut Visit<'_>) -> Result<ManualCredit> {
    let id: ManualCreditId = visit.asked.read_id()?;
    visit.tx.manual_credit(id).await?.ok_or_else(|| Error::new(Code::NotFound, ""))
}

pub(super) async fn ask_take_back(mut visit: Visit<'_>) -> Result<Answer> {
    let credit = given(&mut visit).await?;
    let (asked, tx) = (visit.asked, visit.tx);
    let conversion = tx.conversion(credit.conversion_id).await?.ok_or_else(|| Error::new(Code::NotFound, ""))?;
    if credit.removed_at.is_some() {
        return Ok(back(conversion.id, "credit_taken_back"));
    }
    let partner = credit.partner_id.uuid();
    let name = tx.names(Named::Partner, [partner]).await?.remove(&partner).unwrap_or_default();
    Ok(Answer::page(asked.shell, &page::take_back(asked.shell, &conversion, &credit, &name, asked.sent())))
}

pub(super) async fn take_back(mut visit: Visit<'_>) -> Result<Answer> {
    let credit = given(&mut visit).await?;
    visit.api(&Method::DELETE, &format!("/credits/{}", credit.id), Map::new()).await?;
    Ok(back(credit.conversion_id, "credit_taken_back"))
}

fn back(conversion: ConversionId, done: &str) -> Answer {
    Answer::go(format!("/admin/conversions/{conversion}?done={done}"))
}
