//! Touchpoints: those that people enter are added here, one at a time; clicks and views come in batches from intake.

use crate::domain::audit::By;
use crate::domain::heard::HeardMatch;
use crate::domain::id::{CampaignId, CodeId, DealId, LinkId, PartnerId, TouchpointId, VisitorId, floor};
use crate::domain::touchpoint::{Device, Touchpoint};
use crate::domain::verdict::Verdict;
use crate::error::Result;
use crate::store::kin::kin;
use crate::store::reports::Period;
use crate::store::sql::{Json, Row, Slice, Tx, args};

/// Which touchpoints.
#[derive(Clone, Debug, Default)]
pub struct TouchpointFilter {
    /// Of this customer and its kin, where it was known at once.
    pub customer_id: Option<String>,
    /// Of this deal.
    pub deal_id: Option<DealId>,
    /// Of this browser.
    pub visitor_id: Option<VisitorId>,
    /// Of this kind.
    pub kind: Option<String>,
}

/// What a list or a report of a period is narrowed down to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrow {
    /// Of this partner.
    pub partner_id: Option<PartnerId>,
    /// Of this link.
    pub link_id: Option<LinkId>,
    /// Of this campaign.
    pub campaign_id: Option<CampaignId>,
    /// Conversions to which this code led; touchpoints are not narrowed down by it.
    pub code_id: Option<CodeId>,
    /// Touchpoints from this country.
    pub country: Option<String>,
    /// Touchpoints on this device.
    pub device: Option<String>,
    /// Touchpoints of this kind; conversions of this event.
    pub kind: Option<String>,
    /// Touchpoints of this verdict; conversions are not narrowed down by it.
    pub verdict: Option<Verdict>,
    /// Conversions with this code.
    pub code: Option<String>,
    /// Conversions whose buyer's own words mean a partner, several, or nobody.
    pub heard: Option<HeardMatch>,
    /// Conversions whose buyer's own words mean this partner.
    pub heard_partner_id: Option<PartnerId>,
    /// Conversions whose buyers named somebody by this [key](crate::domain::heard::name_key).
    pub heard_key: Option<String>,
    /// Conversions whose buyers said something, and for which this partner was tracked.
    pub tracked_partner_id: Option<PartnerId>,
}

macro_rules! select {
    ($($tail:expr),+) => {
        concat!(
            "select id, kind, team, occurred_at, verdict, partner_id, link_id, code_id, campaign_id, visitor_id, customer_id, deal_id,
                country, browser, os, device, referrer, params, note from touchpoints ",
            $($tail),+
        )
    };
}

/// A part of the list; `$lead` is the condition for which there is an index.
macro_rules! list {
    ($lead:literal) => {
        concat!(
            "with ",
            kin!("select cast($1 as text), cast(0 as bigint) where $1 is not null"),
            " ",
            select!(
                "where ",
                $lead,
                " and ($1 is null or customer_id in (select k.id from kin k)) and ($2 is null or visitor_id = $2)
                    and ($3 is null or kind = $3) and ($4 is null or deal_id = $4) and id < $5 order by id desc limit $6"
            )
        )
    };
}

fn touchpoint(row: Row) -> Result<Touchpoint> {
    Ok(Touchpoint {
        id: row.get("id")?,
        kind: row.get("kind")?,
        team: row.get("team")?,
        occurred_at: row.get("occurred_at")?,
        verdict: row.get("verdict")?,
        partner_id: row.get("partner_id")?,
        link_id: row.get("link_id")?,
        code_id: row.get("code_id")?,
        campaign_id: row.get("campaign_id")?,
        visitor_id: row.get("visitor_id")?,
        customer_id: row.get("customer_id")?,
        deal_id: row.get("deal_id")?,
        country: row.get("country")?,
        device: Device { browser: row.get("browser")?, os: row.get("os")?, device: row.get("device")? },
        referrer: row.get("referrer")?,
        params: row.get::<Json<_>>("params")?.0,
        note: row.get("note")?,
    })
}

impl Tx {
    /// Adds a touchpoint that a person entered.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn add_touchpoint(&mut self, by: By, touchpoint: &Touchpoint) -> Result<()> {
        const SQL: &str = "insert into touchpoints (id, kind, team, occurred_at, verdict, partner_id, campaign_id, customer_id,
            deal_id, params, note) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
        let Touchpoint { id, kind, team, occurred_at, verdict, partner_id, campaign_id, customer_id, .. } = touchpoint;
        let Touchpoint { deal_id, params, note, .. } = touchpoint;
        let args = args![
            *id,
            kind.as_str(),
            *team,
            *occurred_at,
            *verdict,
            *partner_id,
            *campaign_id,
            customer_id.as_deref(),
            *deal_id,
            Json(params),
            note.as_deref(),
        ];
        self.execute(SQL, args).await?;
        self.audit(by, "touchpoint.create", id, touchpoint).await
    }

    /// Saves a touchpoint that a person entered and then changed, in all but its moment; credit that depends on it is due again.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn save_touchpoint(&mut self, by: By, before: &Touchpoint, touchpoint: &Touchpoint) -> Result<()> {
        const SQL: &str =
            "update touchpoints set kind = $2, team = $3, partner_id = $4, customer_id = $5, deal_id = $6, note = $7,
                verdict = $8
            where id = $1";
        let Touchpoint { id, kind, team, partner_id, customer_id, deal_id, note, verdict, .. } = touchpoint;
        // Of whom it was, and of whom it will be.
        let is_due = Touchpoint { note: note.clone(), ..before.clone() } != *touchpoint;
        if is_due {
            self.enqueue_for_touchpoints(&[*id], by.at).await?;
        }
        let args = args![*id, kind.as_str(), *team, *partner_id, customer_id.as_deref(), *deal_id, note.as_deref(), *verdict];
        self.execute(SQL, args).await?;
        if is_due {
            self.enqueue_for_touchpoints(&[*id], by.at).await?;
        }
        self.audit(by, "touchpoint.update", id, touchpoint).await
    }

    /// One touchpoint.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn touchpoint(&mut self, id: TouchpointId) -> Result<Option<Touchpoint>> {
        self.optional(select!("where id = $1"), args![id]).await?.map(touchpoint).transpose()
    }

    /// A part of the list of touchpoints.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn touchpoints(&mut self, filter: &TouchpointFilter, slice: Slice) -> Result<Vec<Touchpoint>> {
        let sql = match filter {
            TouchpointFilter { deal_id: Some(_), .. } => list!("deal_id = $4"),
            TouchpointFilter { customer_id: Some(_), .. } => list!("customer_id in (select k.id from kin k)"),
            TouchpointFilter { visitor_id: Some(_), .. } => list!("visitor_id = $2"),
            _ => list!("id < $5"),
        };
        let TouchpointFilter { customer_id, visitor_id, kind, deal_id } = filter;
        let args = args![customer_id.as_deref(), *visitor_id, kind.as_deref(), *deal_id, slice.before, slice.limit];
        self.all(sql, args).await?.into_iter().map(touchpoint).collect()
    }

    /// The touchpoints of a period, newest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn touchpoints_in(&mut self, period: Period, narrow: &Narrow, limit: i64) -> Result<Vec<Touchpoint>> {
        self.touchpoints_before(period, None, narrow, limit).await
    }

    /// The touchpoints of a period that come after the last one that was read, newest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn touchpoints_before(
        &mut self, period: Period, last: Option<TouchpointId>, narrow: &Narrow, limit: i64,
    ) -> Result<Vec<Touchpoint>> {
        const SQL: &str = select!(
            "where id >= $1 and id < $2 and ($3 is null or partner_id = $3) and ($4 is null or link_id = $4)
                and ($5 is null or campaign_id = $5) and ($6 is null or country = $6) and ($7 is null or device = $7)
                and ($8 is null or kind = $8) and ($9 is null or verdict = $9) order by id desc limit $10"
        );
        let Narrow { partner_id, link_id, campaign_id, country, device, kind, verdict, .. } = narrow;
        let (from, to) = (floor(period.from), last.map_or(floor(period.to), TouchpointId::uuid));
        let (country, device, kind) = (country.as_deref(), device.as_deref(), kind.as_deref());
        let args = args![from, to, *partner_id, *link_id, *campaign_id, country, device, kind, *verdict, limit];
        self.all(SQL, args).await?.into_iter().map(touchpoint).collect()
    }
}
