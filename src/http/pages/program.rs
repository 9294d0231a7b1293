//! The program's settings: kinds of touchpoint, groups of partners, API keys, stages of deals.

use hyper::Method;
use serde_json::{Map, Value, json};

use crate::domain::id::{GroupId, KeyId, StageId};
use crate::domain::key::Scope;
use crate::domain::kind::{KindName, TouchpointKind};
use crate::error::{Code, Error, Problems, Result};
use crate::http::api::keys::fresh;
use crate::http::pages::answer::Answer;
use crate::http::pages::asked::{Asked, ROWS_MAX, Visit, newest, together};
use crate::pages::texts::Called;
use crate::pages::texts::program::Program;
use crate::pages::{confirm, groups, keys, kinds, stages, typed};

fn missing() -> Error {
    Error::new(Code::NotFound, "")
}

/// What a kind is by numbers: its weight, where there is one, and its days, none where the field is empty.
fn kind_numbers(asked: &Asked<'_>, fields: &mut Map<String, Value>) -> Problems {
    let (reader, mut unread) = (&asked.shell.reader, Problems::default());
    let weight = Some(asked.field("weight")).filter(|text| !text.is_empty());
    let weight = weight.and_then(|text| unread.keep("weight", typed::number(reader, text)));
    fields.extend(weight.map(|weight| ("weight".to_owned(), weight)));
    let days = match asked.field("lookback_days") {
        "" => Some(Value::Null),
        text => unread.keep("lookback_days", typed::whole(reader, text)),
    };
    fields.extend(days.map(|days| ("lookback_days".to_owned(), days)));
    unread
}

/// The page that asks before something is gone: what the path itself does once it is sent.
pub(super) fn sure(asked: &Asked<'_>, name: &str, meaning: &str, submit: &'static str, up: String, word: &str) -> Answer {
    let (title, action, up) = (format!("{word}: {name}"), asked.path.to_owned(), (up, name.to_owned()));
    Answer::page(asked.shell, &confirm::page(asked.shell, title, meaning, action, submit, up, asked.sent()))
}

pub(super) async fn kinds(visit: Visit<'_>) -> Result<Answer> {
    let asked = visit.asked;
    let table = kinds::table(asked.shell, &visit.tx.kinds().await?);
    Ok(asked.show(&[&table], || kinds::list(asked.shell, &asked.wanted(), &table, asked.is_admin(), asked.sent())))
}

async fn kind(visit: &mut Visit<'_>) -> Result<TouchpointKind> {
    let name: KindName = visit.asked.read_id()?;
    let found = visit.tx.kinds().await?.into_iter().find(|kind| kind.name == name.as_str());
    found.ok_or_else(missing)
}

pub(super) async fn create_kind(mut visit: Visit<'_>) -> Result<Answer> {
    let mut fields = visit.asked.fields(&["name", "team"]);
    fields.insert("name".into(), json!(visit.asked.field("name")));
    let unread = kind_numbers(visit.asked, &mut fields);
    together(unread, visit.api(&Method::POST, "/touchpoint-kinds", fields).await)?;
    Ok(Answer::go(format!("{}?done=saved", kinds::KINDS)))
}

pub(super) async fn show_kind(mut visit: Visit<'_>) -> Result<Answer> {
    let kind = kind(&mut visit).await?;
    Ok(Answer::page(visit.asked.shell, &kinds::show(visit.asked.shell, &kind, visit.asked.sent())))
}

pub(super) async fn save_kind(visit: Visit<'_>) -> Result<Answer> {
    let mut fields = visit.asked.fields(&["team"]);
    let unread = kind_numbers(visit.asked, &mut fields);
    together(unread, change_kind(visit, fields, "saved").await)
}

pub(super) async fn disable_kind(visit: Visit<'_>) -> Result<Answer> {
    change_kind(visit, Map::from_iter([("status".to_owned(), json!("disabled"))]), "disabled").await
}

pub(super) async fn enable_kind(visit: Visit<'_>) -> Result<Answer> {
    change_kind(visit, Map::from_iter([("status".to_owned(), json!("active"))]), "enabled").await
}

async fn change_kind(mut visit: Visit<'_>, fields: Map<String, Value>, done: &str) -> Result<Answer> {
    let kind = kind(&mut visit).await?;
    visit.api(&Method::PATCH, &format!("/touchpoint-kinds/{}", kind.name), fields).await?;
    Ok(Answer::go(format!("{}/{}?done={done}", kinds::KINDS, kind.name)))
}

pub(super) async fn ask_remove_kind(mut visit: Visit<'_>) -> Result<Answer> {
    let kind = kind(&mut visit).await?;
    let t: &Program = visit.asked.shell.words();
    let up = format!("{}/{}", kinds::KINDS, kind.name);
    let called = visit.asked.shell.words::<Called>().kind(&kind.name);
    Ok(sure(visit.asked, &called, t.kind_remove_sure, t.sure_remove, up, t.remove))
}

pub(super) async fn remove_kind(mut visit: Visit<'_>) -> Result<Answer> {
    let kind = kind(&mut visit).await?;
    visit.api(&Method::DELETE, &format!("/touchpoint-kinds/{}", kind.name), Map::new()).await?;
    Ok(Answer::go(format!("{}?done=removed", kinds::KINDS)))
}

pub(super) async fn groups(visit: Visit<'_>) -> Result<Answer> {
    let (asked, tx) = (visit.asked, visit.tx);
    let all = tx.groups(newest(ROWS_MAX)).await?;
    let table = groups::table(asked.shell, &all, &tx.group_sizes().await?);
    Ok(asked.show(&[&table], || groups::list(asked.shell, &asked.wanted(), &table, asked.is_admin(), asked.sent())))
}

pub(super) async fn create_group(mut visit: Visit<'_>) -> Result<Answer> {
    let fields = Map::from_iter([("name".to_owned(), json!(visit.asked.field("name")))]);
    visit.api(&Method::POST, "/groups", fields).await?;
    Ok(Answer::go(format!("{}?done=saved", groups::GROUPS)))
}

pub(super) async fn show_group(visit: Visit<'_>) -> Result<Answer> {
    let (asked, tx) = (visit.asked, visit.tx);
    let group = tx.group(asked.read_id()?).await?.ok_or_else(missing)?;
    let size = tx.group_sizes().await?.get(&group.id).copied().unwrap_or(0);
    Ok(Answer::page(asked.shell, &groups::show(asked.shell, &group, size, asked.sent())))
}

pub(super) async fn save_group(mut visit: Visit<'_>) -> Result<Answer> {
    let id: GroupId = visit.asked.read_id()?;
    let fields = Map::from_iter([("name".to_owned(), json!(visit.asked.field("name")))]);
    visit.api(&Method::PATCH, &format!("/groups/{id}"), fields).await?;
    Ok(Answer::go(format!("{}/{id}?done=saved", groups::GROUPS)))
}

pub(super) async fn ask_remove_group(visit: Visit<'_>) -> Result<Answer> {
    let (asked, tx) = (visit.asked, visit.tx);
    let group = tx.group(asked.read_id()?).await?.ok_or_else(missing)?;
    let t: &Program = asked.shell.words();
    let up = format!("{}/{}", groups::GROUPS, group.id);
    Ok(sure(asked, &group.name, t.group_remove_sure, t.sure_remove, up, t.remove))
}

pub(super) async fn remove_group(mut visit: Visit<'_>) -> Result<Answer> {
    let id: GroupId = visit.asked.read_id()?;
    visit.api(&Method::DELETE, &format!("/groups/{id}"), Map::new()).await?;
    Ok(Answer::go(format!("{}?done=removed", groups::GROUPS)))
}

pub(super) async fn keys(visit: Visit<'_>) -> Result<Answer> {
    let (asked, tx) = (visit.asked, visit.tx);
    let all: Vec<_> = tx.keys(newest(ROWS_MAX)).await?.into_iter().map(|key| fresh(asked.app, key)).collect();
    let table = keys::table(asked.shell, &all);
    Ok(asked.show(&[&table], || keys::list(asked.shell, &asked.wanted(), &table, asked.sent())))
}

pub(super) async fn create_key(mut visit: Visit<'_>) -> Result<Answer> {
    let mut unread = Problems::default();
    // The narrowest stands in for one that there is not, so that the name is looked at too.
    let scope = unread.keep("scope", visit.asked.field("scope").parse::<Scope>()).unwrap_or(Scope::Read);
    let fields = Map::from_iter([("name".to_owned(), json!(visit.asked.field("name"))), ("scope".to_owned(), json!(scope))]);
    let made = together(unread, visit.api(&Method::POST, "/keys", fields).await)?;
    let text = |name: &str| made[name].as_str().unwrap_or_default();
    Ok(Answer::page(visit.asked.shell, &keys::issued(visit.asked.shell, text("name"), text("key"))))
}

pub(super) async fn ask_revoke_key(visit: Visit<'_>) -> Result<Answer> {
    let (asked, tx) = (visit.asked, visit.tx);
    let key = tx.key(asked.read_id()?).await?.ok_or_else(missing)?;
    let t: &Program = asked.shell.words();
    Ok(sure(asked, &key.name, t.revoke_sure, t.revoke, keys::KEYS.to_owned(), t.revoke))
}

pub(super) async fn revoke_key(mut visit: Visit<'_>) -> Result<Answer> {
    let id: KeyId = visit.asked.read_id()?;
    visit.api(&Method::DELETE, &format!("/keys/{id}"), Map::new()).await?;
    Ok(Answer::go(format!("{}?done=removed", keys::KEYS)))
}

pub(super) async fn stages(visit: Visit<'_>) -> Result<Answer> {
    let asked = visit.asked;
    let table = stages::table(asked.shell, &visit.tx.stages().await?);
    Ok(asked.show(&[&table], || stages::list(asked.shell, &asked.wanted(), &table, asked.is_admin(), asked.sent())))
}

fn stage_fields(asked: &Asked<'_>) -> (Map<String, Value>, Problems) {
    let (mut fields, mut unread) = (asked.fields(&["kind"]), Problems::default());
    fields.insert("name".into(), json!(asked.field("name")));
    let order = Some(asked.field("order")).filter(|text| !text.is_empty());
    let order = order.and_then(|text| unread.keep("order", typed::whole(&asked.shell.reader, text)));
    fields.extend(order.map(|order| ("order".to_owned(), order)));
    (fields, unread)
}

pub(super) async fn create_stage(mut visit: Visit<'_>) -> Result<Answer> {
    let (fields, unread) = stage_fields(visit.asked);
    together(unread, visit.api(&Method::POST, "/deal-stages", fields).await)?;
    Ok(Answer::go(format!("{}?done=saved", stages::STAGES)))
}

pub(super) async fn show_stage(visit: Visit<'_>) -> Result<Answer> {
    let (asked, tx) = (visit.asked, visit.tx);
    let stage = tx.stage(asked.read_id()?).await?.ok_or_else(missing)?;
    Ok(Answer::page(asked.shell, &stages::show(asked.shell, &stage, asked.sent())))
}

pub(super) async fn save_stage(mut visit: Visit<'_>) -> Result<Answer> {
    let id: StageId = visit.asked.read_id()?;
    let (fields, unread) = stage_fields(visit.asked);
    together(unread, visit.api(&Method::PATCH, &format!("/deal-stages/{id}"), fields).await)?;
    Ok(Answer::go(format!("{}?done=saved", stages::STAGES)))
}

pub(super) async fn ask_remove_stage(visit: Visit<'_>) -> Result<Answer> {
    let (asked, tx) = (visit.asked, visit.tx);
    let stage = tx.stage(asked.read_id()?).await?.ok_or_else(missing)?;
    let t: &Program = asked.shell.words();
    let up = format!("{}/{}", stages::STAGES, stage.id);
    Ok(sure(asked, &asked.shell.words::<Called>().stage(&stage.name), t.stage_remove_sure, t.sure_remove, up, t.remove))
}

pub(super) async fn remove_stage(mut visit: Visit<'_>) -> Result<Answer> {
    let id: StageId = visit.asked.read_id()?;
    visit.api(&Method::DELETE, &format!("/deal-stages/{id}"), Map::new()).await?;
    Ok(Answer::go(format!("{}?done=removed", stages::STAGES)))
}
