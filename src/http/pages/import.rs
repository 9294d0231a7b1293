//! Importing many at once: each row goes through the API's own endpoint, first to see what would become of it, then for good.

use std::collections::HashMap;

use hyper::Method;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::domain::id::{CampaignId, PartnerId};
use crate::domain::import::{NoSheet, Sheet};
use crate::error::{Code, Error, Problems, Result};
use crate::http::pages::answer::Answer;
use crate::http::pages::asked::{Asked, ROWS_MAX, Visit, newest, together};
use crate::http::pages::campaigns::as_forms_call_them;
use crate::pages::import::{self as page, Outcome, Rest, Rows};
use crate::pages::texts::Promotion;
use crate::pages::typed;

const UTM: [&str; 5] = ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"];

fn columns(what: Rows) -> &'static [&'static str] {
    match what {
        Rows::Partners => &["name", "email", "external_id", "group"],
        Rows::Links => &[
            "destination",
            "url",
            "partner",
            "slug",
            "campaign",
            "fallback_url",
            "utm_source",
            "utm_medium",
            "utm_campaign",
            "utm_term",
            "utm_content",
        ],
        Rows::Codes => &["partner", "code", "campaign"],
    }
}

fn needed(what: Rows) -> &'static [&'static [&'static str]] {
    match what {
        Rows::Partners => &[&["name"]],
        Rows::Links => &[&["destination", "url"], &["partner"]],
        Rows::Codes => &[&["partner"]],
    }
}

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
    let sheet = Sheet::read(asked.secret("rows")).map_err(|why| {
        let sentence = match why {
            NoSheet::Empty => w.import_none,
            NoSheet::TooMany => w.too_many_rows,
            NoSheet::Broken => w.import_broken,
        };
        Error::invalid("rows", sentence)
    })?;
    let is_there = |names: &&&[&str]| names.iter().any(|name| sheet.columns.iter().any(|column| column == name));
    match needed(what).iter().find(|names| !is_there(names)) {
        Some(names) => Err(Error::invalid("rows", format!("{}: {}", w.needs_columns, names[0]))),
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
    let is_used = |column: &&String| column.is_empty() || columns(what).contains(&column.as_str());
    let unused: Vec<String> = sheet.columns.iter().filter(|column| !is_used(column)).cloned().collect();
    let left_out: Vec<usize> = outcomes.iter().filter(|row| !row.problems.is_empty()).map(|row| row.number).collect();
    let rest = match is_final {
        true => Rest::Made((!left_out.is_empty()).then(|| sheet.part(&left_out))),
        false => Rest::Tried(asked.secret("rows").to_owned()),
    };
    Ok(Answer::page(asked.shell, &page::result(asked.shell, what, &outcomes, &unused, &rest)))
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
    let is_of = |column: &str, field: &str| column == field || (column, field) == ("url", "destination");
    let place = |field: &str| sheet.columns.iter().position(|column| is_of(column, field));
    error.fields.sort_by_key(|problem| place(&problem.field).unwrap_or(usize::MAX));
    error
}

fn name(what: Rows, sheet: &Sheet, row: &[String]) -> String {
    let names: &[&str] = match what {
        Rows::Partners => &["name"],
        Rows::Links => &["destination", "url"],
        Rows::Codes => &["code"],
    };
    sheet.cell(row, names).or(sheet.cell(row, &["partner"])).unwrap_or_default().to_owned()
}

/// Makes what one row says; its id.
async fn one(visit: &mut Visit<'_>, what: Rows, sheet: &Sheet, row: &[String], known: &mut Known) -> Result<String> {
    let cell = |names: &[&str]| sheet.cell(row, names).map_or(Value::Null, |cell| json!(cell));
    let mut body = Map::new();
    let mut problems = Problems::default();
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
            body.insert("destination".into(), json!(address(&["destination", "url"]).unwrap_or_default()));
            body.insert("fallback_url".into(), json!(address(&["fallback_url"])));
            body.insert("slug".into(), cell(&["slug"]));
            let utm = UTM.iter().map(|name| (name.replace("utm_", ""), cell(&[name]))).collect();
            body.insert("utm".into(), Value::Object(utm));
        }
        Rows::Codes => {
            body.insert("code".into(), cell(&["code"]));
        }
    }
    if what != Rows::Partners {
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
