//! Deals: list, make, show, change, move to another stage.

use hyper::Method;
use serde_json::{Map, Value, json};

use crate::domain::conversion::Conversion;
use crate::domain::deal::{Deal, DealStatus};
use crate::domain::id::{DealId, PartnerId};
use crate::domain::money::Currency;
use crate::domain::pipeline::{self, Judged, Part};
use crate::domain::time::{DAY_MS, Time};
use crate::error::{Code, Error, Problems, Result};
use crate::http::pages::answer::Answer;
use crate::http::pages::asked::{Asked, ROWS_MAX, Visit, newest, together};
use crate::http::pages::pipeline::STALLED_DAYS;
use crate::http::pages::touchpoints;
use crate::pages::evidence::{self, Names};
use crate::pages::table::{Wanted, empty};
use crate::pages::texts::Deals;
use crate::pages::{Html, deal as deal_page, deals as page, registrations, typed};
use crate::store::{AccountFilter, ConversionFilter, DealSearch, Named, PartnerFilter, RegistrationFilter, Tx};

/// Owners that the filter chooses among.
const OWNERS_MAX: i64 = 200;
/// Touchpoints that are shown of a deal, the newest: a customer may have thousands of clicks.
const TOUCHPOINTS_MAX: usize = 500;
/// Conversions that are shown of a deal: the events of one order.
const CONVERSIONS_MAX: i64 = 20;

/// What the URL narrows the list down to beyond what the store looks for.
struct Narrow<'a> {
    state: Option<&'a str>,
    part: Option<Part>,
    partner: Option<PartnerId>,
    kind: Option<&'a str>,
    without: Option<&'a str>,
}

impl Narrow<'_> {
    /// Whether it takes more than the deal itself to tell what fits.
    fn asks(&self) -> bool {
        let standing = self.part.is_some() || self.partner.is_some() || self.kind.is_some() || self.without.is_some();
        standing || self.state == Some("stalled")
    }

    fn fits(&self, one: &Judged, now: Time) -> bool {
        let (deal, standing) = (&one.deal, &one.standing);
        let has = |kind: &str| standing.kinds.iter().any(|own| own == kind);
        let state = match self.state {
            Some("closed") => deal.status != DealStatus::Open,
            Some("stalled") => one.is_stalled(now, STALLED_DAYS),
            _ => true,
        };
        state
            && self.part.is_none_or(|part| standing.part() == part)
            && self.partner.is_none_or(|own| standing.sourced_by == Some(own) || standing.partners.contains(&own))
            && self.kind.is_none_or(has)
            && self.without.is_none_or(|kind| !has(kind))
    }
}

/// Names of the partners and accounts of deals.
pub(super) async fn names(tx: &mut Tx, deals: &[Judged]) -> Result<Names> {
    let mut partners: Vec<_> = deals.iter().flat_map(|one| &one.standing.partners).map(|id| id.uuid()).collect();
    partners.extend(deals.iter().filter_map(|one| Some(one.standing.sourced_by?.uuid())));
    partners.sort_unstable();
    partners.dedup();
    let mut names = tx.names(Named::Partner, partners).await?;
    names.extend(tx.names(Named::Account, deals.iter().filter_map(|one| Some(one.deal.account_id?.uuid()))).await?);
    Ok(names)
}

/// Whether the table is exported, searched, or sorted by what partners have done.
fn asks_standing(wanted: &Wanted<'_>) -> bool {
    let sorted = wanted.get("deals.sort").is_some_and(|sort| sort.trim_start_matches('-').starts_with("part"));
    sorted || wanted.get("csv").is_some() || wanted.get("deals.q").is_some()
}

/// Looks only at what partners have done for the deals that the page shows: it takes every touchpoint of each.
async fn judge_shown(tx: &mut Tx, asked: &Asked<'_>, mut deals: Vec<Judged>) -> Result<Vec<Judged>> {
    let names = names(tx, &deals).await?; // of accounts: the order may go by them
    let shown = page::table(asked.shell, &deals, &names, false, Html::default()).shown(&asked.wanted());
    let seen = tx.judged(shown.iter().map(|place| deals[*place].deal.clone()).collect(), asked.at).await?;
    for one in seen {
        if let Some(place) = shown.iter().find(|place| deals[**place].deal.id == one.deal.id) {
            deals[*place] = one;
        }
    }
    Ok(deals)
}

pub(super) async fn list(visit: Visit<'_>) -> Result<Answer> {
    let (asked, tx, wanted) = (visit.asked, visit.tx, visit.asked.wanted());
    let day = |name: &str| wanted.get(name).and_then(|text| Time::parse_date_or_time(text).ok()).map(Time::day);
    let text = |name: &str| wanted.get(name).map(str::to_owned);
    let search = DealSearch {
        from: day("from"),
        to: day("to").map(|day| day + DAY_MS),
        stage: text("stage"),
        reached: text("reached"),
        owner: text("owner"),
        account_id: asked.param("account_id"),
        status: asked.param("state"),
    };
    let narrow = Narrow {
        state: wanted.get("state"),
        part: asked.param("part"),
        partner: asked.param("partner_id"),
        kind: wanted.get("kind"),
        without: wanted.get("without"),
    };
    let found = tx.deals_opened(&search, ROWS_MAX).await?;
    let full = page::is_full(found.len());
    let judged = match narrow.asks() || asks_standing(&wanted) {
        true => {
            let mut judged = tx.judged(found, asked.at).await?;
            judged.retain(|one| narrow.fits(one, asked.at));
            judged
        }
        false => {
            let mut deals: Vec<Judged> = found.into_iter().map(Judged::unseen).collect();
            deals.retain(|one| narrow.fits(one, asked.at));
            judge_shown(tx, asked, deals).await?
        }
    };
    let names = names(tx, &judged).await?;
    let searched = wanted.query.iter().any(|(name, value)| !value.is_empty() && name != "csv");
    let table = page::table(asked.shell, &judged, &names, false, page::nothing(asked.shell, searched, asked.is_admin()));
    let stages = tx.stages().await?;
    let partners = tx.partners(&PartnerFilter::default(), newest(ROWS_MAX)).await?;
    let owners = tx.deal_owners(OWNERS_MAX).await?;
    let among = page::Choices { stages: &stages, partners: &partners, owners: &owners };
    Ok(asked.show(&[&table], || page::list(asked.shell, &wanted, &table, &among, full, asked.is_admin())))
}

async fn find(visit: &mut Visit<'_>) -> Result<Deal> {
    let id: DealId = visit.asked.read_id()?;
    visit.tx.deal(id).await?.ok_or_else(|| Error::new(Code::NotFound, ""))
}

async fn conversions(tx: &mut Tx, deal: &Deal) -> Result<Vec<Conversion>> {
    let Some(order) = &deal.order_id else { return Ok(Vec::new()) };
    let filter = ConversionFilter { order_id: Some(order.clone()), ..ConversionFilter::default() };
    tx.conversions(&filter, newest(CONVERSIONS_MAX)).await
}

pub(super) async fn show(mut visit: Visit<'_>) -> Result<Answer> {
    let deal = find(&mut visit).await?;
    let (asked, tx, shell) = (visit.asked, visit.tx, visit.asked.shell);
    let opportunity = tx.opportunity(deal.id).await?.ok_or_else(|| Error::new(Code::NotFound, ""))?;
    let history = tx.deal_history(deal.id).await?;
    let touches = tx.deal_touches([deal.id].into_iter()).await?.remove(&deal.id).unwrap_or_default();
    let rules = tx.rule_book().await?.of_deal(deal.opened_at)?;
    let standing = pipeline::standing(&opportunity, &touches, &rules, asked.at);
    let end = deal.closed_at.unwrap_or(asked.at);
    let filter = RegistrationFilter { deal_id: Some(deal.id), ..RegistrationFilter::default() };
    let registered = tx.registrations(&filter, newest(ROWS_MAX)).await?;
    let conversions = conversions(tx, &deal).await?;
    let mut partners: Vec<_> = touches.iter().filter_map(|touch| Some(touch.partner_id?.uuid())).collect();
    partners.extend(standing.sourced_by.map(|id| id.uuid()));
    partners.extend(registered.iter().map(|one| one.partner_id.uuid()));
    partners.extend(conversions.iter().flat_map(|one| &one.credits).map(|credit| credit.partner_id.uuid()));
    partners.sort_unstable();
    partners.dedup();
    let mut names = tx.names(Named::Partner, partners).await?;
    names.extend(tx.names(Named::Account, deal.account_id.map(|id| id.uuid())).await?);
    let stages = tx.stages().await?;
    let around = if asked.is_admin() { Some(touchpoints::around(tx).await?) } else { None };
    let skipped = touches.len().saturating_sub(TOUCHPOINTS_MAX);
    let counted = touches.into_iter().map(|touch| {
        let counts = pipeline::counts(&touch, deal.opened_at, end, &rules);
        (touch, counts)
    });
    let counted: Vec<_> = counted.collect();
    let whole = deal_page::Whole {
        deal: &deal,
        history: &history,
        touches: &counted,
        standing: &standing,
        sourced_by: rules.sourced_by,
        names: &names,
    };
    let mut touched = whole.touchpoints(shell, around.as_ref());
    touched.rows.truncate(touched.rows.len() - skipped);
    let registered = registrations::table(shell, "registrations", &registered, &names, asked.at, Default::default());
    let mut sold = evidence::conversions(shell, &conversions, &names, None);
    sold.empty = empty(shell.words::<Deals>().no_conversions, None);
    let mut tables = vec![&touched, &sold];
    if !registered.rows.is_empty() {
        tables.insert(1, &registered);
    }
    // When a form did not fit, this page stands under the form's own path.
    let path = format!("/admin/deals/{}", deal.id);
    let wanted = Wanted { path: &path, query: asked.query };
    Ok(asked.show(&tables, || whole.content(shell, &wanted, &stages, &tables, asked.sent(), around.as_ref())))
}

async fn form(visit: Visit<'_>, deal: Option<&Deal>) -> Result<Answer> {
    let accounts = visit.tx.accounts(&AccountFilter::default(), newest(ROWS_MAX)).await?;
    let stages = visit.tx.stages().await?;
    let asked = visit.asked;
    Ok(Answer::page(asked.shell, &page::edit(asked.shell, deal, &accounts, &stages, asked.sent())))
}

pub(super) async fn new(visit: Visit<'_>) -> Result<Answer> {
    form(visit, None).await
}

pub(super) async fn edit(mut visit: Visit<'_>) -> Result<Answer> {
    let deal = find(&mut visit).await?;
    form(visit, Some(&deal)).await
}

/// Puts in the amount and currency of a form, in minor units; both are empty where there is no amount.
pub(super) fn money(asked: &Asked<'_>, fields: &mut Map<String, Value>, unread: &mut Problems) {
    let (amount, currency) = (asked.field("amount"), asked.field("currency"));
    fields.insert("amount".into(), Value::Null);
    fields.insert("currency".into(), Value::Null);
    if amount.is_empty() {
        return;
    }
    let currency = match currency {
        "" => Err("is missing".to_owned()),
        code => code.parse::<Currency>(),
    };
    let reader = &asked.shell.reader;
    match unread.keep("currency", currency) {
        Some(currency) => {
            if let Some(minor) = unread.keep("amount", typed::amount(reader, amount, currency)) {
                fields.insert("amount".into(), json!(minor));
                fields.insert("currency".into(), json!(currency));
            }
        }
        // How many decimals there may be cannot be told; that it is no number can.
        None if typed::number(reader, amount).is_err() => unread.add("amount", typed::no_amount(amount)),
        None => (),
    }
}

const FIELDS: &[&str] = &["account_id", "owner", "product", "customer_id", "external_id", "order_id", "note"];

/// A day of the form, as the moment that is sent: its first one, or its last that is past.
pub(super) fn moment(asked: &Asked<'_>, name: &str, last: bool, unread: &mut Problems) -> Option<Time> {
    let text = Some(asked.field(name)).filter(|text| !text.is_empty())?;
    let day = unread.keep(name, Time::parse_date_or_time(text))?;
    Some(if last { (day + (DAY_MS - 1)).min(asked.at.max(day)) } else { day })
}

pub(super) async fn create(mut visit: Visit<'_>) -> Result<Answer> {
    let (asked, mut unread) = (visit.asked, Problems::default());
    let mut fields = asked.fields(FIELDS);
    fields.extend(asked.fields(&["stage"]));
    fields.insert("name".into(), json!(asked.field("name")));
    fields.insert("opened_at".into(), json!(moment(asked, "opened_at", false, &mut unread)));
    money(asked, &mut fields, &mut unread);
    let made = together(unread, visit.api(&Method::POST, "/deals", fields).await)?;
    Ok(Answer::go(format!("/admin/deals/{}?done=saved", made["id"].as_str().unwrap_or_default())))
}

pub(super) async fn save(mut visit: Visit<'_>) -> Result<Answer> {
    let deal = find(&mut visit).await?;
    let (asked, mut unread) = (visit.asked, Problems::default());
    let mut fields = asked.fields(FIELDS);
    fields.insert("name".into(), json!(asked.field("name")));
    money(asked, &mut fields, &mut unread);
    // A day that was not touched keeps its hour.
    let days = [("opened_at", false, Some(deal.opened_at)), ("closed_at", true, deal.closed_at)];
    for (name, last, before) in days {
        let changed = before.is_none_or(|before| before.date() != asked.field(name));
        if let Some(at) = moment(asked, name, last, &mut unread).filter(|_| changed) {
            fields.insert(name.into(), json!(at));
        }
    }
    let path = format!("/deals/{}", deal.id);
    together(unread, visit.api(&Method::PATCH, &path, fields).await)?;
    Ok(Answer::go(format!("/admin{path}?done=saved")))
}

pub(super) async fn move_on(mut visit: Visit<'_>) -> Result<Answer> {
    let (asked, mut unread) = (visit.asked, Problems::default());
    let mut fields = Map::from_iter([("stage".to_owned(), json!(asked.field("stage")))]);
    if asked.field("stage").is_empty() {
        unread.add("stage", "is missing");
    }
    if let Some(at) = moment(asked, "moved_at", true, &mut unread) {
        fields.insert("moved_at".into(), json!(at));
    }
    let path = format!("/deals/{}", asked.read_id::<DealId>()?);
    together(unread, visit.api(&Method::PATCH, &path, fields).await)?;
    Ok(Answer::go(format!("/admin{path}?done=moved")))
}

pub(super) async fn ask_move_back(mut visit: Visit<'_>) -> Result<Answer> {
    let deal = find(&mut visit).await?;
    Ok(Answer::page(visit.asked.shell, &deal_page::move_back(visit.asked.shell, &deal, visit.asked.sent())))
}

pub(super) async fn move_back(mut visit: Visit<'_>) -> Result<Answer> {
    let path = format!("/deals/{}", visit.asked.read_id::<DealId>()?);
    let fields = Map::from_iter([("stage".to_owned(), json!(visit.asked.field("stage")))]);
    visit.api(&Method::POST, &format!("{path}/move-back"), fields).await?;
    Ok(Answer::go(format!("/admin{path}?done=moved_back")))
}
