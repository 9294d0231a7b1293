//! Touchpoints: those that people enter are added here, one at a time; clicks and views come in batches from intake.

use crate::domain::audit::By;
use crate::domain::id::{TouchpointId, VisitorId};
use crate::domain::touchpoint::{Device, Touchpoint};
use crate::error::Result;
use crate::store::sql::{Json, Row, Slice, Tx, args};

/// Which touchpoints.
#[derive(Clone, Debug, Default)]
pub struct TouchpointFilter {
    /// Of this customer, where it was known at once.
    pub customer_id: Option<String>,
    /// Of this browser.
    pub visitor_id: Option<VisitorId>,
    /// Of this kind.
    pub kind: Option<String>,
}

macro_rules! select {
    ($($tail:expr),+) => {
        concat!(
            "select id, kind, team, occurred_at, verdict, partner_id, link_id, code_id, campaign_id, visitor_id, customer_id,
                country, browser, os, device, referrer, params, note from touchpoints ",
            $($tail),+
        )
    };
}

/// A part of the list; `$lead` is the condition for which there is an index.
macro_rules! list {
    ($lead:literal) => {
        select!(
            "where ",
            $lead,
            " and ($1 is null or customer_id = $1) and ($2 is null or visitor_id = $2) and ($3 is null or kind = $3)
                and id < $4 order by id desc limit $5"
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
            params, note) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        let Touchpoint { id, kind, team, occurred_at, verdict, partner_id, campaign_id, customer_id, params, note, .. } =
            touchpoint;
        let args = args![
            *id,
            kind.as_str(),
            *team,
            *occurred_at,
            *verdict,
            *partner_id,
            *campaign_id,
            customer_id.as_deref(),
            Json(params),
            note.as_deref(),
        ];
        self.execute(SQL, args).await?;
        self.audit(by, "touchpoint.create", id, touchpoint).await
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
            TouchpointFilter { customer_id: Some(_), .. } => list!("customer_id = $1"),
            TouchpointFilter { visitor_id: Some(_), .. } => list!("visitor_id = $2"),
            _ => list!("id < $4"),
        };
        let args = args![filter.customer_id.as_deref(), filter.visitor_id, filter.kind.as_deref(), slice.before, slice.limit];
        self.all(sql, args).await?.into_iter().map(touchpoint).collect()
    }
}
