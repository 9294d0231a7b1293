//! `/customers`: who a buyer is, under which ids, and what ties them together.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::domain::conversion::{bare, check_value};
use crate::domain::customer::{Customer, Email};
use crate::domain::id::{CustomerKey, PartnerId, TouchpointId, VisitorId};
use crate::domain::interpret::Identity;
use crate::error::{Error, Problems, Result};
use crate::http::api::endpoint::Call;
use crate::http::api::input::{Body, Id, List, clearable, params};
use crate::http::api::links::partner_exists;
use crate::http::api::output::{Page, Shown};
use crate::store::{CustomerFilter, Tx};

/// The website's own id of a buyer, as it stands in a path: any text that a report could have named.
pub(super) struct CustomerId(String);

impl FromStr for CustomerId {
    type Err = &'static str;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        let mut problems = Problems::default();
        check_value(&mut problems, "id", text);
        problems.finish().map(|()| CustomerId(bare(text.to_owned()))).map_err(|_| "is not an id that a customer can have")
    }
}

/// What is known of a customer: a browser, the browser of a click, an address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Identified {
    /// A browser of theirs.
    visitor_id: Option<VisitorId>,
    /// A click of theirs, which may still be on its way.
    click_id: Option<TouchpointId>,
    /// An e-mail address of theirs, which is kept as a keyed hash.
    email: Option<String>,
}

/// Another customer who is the same buyer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Merge {
    /// The id under which both go on.
    into: String,
}

/// The buyer that two customers have become.
#[derive(Serialize, ToSchema)]
pub(super) struct Merged {
    #[serde(flatten)]
    customer: Customer,
    /// Which of the two ids nothing had named before: both are customers from now on. Where that is a slip,
    /// `DELETE /customers/{id}/merge` takes it back.
    unknown: Vec<String>,
}

/// What is to be changed of a customer; what is absent stays, `null` clears.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CustomerEdit {
    /// The partner that this customer is: it earns nothing for what it buys itself.
    #[serde(default, deserialize_with = "clearable")]
    partner_id: Option<Option<PartnerId>>,
    /// The customer whose part it is, such as a holding.
    #[serde(default, deserialize_with = "clearable")]
    parent_id: Option<Option<String>>,
}

/// Which customers are listed.
pub(super) struct CustomerQuery {
    email: Option<Email>,
    partner_id: Option<PartnerId>,
    parent_id: Option<String>,
}

params! { CustomerQuery {
    email: Email, "Only those who gave this e-mail address.";
    partner_id: PartnerId, "Only those who are this partner.";
    parent_id: String, "Only those who are a part of this customer.";
} }

pub(super) async fn list(call: Call<'_>, list: List<CustomerKey, CustomerQuery>) -> Result<Page<Customer>> {
    let email_id = match &list.filter.email {
        Some(email) => match call.tx.email_book_made().await? {
            Some(book) => Some(book.id(email)),
            None => return Ok(Page { data: Vec::new(), next_cursor: None }),
        },
        None => None,
    };
    let CustomerQuery { partner_id, parent_id, .. } = &list.filter;
    let filter = CustomerFilter { email_id, partner_id: *partner_id, parent_id: parent_id.clone() };
    let rows: Vec<(Uuid, Customer)> = call.tx.customers(&filter, list.slice).await?;
    let page = list.page(rows, |(key, _)| CustomerKey::from(*key));
    Ok(Page { data: page.data.into_iter().map(|(_, customer)| customer).collect(), next_cursor: page.next_cursor })
}

pub(super) async fn show(call: Call<'_>, Id(CustomerId(id)): Id<CustomerId>) -> Result<Shown<Customer>> {
    find(call.tx, &id).await.map(Shown)
}

pub(super) async fn edit(
    call: Call<'_>, (Id(CustomerId(id)), Body(edit)): (Id<CustomerId>, Body<CustomerEdit>),
) -> Result<Shown<Customer>> {
    let mut problems = Problems::default();
    let before = find(call.tx, &id).await?;
    if let Some(Some(partner)) = edit.partner_id {
        partner_exists(call.tx, partner, &mut problems).await?;
    }
    let parent_id = edit.parent_id.map_or(before.parent_id.clone(), |parent| parent.map(bare));
    if let Some(parent) = &parent_id {
        if call.tx.customer(parent).await?.is_none() {
            problems.add("parent_id", format!("there is no customer {parent:?}"));
        } else if call.tx.is_part_of(parent, &id).await? {
            problems.add("parent_id", "is this customer, or a part of it");
        }
    }
    problems.finish()?;
    let customer = Customer { partner_id: edit.partner_id.unwrap_or(before.partner_id), parent_id, ..before };
    call.tx.save_customer(call.by, &customer).await?;
    Ok(Shown(customer))
}

pub(super) async fn identify(
    call: Call<'_>, (Id(CustomerId(id)), Body(known)): (Id<CustomerId>, Body<Identified>),
) -> Result<Shown<Customer>> {
    let mut problems = Problems::default();
    let email = known.email.as_deref().and_then(|email| problems.keep("email", email.parse::<Email>()));
    if known.visitor_id.is_none() && known.click_id.is_none() && known.email.is_none() {
        problems.add("body", "says nothing of the customer: give visitor_id, click_id or email");
    }
    problems.finish()?;
    let (visitor, click) = (known.visitor_id, known.click_id);
    call.tx.identify(call.by, &Identity { customer: Some(id.clone()), email, visitor, click, at: call.by.at }).await?;
    find(call.tx, &id).await.map(Shown)
}

pub(super) async fn merge(
    call: Call<'_>, (Id(CustomerId(id)), Body(Merge { into })): (Id<CustomerId>, Body<Merge>),
) -> Result<Shown<Merged>> {
    let mut problems = Problems::default();
    let into = bare(into);
    check_value(&mut problems, "into", &into);
    if into == id {
        problems.add("into", "is this customer itself");
    }
    problems.finish()?;
    let mut unknown = Vec::new();
    for one in [&id, &into] {
        if call.tx.customer(one).await?.is_none() {
            unknown.push(one.clone());
        }
    }
    call.tx.merge_customers(call.by, &id, &into).await?;
    Ok(Shown(Merged { customer: find(call.tx, &id).await?, unknown }))
}

pub(super) async fn split(call: Call<'_>, Id(CustomerId(id)): Id<CustomerId>) -> Result<Shown<Customer>> {
    find(call.tx, &id).await?;
    if !call.tx.split_customer(call.by, &id).await? {
        return Err(Error::conflict("id", "this customer was merged with no other"));
    }
    find(call.tx, &id).await.map(Shown)
}

async fn find(tx: &mut Tx, id: &str) -> Result<Customer> {
    tx.customer(id).await?.ok_or_else(|| Error::not_found("customer", id))
}
