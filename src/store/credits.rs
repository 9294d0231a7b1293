//! Credits: appended and superseded, never overwritten.

use std::collections::HashMap;

use uuid::Uuid;

use crate::domain::attribution::{Milestones, Sale, TeamShare};
use crate::domain::audit::By;
use crate::domain::conversion::Item;
use crate::domain::id::{CampaignId, ConversionId, CreditId, LinkId, PartnerId, PolicyId, TouchpointId};
use crate::domain::money::Currency;
use crate::domain::policy::Facts;
use crate::domain::time::Time;
use crate::domain::whatif::{Share, differ};
use crate::error::Result;
use crate::store::dialect;
use crate::store::reports::Period;
use crate::store::rows::Rows;
use crate::store::sql::{Json, Row, Tx, args};

/// A conversion whose credit is due: what attribution needs to know of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Due {
    /// The conversion.
    pub id: ConversionId,
    /// `lead`, `signup`, `sale`, `renewal` or a custom event.
    pub event: String,
    /// The website's own ids of what was bought.
    pub products: Vec<String>,
    /// When it happened.
    pub occurred_at: Time,
    /// Minor units.
    pub amount: Option<i64>,
    /// ISO 4217.
    pub currency: Option<Currency>,
    /// The website's own id of the buyer.
    pub customer_id: Option<String>,
    /// The click it came from.
    pub click_id: Option<TouchpointId>,
    /// The policy version under which it got credit before; none when it never did.
    pub policy_id: Option<PolicyId>,
    /// The policy version that an admin chose for it.
    pub pinned: Option<PolicyId>,
    /// What the buyer had reached by then; nothing, until it is asked for.
    pub milestones: Milestones,
}

impl Due {
    /// What policies ask of it.
    pub fn facts(&self) -> Facts<'_> {
        let sale = Sale { at: self.occurred_at, amount: self.amount.unwrap_or(0), milestones: self.milestones };
        Facts { event: &self.event, products: &self.products, sale }
    }
}

/// A share for one touchpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credited {
    /// The touchpoint.
    pub touchpoint: TouchpointId,
    /// Who earned it.
    pub partner: PartnerId,
    /// Through which link.
    pub link: Option<LinkId>,
    /// In which campaign.
    pub campaign: Option<CampaignId>,
    /// The share in billionths.
    pub share: i64,
    /// Minor units.
    pub amount: i64,
    /// Why.
    pub reason: String,
}

impl Credited {
    /// What its partner has by it.
    pub fn part(&self) -> Share {
        (self.partner, self.share.unsigned_abs(), self.amount)
    }
}

/// The attribution of one conversion, to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct Attributed {
    /// The conversion.
    pub due: Due,
    /// The policy version; none when none was in force.
    pub policy: Option<PolicyId>,
    /// The outcome in a sentence.
    pub summary: String,
    /// The shares.
    pub credits: Vec<Credited>,
    /// What the teams share of it; none when no policy of theirs was in force.
    pub teams: Option<Teams>,
}

impl Attributed {
    /// What the partners have.
    pub fn parts(&self) -> Vec<Share> {
        self.credits.iter().map(Credited::part).collect()
    }
}

/// How the teams share one conversion.
#[derive(Clone, Debug, PartialEq)]
pub struct Teams {
    /// The policy version, of the scope `teams`.
    pub policy: PolicyId,
    /// Their parts.
    pub shares: Vec<TeamShare>,
}

/// A place in the order of conversions by time: after the one that happened then and has that id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor(pub Time, pub ConversionId);

impl Cursor {
    /// Before everything that happened at `at`.
    pub fn before(at: Time) -> Self {
        Cursor(at, Uuid::nil().into())
    }
}

/// A credit that stands, as far as it decides whether a new one would differ.
struct Standing {
    credit: Credited,
    policy: PolicyId,
}

fn due(row: Row) -> Result<Due> {
    let items: Vec<Item> = row.get::<Json<_>>("items")?.0;
    Ok(Due {
        id: row.get("id")?,
        event: row.get("event")?,
        products: items.into_iter().map(|item| item.id).collect(),
        occurred_at: row.get("occurred_at")?,
        amount: row.get("amount")?,
        currency: row.get("currency")?,
        customer_id: row.get("customer_id")?,
        click_id: row.get("click_id")?,
        policy_id: row.get("policy_id")?,
        pinned: row.get("pinned_policy_id")?,
        milestones: Milestones::default(),
    })
}

impl Tx {
    /// The conversions with these ids; those that do not exist are left out.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn due_conversions(&mut self, ids: impl IntoIterator<Item = Uuid>) -> Result<Vec<Due>> {
        let ids = Rows::of_ids(self.database(), ids);
        let rows = self.all(&dialect::DUE_CONVERSIONS, args![ids]).await?;
        rows.into_iter().map(due).collect()
    }

    /// The next conversions of a period, in the order of time, after the place of `after`.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn conversions_of(&mut self, period: Period, after: Cursor, limit: i64) -> Result<Vec<Due>> {
        const SQL: &str = "select id, event, items, occurred_at, amount, currency, customer_id, click_id, policy_id,
                pinned_policy_id
            from conversions where (occurred_at, id) > ($1, $2) and occurred_at < $3 order by occurred_at, id limit $4";
        let Cursor(at, id) = after.max(Cursor::before(period.from));
        self.all(SQL, args![at, id, period.to, limit]).await?.into_iter().map(due).collect()
    }

    /// How many conversions there are in a period; of more than `most` it is told when the first beyond them happened.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn count_conversions(&mut self, period: Period, most: i64) -> Result<(i64, Option<Time>)> {
        const COUNT: &str = "select count(*) as conversions from (
            select 1 as one from conversions where occurred_at >= $1 and occurred_at < $2 limit $3) as counted";
        const BEYOND: &str = "select occurred_at from conversions where occurred_at >= $1 and occurred_at < $2
            order by occurred_at limit 1 offset $3";
        let count = self.one(COUNT, args![period.from, period.to, most.saturating_add(1)]).await?.get("conversions")?;
        if count <= most {
            return Ok((count, None));
        }
        let beyond = self.optional(BEYOND, args![period.from, period.to, most]).await?;
        Ok((count, beyond.map(|row| row.get("occurred_at")).transpose()?))
    }

    /// From when on a period has no more than the newest `most` conversions; none where it has no more in all.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn newest_since(&mut self, period: Period, most: i64) -> Result<Option<Time>> {
        const SQL: &str = "select occurred_at from conversions where occurred_at >= $1 and occurred_at < $2
            order by occurred_at desc limit 1 offset $3";
        let row = self.optional(SQL, args![period.from, period.to, most]).await?;
        Ok(row.map(|row| row.get::<Time>("occurred_at")).transpose()?.map(|last_beyond| last_beyond + 1))
    }

    /// Writes attributions: where the credits that stand say the same they stay, else they are superseded and the new ones
    /// appended. In how many conversions a partner has another part than before: that is less where only the version or the
    /// reasons are others.
    ///
    /// The one place where credits are superseded: whatever must not change any more (what was paid) is kept back here, before
    /// `changed` is added to.
    ///
    /// # Errors
    /// The database does not answer, or refuses a value.
    pub async fn write_credits(&mut self, attributed: &[Attributed], now: Time) -> Result<usize> {
        let mut standing = self.standing(attributed.iter().map(|one| one.due.id)).await?;
        let (mut changed, mut differing) = (Vec::new(), 0);
        let mut credits = Rows::new(self.database(), attributed.len(), 512);
        let mut outcomes = Rows::new(self.database(), attributed.len(), 256);
        for one in attributed {
            outcomes.begin().id(Some(one.due.id.uuid())).id(one.policy.map(PolicyId::uuid)).text(one.summary.as_str());
            let stands = standing.remove(&one.due.id).unwrap_or_default();
            if same(&stands, one) {
                continue;
            }
            changed.push(one.due.id.uuid());
            let before: Vec<Share> = stands.iter().map(|one| one.credit.part()).collect();
            differing += usize::from(differ(&before, &one.parts()));
            credit_rows(&mut credits, one, now);
        }
        if !changed.is_empty() {
            let moments = attributed.iter().filter(|one| changed.contains(&one.due.id.uuid())).map(|one| one.due.occurred_at);
            let moments: Vec<_> = moments.collect();
            self.note_late(moments.into_iter(), now).await?;
            let changed = Rows::of_ids(self.database(), changed);
            self.execute(&dialect::SUPERSEDE_CREDITS, args![now, changed]).await?;
            self.execute(&dialect::APPEND_CREDITS, args![now, credits]).await?;
        }
        self.write_team_credits(attributed).await?;
        self.execute(&dialect::NOTE_ATTRIBUTION, args![now, outcomes]).await?;
        Ok(differing)
    }

    /// Pins conversions to a policy version: whenever their credit is due again, that version is followed. Without one, it is
    /// the one in force.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn pin(&mut self, ids: impl IntoIterator<Item = Uuid>, policy: Option<PolicyId>) -> Result<()> {
        let ids = Rows::of_ids(self.database(), ids);
        self.execute(&dialect::PIN, args![policy, ids]).await?;
        Ok(())
    }

    /// Notes that the credits of conversions stay as they are.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn keep_credits(&mut self, ids: impl IntoIterator<Item = Uuid>, now: Time) -> Result<()> {
        let ids = Rows::of_ids(self.database(), ids);
        self.execute(&dialect::KEEP_CREDITS, args![now, ids]).await?;
        Ok(())
    }

    /// What stands, by conversion; none of those for which nobody has credit.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn standing_credits(
        &mut self, conversions: impl IntoIterator<Item = Uuid>,
    ) -> Result<HashMap<ConversionId, Vec<Credited>>> {
        let standing = self.standing(conversions.into_iter().map(ConversionId::from)).await?;
        Ok(standing.into_iter().map(|(id, credits)| (id, credits.into_iter().map(|one| one.credit).collect())).collect())
    }

    /// Notes in the audit log that the conversions of a period are attributed anew, under which version.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn note_reattribution(&mut self, by: By, policy: Option<PolicyId>, period: Period) -> Result<()> {
        let detail = serde_json::json!({ "policy_id": policy, "from": period.from, "to": period.to });
        let subject = policy.map_or("policy in force".to_owned(), |id| id.to_string());
        self.audit(by, "conversions.reattribute", subject, &detail).await
    }

    async fn standing(&mut self, ids: impl IntoIterator<Item = ConversionId>) -> Result<HashMap<ConversionId, Vec<Standing>>> {
        let ids = Rows::of_ids(self.database(), ids.into_iter().map(ConversionId::uuid));
        let found = |row: &Row| {
            let credit = Credited {
                touchpoint: row.get("touchpoint_id")?,
                partner: row.get("partner_id")?,
                link: row.get("link_id")?,
                campaign: row.get("campaign_id")?,
                share: row.get("share")?,
                amount: row.get("amount")?,
                reason: row.get("reason")?,
            };
            Ok((row.get("conversion_id")?, Standing { credit, policy: row.get("policy_id")? }))
        };
        let mut standing: HashMap<ConversionId, Vec<Standing>> = HashMap::new();
        for (conversion, one) in self.read_each(&dialect::STANDING_CREDITS, args![ids], found).await? {
            standing.entry(conversion).or_default().push(one);
        }
        Ok(standing)
    }
}

/// A share as it is stored.
pub(super) fn stored(share: u64) -> i64 {
    i64::try_from(share).unwrap_or(i64::MAX)
}

fn same(standing: &[Standing], attributed: &Attributed) -> bool {
    let stands = |credit: &Credited| standing.iter().any(|one| Some(one.policy) == attributed.policy && one.credit == *credit);
    standing.len() == attributed.credits.len() && attributed.credits.iter().all(stands)
}

fn credit_rows(rows: &mut Rows, attributed: &Attributed, now: Time) {
    let due = &attributed.due;
    for credit in &attributed.credits {
        rows.begin()
            .id(Some(CreditId::mint(now).uuid()))
            .id(Some(due.id.uuid()))
            .id(Some(credit.touchpoint.uuid()))
            .id(Some(credit.partner.uuid()))
            .id(credit.link.map(LinkId::uuid))
            .id(credit.campaign.map(CampaignId::uuid))
            .int(credit.share)
            .int(credit.amount)
            .text(due.currency.as_ref().map(|currency| currency.as_str()))
            .id(attributed.policy.map(PolicyId::uuid))
            .text(credit.reason.as_str())
            .int(due.occurred_at.as_millis());
    }
}
