//! Who is who, and which conversions and deals that concerns: browsers of conversions and customers, clicks that are awaited, and
//! the conversions whose credit is due again. Whatever order news arrives in, each conversion is attributed once more after the last.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::statements;
use crate::domain::id::{TouchpointId, VisitorId};
use crate::domain::interpret::Identity;
use crate::domain::time::Time;
use crate::error::Result;
use crate::store::dialect::Turn;
use crate::store::jobs::ATTRIBUTE;
use crate::store::milestones::Reached;
use crate::store::rows::Rows;
use crate::store::sql::{Row, Tx, args};

/// What makes credit due again.
#[derive(Default)]
pub(super) struct News {
    /// Conversions that are new, or known to have one more browser.
    pub conversions: BTreeSet<Uuid>,
    /// Customers who are known to have one more browser.
    pub customers: BTreeSet<String>,
    /// Touchpoints that are new.
    pub touchpoints: Vec<Uuid>,
    /// Customers who became a lead.
    pub leads: Vec<Reached>,
}

impl Tx {
    /// Ties new conversions to browsers, customers and codes.
    pub(super) async fn tie_conversions(&mut self, ids: &[Uuid], news: &mut News) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let database = self.database();
        let list = || Rows::of_ids(database, ids.iter().copied());
        self.execute(&statements::CONVERSION_VISITORS, args![list()]).await?;
        self.execute(&statements::CONVERSIONS_AWAIT, args![list()]).await?;
        news.customers.extend(texts(self.all(&statements::CUSTOMER_VISITORS, args![list()]).await?)?);
        news.touchpoints.extend(ids_of(self.all(&statements::CODE_TOUCHPOINTS, args![list()]).await?, "id")?);
        news.conversions.extend(ids);
        Ok(())
    }

    /// Ties customers to browsers.
    pub(super) async fn tie_customers(&mut self, identities: &[&Identity], news: &mut News) -> Result<()> {
        if identities.is_empty() {
            return Ok(());
        }
        let database = self.database();
        let list = || {
            let mut rows = Rows::new(database, identities.len(), 128);
            for identity in identities {
                rows.begin()
                    .text(identity.customer.as_deref())
                    .id(identity.visitor.map(VisitorId::uuid))
                    .id(identity.click.map(TouchpointId::uuid))
                    .int(identity.at.as_millis());
            }
            rows
        };
        news.customers.extend(texts(self.all(&statements::IDENTITIES, args![list()]).await?)?);
        self.execute(&statements::IDENTITIES_AWAIT, args![Uuid::nil(), list()]).await?;
        Ok(())
    }

    /// Completes what waited for these new touchpoints.
    async fn tie_awaited(&mut self, touchpoints: &[Uuid], news: &mut News) -> Result<()> {
        let database = self.database();
        let awaited = self.all(&statements::AWAITED, args![Rows::of_ids(database, touchpoints.iter().copied())]).await?;
        if awaited.is_empty() {
            return Ok(());
        }
        let (mut clicks, mut conversions) = (BTreeSet::new(), BTreeSet::new());
        for row in awaited {
            clicks.insert(row.get::<Uuid>("click_id")?);
            conversions.insert(row.get::<Uuid>("conversion_id")?);
        }
        conversions.remove(&Uuid::nil());
        let list = || Rows::of_ids(database, clicks.iter().copied());
        self.execute(&statements::AWAITED_CONVERSION_VISITORS, args![Uuid::nil(), list()]).await?;
        news.customers.extend(texts(self.all(&statements::AWAITED_CUSTOMER_VISITORS, args![list()]).await?)?);
        self.execute(&statements::AWAITED_NO_MORE, args![list()]).await?;
        news.conversions.extend(conversions);
        Ok(())
    }

    /// Queues every conversion that the news concerns, how many, and forgets what is kept of deals that it concerns.
    ///
    /// Most touchpoints are newer than every conversion, so one look at the newest conversion spares the rest.
    pub(super) async fn queue(&mut self, mut news: News, oldest_touchpoint: Option<Time>, now: Time) -> Result<u64> {
        if !news.touchpoints.is_empty() {
            const GUARD: &str = "select (select max(occurred_at) from conversions) as newest,
                exists (select 1 from awaited_clicks) as awaited, exists (select 1 from deal_standings) as standings";
            let guard = self.one(GUARD, args![]).await?;
            let touchpoints = std::mem::take(&mut news.touchpoints);
            if guard.get::<bool>("awaited")? {
                self.tie_awaited(&touchpoints, &mut news).await?;
            }
            if guard.get::<bool>("standings")? {
                self.forget_standings_touched(&touchpoints).await?;
            }
            if guard
                .get::<Option<Time>>("newest")?
                .is_some_and(|newest| oldest_touchpoint.is_none_or(|oldest| oldest <= newest))
            {
                let list = Rows::of_ids(self.database(), touchpoints);
                let concerned = self.all(&statements::CONCERNED_BY_TOUCHPOINTS, args![list]).await?;
                news.conversions.extend(ids_of(concerned, "id")?);
            }
        }
        if !news.customers.is_empty() {
            let database = self.database();
            let list = || Rows::of_texts(database, news.customers.iter().map(String::as_str));
            self.forget_standings_bought(news.customers.iter().map(String::as_str)).await?;
            news.conversions.extend(ids_of(self.all(&statements::CONCERNED_BY_CUSTOMERS, args![list()]).await?, "id")?);
            news.conversions.extend(ids_of(self.all(&statements::CONCERNED_BY_PARTNERS, args![list()]).await?, "id")?);
        }
        news.conversions.extend(self.concerned_by_milestones(&news.leads).await?);
        if news.conversions.is_empty() {
            return Ok(0);
        }
        let database = self.database();
        let list = || Rows::of_ids(database, news.conversions.iter().copied());
        self.execute(&statements::JOBS, args![ATTRIBUTE, now, list()]).await?;
        self.execute(&statements::UNATTRIBUTED, args![list()]).await?;
        Ok(news.conversions.len() as u64)
    }

    /// Queues the conversions that these touchpoints, just written, may belong to: for touchpoints that do not come through intake.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn enqueue_for_touchpoints(&mut self, ids: &[TouchpointId], now: Time) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        self.hold(Turn::Conclude).await?;
        self.enqueue(Vec::new(), ids.iter().map(|id| id.uuid()).collect(), now).await
    }

    /// Queues these conversions, and those that these touchpoints may belong to. To be called in turn.
    pub(in crate::store) async fn enqueue(&mut self, conversions: Vec<Uuid>, touchpoints: Vec<Uuid>, now: Time) -> Result<()> {
        let conversions = conversions.into_iter().collect();
        self.queue(News { conversions, touchpoints, ..News::default() }, None, now).await?;
        Ok(())
    }
}

fn texts(rows: Vec<Row>) -> Result<Vec<String>> {
    rows.into_iter().map(|row| row.get("customer_id")).collect()
}

fn ids_of(rows: Vec<Row>, column: &'static str) -> Result<Vec<Uuid>> {
    rows.into_iter().map(|row| row.get(column)).collect()
}
