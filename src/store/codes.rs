//! Referral codes.

use std::collections::HashMap;

use crate::domain::audit::By;
use crate::domain::id::{CampaignId, CodeId, PartnerId};
use crate::domain::link::ReferralCode;
use crate::domain::money::Money;
use crate::domain::partner::Status;
use crate::domain::report::Performance;
use crate::error::{Error, Result};
use crate::store::reports::{Period, add_money};
use crate::store::sql::{Row, Slice, Tx, args};

/// Which codes.
#[derive(Clone, Debug, Default)]
pub struct CodeFilter {
    /// Of this partner.
    pub partner_id: Option<PartnerId>,
    /// Of this campaign.
    pub campaign_id: Option<CampaignId>,
    /// In use or not.
    pub status: Option<Status>,
    /// The one that people type so, in the form of [`crate::domain::link::code_key`].
    pub code: Option<String>,
}

/// What came of a code in a period.
#[derive(Clone, Debug, Default)]
pub struct CodeFigures {
    /// Conversions of which its partner was credited a part for it.
    pub conversions: i64,
    /// What was credited for it, per currency.
    pub credited: Vec<Money>,
}

macro_rules! select {
    ($tail:literal) => {
        concat!("select id, partner_id, campaign_id, code, status, created_at from codes ", $tail)
    };
}

fn code(row: Row) -> Result<ReferralCode> {
    Ok(ReferralCode {
        id: row.get("id")?,
        partner_id: row.get("partner_id")?,
        campaign_id: row.get("campaign_id")?,
        code: row.get("code")?,
        status: row.get("status")?,
        created_at: row.get("created_at")?,
    })
}

fn taken(why: Error) -> Error {
    why.at_field("code", "that code exists already")
}

impl Tx {
    /// Adds a code; its partner and campaign must exist.
    ///
    /// # Errors
    /// [`crate::error::Code::Conflict`] when the code exists.
    pub async fn add_code(&mut self, by: By, code: &ReferralCode) -> Result<()> {
        const SQL: &str = "insert into codes (id, partner_id, campaign_id, code, status, created_at)
            values ($1, $2, $3, $4, $5, $6)";
        let args = args![code.id, code.partner_id, code.campaign_id, code.code.as_str(), code.status, code.created_at];
        self.execute(SQL, args).await.map_err(taken)?;
        self.audit(by, "code.create", code.id, code).await
    }

    /// Saves a changed code; its partner and campaign must exist.
    ///
    /// # Errors
    /// [`crate::error::Code::Conflict`] when the code exists.
    pub async fn save_code(&mut self, by: By, code: &ReferralCode) -> Result<()> {
        const SQL: &str = "update codes set partner_id = $2, campaign_id = $3, code = $4, status = $5 where id = $1";
        let args = args![code.id, code.partner_id, code.campaign_id, code.code.as_str(), code.status];
        self.execute(SQL, args).await.map_err(taken)?;
        self.audit(by, "code.update", code.id, code).await
    }

    /// True when a code, in the form of [`crate::domain::link::code_key`], exists.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn code_exists(&mut self, key: &str) -> Result<bool> {
        Ok(self.optional("select id from codes where code = $1", args![key]).await?.is_some())
    }

    /// Which conversions came with a code in a period: how many, and their sums, by code.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn code_figures(&mut self, period: Period) -> Result<HashMap<String, Performance>> {
        const SQL: &str = "select code, currency, count(*) as conversions, cast(sum(coalesce(amount, 0)) as bigint) as amount
            from conversions where occurred_at >= $1 and occurred_at < $2 and code is not null group by code, currency";
        let mut figures: HashMap<String, Performance> = HashMap::new();
        for row in self.all(SQL, args![period.from, period.to]).await? {
            let of = figures.entry(row.get("code")?).or_default();
            of.conversions += row.get::<i64>("conversions")?;
            add_money(&mut of.revenue, &row)?;
        }
        Ok(figures)
    }

    /// One code.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn code(&mut self, id: CodeId) -> Result<Option<ReferralCode>> {
        self.optional(select!("where id = $1"), args![id]).await?.map(code).transpose()
    }

    /// A part of the list of codes.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn codes(&mut self, filter: &CodeFilter, slice: Slice) -> Result<Vec<ReferralCode>> {
        const SQL: &str = select!(
            "where ($1 is null or partner_id = $1) and ($2 is null or status = $2) and ($3 is null or code = $3)
                and ($4 is null or campaign_id = $4) and id < $5 order by id desc limit $6"
        );
        let CodeFilter { partner_id, campaign_id, status, code: wanted } = filter;
        let args = args![*partner_id, *status, wanted.as_deref(), *campaign_id, slice.before, slice.limit];
        self.all(SQL, args).await?.into_iter().map(code).collect()
    }

    /// What came of each code of a partner in a period; codes of which nothing came are missing.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn own_code_figures(&mut self, partner: PartnerId, period: Period) -> Result<HashMap<CodeId, CodeFigures>> {
        const SQL: &str =
            "select t.code_id as code_id, cr.currency as currency, count(distinct cr.conversion_id) as conversions,
                cast(sum(cr.amount) as bigint) as amount
            from credits cr join touchpoints t on t.id = cr.touchpoint_id
            where cr.superseded_at is null and cr.occurred_at >= $1 and cr.occurred_at < $2 and cr.partner_id = $3
                and t.code_id is not null
            group by t.code_id, cr.currency order by cr.currency";
        let mut figures: HashMap<CodeId, CodeFigures> = HashMap::new();
        for row in self.all(SQL, args![period.from, period.to, partner]).await? {
            let own = figures.entry(row.get("code_id")?).or_default();
            own.conversions += row.get::<i64>("conversions")?;
            if let Some(currency) = row.get("currency")? {
                own.credited.push(Money { amount: row.get("amount")?, currency });
            }
        }
        Ok(figures)
    }
}
