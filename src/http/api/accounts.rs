//! `/accounts`

use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::account::{Account, read_domain};
use crate::domain::conversion::{bare, check_value};
use crate::domain::id::{AccountId, PartnerId};
use crate::domain::partner::check_text;
use crate::error::{Error, Problems, Result};
use crate::http::api::endpoint::Call;
use crate::http::api::input::{Body, Id, List, clearable, params, some};
use crate::http::api::links::partner_exists;
use crate::http::api::output::{Created, Page, Shown};
use crate::store::{AccountFilter, Tx};

/// An account to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewAccount {
    /// Its name.
    name: String,
    /// Its domain, as `acme.example`; unique.
    domain: Option<String>,
    /// The account it is a part of.
    parent_id: Option<AccountId>,
    /// Your own id of the customer it is.
    customer_id: Option<String>,
    /// The partner it is, if it is one.
    partner_id: Option<PartnerId>,
}

/// What is to be changed of an account; what is absent stays, `null` clears.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountEdit {
    /// Its name.
    #[serde(default, deserialize_with = "some")]
    #[schema(nullable = false)]
    name: Option<String>,
    /// Its domain, as `acme.example`; unique.
    #[serde(default, deserialize_with = "clearable")]
    domain: Option<Option<String>>,
    /// The account it is a part of; never itself or a part of it.
    #[serde(default, deserialize_with = "clearable")]
    parent_id: Option<Option<AccountId>>,
    /// Your own id of the customer it is.
    #[serde(default, deserialize_with = "clearable")]
    customer_id: Option<Option<String>>,
    /// The partner it is, if it is one.
    #[serde(default, deserialize_with = "clearable")]
    partner_id: Option<Option<PartnerId>>,
}

params! { AccountFilter {
    parent_id: AccountId, "Only parts of this account.";
    partner_id: PartnerId, "Only accounts that are this partner.";
    customer_id: String, "Only accounts that are this customer.";
} }

pub(super) async fn create(call: Call<'_>, Body(new): Body<NewAccount>) -> Result<Created<Account>> {
    let mut problems = Problems::default();
    let account = Account {
        id: AccountId::mint(call.by.at),
        name: new.name.trim().to_owned(),
        domain: domain(new.domain, &mut problems),
        parent_id: new.parent_id,
        customer_id: new.customer_id.map(bare),
        partner_id: new.partner_id,
        created_at: call.by.at,
    };
    check(call.tx, &account, problems).await?;
    call.tx.add_account(call.by, &account).await?;
    Ok(Created(account))
}

pub(super) async fn list(call: Call<'_>, list: List<AccountId, AccountFilter>) -> Result<Page<Account>> {
    let rows = call.tx.accounts(&list.filter, list.slice).await?;
    Ok(list.page(rows, |account| account.id))
}

pub(super) async fn show(call: Call<'_>, Id(id): Id<AccountId>) -> Result<Shown<Account>> {
    find(call.tx, id).await.map(Shown)
}

pub(super) async fn edit(call: Call<'_>, (Id(id), Body(edit)): (Id<AccountId>, Body<AccountEdit>)) -> Result<Shown<Account>> {
    let mut problems = Problems::default();
    let before = find(call.tx, id).await?;
    let account = Account {
        name: edit.name.map_or(before.name, |name| name.trim().to_owned()),
        domain: edit.domain.map_or(before.domain, |wanted| domain(wanted, &mut problems)),
        parent_id: edit.parent_id.unwrap_or(before.parent_id),
        customer_id: edit.customer_id.map_or(before.customer_id, |id| id.map(bare)),
        partner_id: edit.partner_id.unwrap_or(before.partner_id),
        ..before
    };
    check(call.tx, &account, problems).await?;
    call.tx.save_account(call.by, &account).await?;
    Ok(Shown(account))
}

async fn find(tx: &mut Tx, id: AccountId) -> Result<Account> {
    tx.account(id).await?.ok_or_else(|| Error::not_found("account", id))
}

/// The domain in what a caller wrote.
pub(super) fn domain(wanted: Option<String>, problems: &mut Problems) -> Option<String> {
    wanted.and_then(|text| problems.keep("domain", read_domain(&text)))
}

async fn check(tx: &mut Tx, account: &Account, mut problems: Problems) -> Result<()> {
    check_text(&mut problems, "name", &account.name);
    if let Some(id) = &account.customer_id {
        check_value(&mut problems, "customer_id", id);
    }
    if let Some(parent) = account.parent_id
        && tx.account(parent).await?.is_none()
    {
        problems.add("parent_id", format!("there is no account {parent}"));
    }
    if let Some(partner) = account.partner_id {
        partner_exists(tx, partner, &mut problems).await?;
    }
    Ok(problems.finish()?)
}
