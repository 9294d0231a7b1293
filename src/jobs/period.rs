//! The journeys of a period, one after the other, in memory for one page of them.

use uuid::Uuid;

use crate::domain::attribution::Touch;
use crate::domain::id::{ConversionId, VisitorId};
use crate::error::Result;
use crate::jobs::assign::journeys;
use crate::store::{Cursor, Due, Period, Tx};

/// Conversions, customers or browsers of one page.
const PAGE: i64 = 500;

/// Every conversion of a period with the touchpoints of its journey, in the order of time, and with its milestones where they are
/// asked for; at most `limit`. Whether that was all.
///
/// # Errors
/// The database does not answer, or what `each` says.
pub async fn conversions(
    tx: &mut Tx, period: Period, limit: usize, milestones: bool, mut each: impl FnMut(&Due, Vec<Touch>) -> Result<()> + Send,
) -> Result<bool> {
    let (mut after, mut count) = (Some(Cursor::before(period.from)), 0);
    while let Some(from) = after {
        let page = tx.conversions_of(period, from, PAGE).await?;
        after = page.last().map(|due| Cursor(due.occurred_at, due.id));
        for (due, touches) in journeys(tx, page, milestones).await? {
            if count == limit {
                return Ok(false);
            }
            count += 1;
            each(&due, touches)?;
        }
    }
    Ok(true)
}

/// The touchpoints, up to the end of a period, of everyone who was seen in it and did not convert in it: known customers with all
/// their browsers, and browsers that belong to none.
///
/// # Errors
/// The database does not answer, or what `each` says.
pub async fn without_conversion(
    tx: &mut Tx, period: Period, mut each: impl FnMut(Vec<Touch>) -> Result<()> + Send,
) -> Result<()> {
    let mut seen = |mut touches: Vec<Touch>| {
        touches.retain(|touch| touch.at < period.to);
        if touches.iter().any(|touch| touch.at >= period.from) { each(touches) } else { Ok(()) }
    };
    let mut customer = String::new();
    loop {
        let page = tx.customers_without(period, &customer, PAGE).await?;
        for customer in &page {
            seen(tx.journey(ConversionId::from(Uuid::nil()), Some(customer), None).await?)?;
        }
        match page.into_iter().next_back() {
            Some(last) => customer = last,
            None => break,
        }
    }
    let mut visitor = VisitorId::from(Uuid::nil());
    loop {
        let page = tx.visitors_without(period, visitor, PAGE).await?;
        for touches in tx.touches_of(&page, period).await? {
            seen(touches)?;
        }
        match page.last() {
            Some(last) => visitor = *last,
            None => return Ok(()),
        }
    }
}
