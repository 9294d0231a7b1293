//! Importing many at once: each row goes through the API's own endpoint, first to see what would become of it, then for good.

use std::collections::HashMap;

use hyper::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::domain::hit::Idempotency;
use crate::domain::id::{CampaignId, PartnerId, ViewId};
use crate::domain::import::{NoSheet, Sheet};
use crate::domain::key;
use crate::error::{Code, Error, Problems, Result};
use crate::http::pages::answer::Answer;
use crate::http::pages::asked::{Asked, ROWS_MAX, Visit, newest, together};
use crate::http::pages::campaigns::as_forms_call_them;
use crate::pages::import::columns::{column, needed};
use crate::pages::import::{self as page, Outcome, Rest, Rows};
use crate::pages::texts::{Promotion, fill};
use crate::pages::typed;

const UTM: [&str; 5] = ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"];

pub(super) async fn show(visit: Visit<'_>) -> Result<Answer> {
    let asked = visit.asked;
    let what = asked.field("what").parse().ok().or(asked.param("what")).unwrap_or(Rows::Partners);
    Ok(Answer::page(asked.shell, &page::paste(asked.shell, what, "", asked.sent())))
}

/// The rows of the form.
fn sheet(asked: &Asked<'_>, what: Rows) -> Result<Sheet> {
    let w = asked.shell.words::<Promotion>();
    // What stands for bytes that could not be read: names would be kept with it for good.
    if asked.secret("rows").contains(char::REPLACEMENT_CHARACTER) {
        return Err(Error::invalid("rows", w.import_lost_letters));
    }
    let mut sheet = Sheet::read(asked.secret("rows")).map_err(|why| {
        let sentence = match why {
            NoSheet::Empty => w.import_none.to_owned(),
            NoSheet::TooMany => w.too_many_rows.to_owned(),
            NoSheet::Open(row) => fill(w.import_open, &[&row.to_string()]),
        };
        Error::invalid("rows", sentence)
    })?;
    for name in &mut sheet.columns {
        *name = column(what, name).map_or_else(|| std::mem::take(name), str::to_owned);
    }
    let is_there = |name: &&&str| sheet.columns.iter().any(|column| column == *name);
    if let Some(name) = needed(what).iter().find(|name| !is_there(name)) {
        return Err(Error::invalid("rows", format!("{}: {name}", w.needs_columns)));
    }
    let mut names = sheet.columns.iter().filter(|name| !name.is_empty());
    let is_doubled = |name: &&String| sheet.columns.iter().filter(|other| other == name).count() > 1;
    match names.find(is_doubled) {
        Some(name) => Err(Error::invalid("rows", format!("{}: {name}", w.doubled_columns))),
        None => Ok(sheet),
    }
}

/// What rows refer to, looked up once each.
#[derive(Default)]
struct Known {
    partners: HashMap<String, Option<PartnerId>>,
    campaigns: HashMap<String, CampaignId>,
}

pub(super) async fn import(mut visit: Visit<'_>) -> Result<Answer> {
    let asked = visit.asked;
    let what = asked.field("what").parse().unwrap_or(Rows::Partners);
    if asked.field("again") == "1" {
        return Ok(Answer::page(asked.shell, &page::paste(asked.shell, what, asked.secret("rows"), asked.sent())));
    }
    let sheet = sheet(asked, what)?;
    let campaigns = visit.tx.campaigns(newest(ROWS_MAX)).await?;
    let campaigns = campaigns.into_iter().map(|campaign| (campaign.name.to_lowercase(), campaign.id)).collect();
    let mut known = Known { campaigns, ..Known::default() };
    let is_final = asked.field("confirmed") == "1";
    visit.tx.begin_trial().await?;
    let mut outcomes = Vec::with_capacity(sheet.rows.len());
    for (number, row) in &sheet.rows {
        visit.tx.begin_part().await?;
        let made = one(&mut visit, what, &sheet, row, &mut known).await;
        let name = name(what, &sheet, row);
        let outcome = match made {
            Ok(id) => {
                visit.tx.keep_part().await?;
                let href = is_final.then(|| format!("/admin/{what}/{id}"));
                Outcome { number: *number, name, href, problems: Vec::new() }
            }
            Err(error) if [Code::Invalid, Code::Conflict, Code::Malformed].contains(&error.code) => {
                visit.tx.undo_part().await?;
                Outcome { number: *number, name, href: None, problems: error.into_fields() }
            }
            Err(error) => return Err(error),
        };
        outcomes.push(outcome);
    }
    if !is_final {
        visit.tx.undo_trial().await?;
    }
    let is_used = |name: &&String| name.is_empty() || column(what, name).is_some();
    let unused: Vec<String> = sheet.columns.iter().filter(|name| !is_used(name)).cloned().collect();
    if !is_final {
        let rest = Rest::Tried(asked.secret("rows").to_owned());
        return Ok(Answer::page(asked.shell, &page::result(asked.shell, what, &outcomes, &unused, &rest)));
    }
    let left_out: Vec<usize> = outcomes.iter().filter(|row| !row.problems.is_empty()).map(|row| row.number).collect();
    let left_out = (!left_out.is_empty()).then(|| sheet.part(&left_out));
    let id = keep(&mut visit, &Kept { what: what.to_string(), outcomes, unused, left_out }).await?;
    Ok(Answer::go(format!("/admin/import/{id}")))
}

/// What became of rows, kept for as long as answers of the API are, so that its page can be loaded again.
#[derive(Serialize, Deserialize)]
struct Kept {
    what: String,
    outcomes: Vec<Outcome>,
    unused: Vec<String>,
    left_out: Option<String>,
}

/// Under what it is kept: whoever made it finds it.
fn kept_under(asked: &Asked<'_>, id: ViewId) -> Result<String> {
    Ok(format!("{}:import:{id}", asked.signed()?.user.id))
}

async fn keep(visit: &mut Visit<'_>, made: &Kept) -> Result<ViewId> {
    let asked = visit.asked;
    let id = ViewId::mint(asked.at);
    let unwritten = |why| Error::internal("what became of the rows could not be written", why);
    let body = serde_json::to_string(made).map_err(unwritten)?;
    let under = Idempotency { key: kept_under(asked, id)?, request: key::hash(asked.secret("rows")) };
    visit.tx.keep_answer(asked.at, &under, 200, &body).await?;
    Ok(id)
}

pub(super) async fn made(visit: Visit<'_>) -> Result<Answer> {
    let asked = visit.asked;
    let kept = visit.tx.kept_answer(&kept_under(asked, asked.read_id()?)?).await?;
    let kept = kept.and_then(|kept| serde_json::from_str::<Kept>(&kept.body).ok());
    let Kept { what, outcomes, unused, left_out } = kept.ok_or_else(|| Error::new(Code::NotFound, ""))?;
    let what = what.parse().unwrap_or(Rows::Partners);
    Ok(Answer::page(asked.shell, &page::result(asked.shell, what, &outcomes, &unused, &Rest::Made(left_out))))
}

/// The same error by the columns of a file.
fn as_columns_are_called(error: Error) -> Error {
    let mut error = as_forms_call_them(error);
    for problem in &mut error.fields {
        problem.field = problem.field.replace("partner_id", "partner").replace("campaign_id", "campaign");
    }
    error
}

/// What is wrong with a row, in the order of its columns.
fn in_order(sheet: &Sheet, mut error: Error) -> Error {
    let place = |field: &str| sheet.columns.iter().position(|column| column == field);
    error.fields.sort_by_key(|problem| place(&problem.field).unwrap_or(usize::MAX));
    error
}

fn name(what: Rows, sheet: &Sheet, row: &[String]) -> String {
    let names: &[&str] = match what {
        Rows::Partners | Rows::Campaigns => &["name"],
        Rows::Links => &["destination"],
        Rows::Codes => &["code"],
    };
    sheet.cell(row, names).or(sheet.cell(row, &["partner"])).unwrap_or_default().to_owned()
}

fn utm(cell: &impl Fn(&[&str]) -> Value) -> Value {
    Value::Object(UTM.iter().map(|name| (name.replace("utm_", ""), cell(&[name]))).collect())
}

/// Makes what one row says; its id.
async fn one(visit: &mut Visit<'_>, what: Rows, sheet: &Sheet, row: &[String], known: &mut Known) -> Result<String> {
    let cell = |names: &[&str]| sheet.cell(row, names).map_or(Value::Null, |cell| json!(cell));
    let mut body = Map::new();
    let mut problems = Problems::default();
    if row.iter().skip(sheet.columns.len()).any(|cell| !cell.is_empty()) {
        problems.add("", visit.asked.shell.words::<Promotion>().surplus_cells);
    }
    match what {
        Rows::Partners => {
            body.insert("name".into(), json!(sheet.cell(row, &["name"]).unwrap_or_default()));
            for name in ["email", "external_id", "group"] {
                body.insert(name.into(), cell(&[name]));
            }
            twin(visit, sheet.cell(row, &["name"]).unwrap_or_default(), &mut problems).await?;
        }
        Rows::Links => {
            let address = |names: &[&str]| sheet.cell(row, names).map(typed::address);
            body.insert("destination".into(), json!(address(&["destination"]).unwrap_or_default()));
            body.insert("fallback_url".into(), json!(address(&["fallback_url"])));
            body.insert("slug".into(), cell(&["slug"]));
            body.insert("utm".into(), utm(&cell));
        }
        Rows::Campaigns => {
            body.insert("name".into(), json!(sheet.cell(row, &["name"]).unwrap_or_default()));
            body.insert("utm".into(), utm(&cell));
        }
        Rows::Codes => {
            body.insert("code".into(), cell(&["code"]));
        }
    }
    if matches!(what, Rows::Links | Rows::Codes) {
        let wanted = sheet.cell(row, &["partner"]).unwrap_or_default();
        match partner(visit, wanted, known).await? {
            Some(id) => drop(body.insert("partner_id".into(), json!(id))),
            None => {
                // One that there is not stands in, so that the rest is looked at too.
                body.insert("partner_id".into(), json!(PartnerId::from(Uuid::nil())));
                problems.add("partner", visit.asked.shell.words::<Promotion>().no_such_partner);
            }
        }
        if let Some(wanted) = sheet.cell(row, &["campaign"]) {
            let id = known.campaigns.get(&wanted.to_lowercase()).copied().or_else(|| wanted.parse().ok());
            match id {
                Some(id) => drop(body.insert("campaign_id".into(), json!(id))),
                None => problems.add("campaign", visit.asked.shell.words::<Promotion>().no_such_campaign),
            }
        }
    }
    let made = visit.api(&Method::POST, &format!("/{what}"), body).await.map_err(as_columns_are_called);
    let made = together(problems, made).map_err(|error| in_order(sheet, error))?;
    Ok(made["id"].as_str().unwrap_or_default().to_owned())
}

/// Notes a partner of that name: a file that is imported twice must not make everybody twice.
async fn twin(visit: &mut Visit<'_>, name: &str, problems: &mut Problems) -> Result<()> {
    if !name.is_empty() && !visit.tx.partners_called(name).await?.is_empty() {
        problems.add("name", visit.asked.shell.words::<Promotion>().partner_is_there);
    }
    Ok(())
}

/// The partner that a row names, by id, external id or name; none when there is none, or several.
async fn partner(visit: &mut Visit<'_>, wanted: &str, known: &mut Known) -> Result<Option<PartnerId>> {
    if let Some(found) = known.partners.get(wanted) {
        return Ok(*found);
    }
    let found = match wanted.parse::<PartnerId>() {
        Ok(id) => visit.tx.partner(id).await?.map(|partner| partner.id),
        Err(_) => match visit.tx.partners_called(wanted).await?[..] {
            [one] => Some(one),
            _ => None,
        },
    };
    known.partners.insert(wanted.to_owned(), found);
    Ok(found)
}
