//! Accounts: list, make, show with their parts and deals, change.

use hyper::Method;
use serde_json::json;

use crate::domain::account::Account;
use crate::domain::id::AccountId;
use crate::error::{Code, Error, Result};
use crate::http::pages::answer::Answer;
use crate::http::pages::asked::{ROWS_MAX, Visit, newest};
use crate::http::pages::deals;
use crate::pages::evidence::Names;
use crate::pages::table::empty;
use crate::pages::texts::Deals;
use crate::pages::{accounts as page, deals as deal_page};
use crate::store::{AccountFilter, DealSearch, Named, PartnerFilter, Tx};

const FIELDS: &[&str] = &["domain", "parent_id", "partner_id", "customer_id"];

/// Names of the partners that accounts are, and of the accounts they are parts of.
async fn names(tx: &mut Tx, accounts: &[Account]) -> Result<Names> {
    let mut names = tx.names(Named::Partner, accounts.iter().filter_map(|account| Some(account.partner_id?.uuid()))).await?;
    names.extend(tx.names(Named::Account, accounts.iter().filter_map(|account| Some(account.parent_id?.uuid()))).await?);
    Ok(names)
}

pub(super) async fn list(visit: Visit<'_>) -> Result<Answer> {
    let (asked, tx) = (visit.asked, visit.tx);
    let accounts = tx.accounts(&AccountFilter::default(), newest(ROWS_MAX)).await?;
    let table = page::table(asked.shell, &accounts, &names(tx, &accounts).await?, false);
    Ok(asked.show(&[&table], || page::list(asked.shell, &asked.wanted(), &table, asked.is_admin())))
}

async fn find(visit: &mut Visit<'_>) -> Result<Account> {
    let id: AccountId = visit.asked.read_id()?;
    visit.tx.account(id).await?.ok_or_else(|| Error::new(Code::NotFound, ""))
}

pub(super) async fn show(mut visit: Visit<'_>) -> Result<Answer> {
    let account = find(&mut visit).await?;
    let (asked, tx) = (visit.asked, visit.tx);
    let filter = AccountFilter { parent_id: Some(account.id), ..AccountFilter::default() };
    let parts = tx.accounts(&filter, newest(ROWS_MAX)).await?;
    let search = DealSearch { account_id: Some(account.id), ..DealSearch::default() };
    let found = tx.deals_opened(&search, ROWS_MAX).await?;
    let judged = tx.judged(found, asked.at).await?;
    let claim = tx.registrations_of(&account.name, account.domain.as_deref()).await?;
    let claim = claim.into_iter().find(|one| one.claimed_until.is_some() && one.holds(asked.at));
    let mut all = names(tx, &parts).await?;
    all.extend(names(tx, std::slice::from_ref(&account)).await?);
    all.extend(deals::names(tx, &judged).await?);
    all.insert(account.id.uuid(), account.name.clone());
    all.extend(tx.names(Named::Partner, claim.iter().map(|claim| claim.partner_id.uuid())).await?);
    let nothing = empty(asked.shell.words::<Deals>().no_deals_of_account, None);
    let deals = deal_page::table(asked.shell, &judged, &all, true, nothing);
    let parts = page::table(asked.shell, &parts, &all, true);
    let content =
        || page::show(asked.shell, &asked.wanted(), &account, claim.as_ref(), &all, &[&deals, &parts], asked.is_admin());
    Ok(asked.show(&[&deals, &parts], content))
}

async fn form(visit: Visit<'_>, account: Option<&Account>) -> Result<Answer> {
    let (asked, tx) = (visit.asked, visit.tx);
    let others = tx.accounts(&AccountFilter::default(), newest(ROWS_MAX)).await?;
    let partners = tx.partners(&PartnerFilter::default(), newest(ROWS_MAX)).await?;
    Ok(Answer::page(asked.shell, &page::edit(asked.shell, account, &others, &partners, asked.sent())))
}

pub(super) async fn new(visit: Visit<'_>) -> Result<Answer> {
    form(visit, None).await
}

pub(super) async fn edit(mut visit: Visit<'_>) -> Result<Answer> {
    let account = find(&mut visit).await?;
    form(visit, Some(&account)).await
}

pub(super) async fn create(mut visit: Visit<'_>) -> Result<Answer> {
    let mut fields = visit.asked.fields(FIELDS);
    fields.insert("name".into(), json!(visit.asked.field("name")));
    let made = visit.api(&Method::POST, "/accounts", fields).await?;
    Ok(Answer::go(format!("/admin/accounts/{}?done=saved", made["id"].as_str().unwrap_or_default())))
}

pub(super) async fn save(mut visit: Visit<'_>) -> Result<Answer> {
    let mut fields = visit.asked.fields(FIELDS);
    fields.insert("name".into(), json!(visit.asked.field("name")));
    let path = format!("/accounts/{}", visit.asked.read_id::<AccountId>()?);
    visit.api(&Method::PATCH, &path, fields).await?;
    Ok(Answer::go(format!("/admin{path}?done=saved")))
}
