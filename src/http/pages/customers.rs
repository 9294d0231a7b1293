//! Customers: the newest, any by its id, and everything of one.

use percent_encoding::percent_decode_str;
use uuid::Uuid;

use crate::domain::attribution::Touch;
use crate::domain::conversion::bare;
use crate::domain::customer::{Customer, Email};
use crate::domain::id::ConversionId;
use crate::error::{Code, Error, Result};
use crate::http::pages::answer::Answer;
use crate::http::pages::asked::{Visit, newest};
use crate::pages::conversion::customer_path;
use crate::pages::customers::{self as page, CUSTOMERS_MAX, Life, TOUCHES_MAX};
use crate::pages::evidence::Names;
use crate::pages::table::Table;
use crate::store::{ConversionFilter, CustomerFilter, DealFilter, Named, Tx};

/// The most conversions and deals that are shown of one customer, the newest.
const SHOWN_MAX: i64 = 200;

pub(super) async fn list(visit: Visit<'_>) -> Result<Answer> {
    let (asked, tx) = (visit.asked, visit.tx);
    let wanted = asked.wanted();
    let searched = wanted.get("id").map(|id| bare(id.to_owned()));
    if let Some(id) = &searched
        && tx.customer(id).await?.is_some()
    {
        return Ok(Answer::go(customer_path(id)));
    }
    let of_address = with_address(tx, searched.as_deref()).await?;
    let missed = searched.is_some() && of_address.is_empty();
    let customers = match of_address.is_empty() {
        true => tx.customers(&CustomerFilter::default(), newest(CUSTOMERS_MAX)).await?,
        false => of_address,
    };
    let customers: Vec<_> = customers.into_iter().map(|(_, customer)| customer).collect();
    let table = page::table(asked.shell, &customers);
    let found = page::Found { asked: searched.as_deref().unwrap_or_default(), missed };
    Ok(asked.show(&[&table], || page::list(asked.shell, &wanted, &table, &found)))
}

/// Those who gave an e-mail address, where the text is one.
async fn with_address(tx: &mut Tx, text: Option<&str>) -> Result<Vec<(Uuid, Customer)>> {
    let Some(email) = text.and_then(|text| text.parse::<Email>().ok()) else { return Ok(Vec::new()) };
    let Some(book) = tx.email_book_made().await? else { return Ok(Vec::new()) };
    let filter = CustomerFilter { email_id: Some(book.id(&email)), ..CustomerFilter::default() };
    tx.customers(&filter, newest(CUSTOMERS_MAX)).await
}

pub(super) async fn show(visit: Visit<'_>) -> Result<Answer> {
    let (asked, tx) = (visit.asked, visit.tx);
    let id = percent_decode_str(asked.id).decode_utf8_lossy().into_owned();
    let customer = tx.customer(&id).await?.ok_or_else(|| Error::new(Code::NotFound, ""))?;
    let mut touches = tx.journey(ConversionId::from(Uuid::nil()), Some(&customer.id), None).await?;
    touches.sort_by_key(|touch| (touch.at, touch.id));
    let all = touches.len();
    let touches = touches.split_off(all.saturating_sub(TOUCHES_MAX));
    let conversions = ConversionFilter { customer_id: Some(customer.id.clone()), ..ConversionFilter::default() };
    let deals = DealFilter { customer_id: Some(customer.id.clone()), ..DealFilter::default() };
    let life = Life {
        cut: (all > TOUCHES_MAX).then_some(all),
        conversions: tx.conversions(&conversions, newest(SHOWN_MAX)).await?,
        deals: tx.deals(&deals, newest(SHOWN_MAX)).await?,
        names: names(tx, &touches, customer.partner_id.map(Into::into)).await?,
        touches,
        customer: &customer,
    };
    let tables = life.tables(asked.shell);
    let each: Vec<&Table> = tables.iter().collect();
    Ok(asked.show(&each, || life.content(asked.shell, &asked.wanted(), &tables)))
}

async fn names(tx: &mut Tx, touches: &[Touch], more: Option<Uuid>) -> Result<Names> {
    let partners: Vec<Uuid> = touches.iter().filter_map(|touch| Some(touch.partner?.uuid())).chain(more).collect();
    let links: Vec<Uuid> = touches.iter().filter_map(|touch| Some(touch.link?.uuid())).collect();
    let mut names = tx.names(Named::Partner, partners).await?;
    names.extend(tx.names(Named::Link, links).await?);
    Ok(names)
}
