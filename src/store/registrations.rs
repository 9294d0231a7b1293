//! Deal registrations and what happened to each.

use crate::domain::account::{is_same, name_key};
use crate::domain::audit::{Actor, By};
use crate::domain::id::{DealId, PartnerId, RegistrationId, mint};
use crate::domain::registration::{Registration, RegistrationEvent, RegistrationStatus};
use crate::domain::time::Time;
use crate::error::Result;
use crate::store::sql::{Row, Slice, Tx, args};

/// Which registrations.
#[derive(Clone, Debug, Default)]
pub struct RegistrationFilter {
    /// Of this partner.
    pub partner_id: Option<PartnerId>,
    /// Of this status.
    pub status: Option<RegistrationStatus>,
    /// Of this deal.
    pub deal_id: Option<DealId>,
}

/// Registrations that expire in one transaction.
const EXPIRE_AT_ONCE: i64 = 500;

/// Registrations of one company that are looked at together.
const OF_COMPANY_MAX: i64 = 100;

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "select id, partner_id, account_name, domain, amount, currency, note, status, reason, expires_at, claimed_until,
                deal_id, touchpoint_id, created_at from deal_registrations ",
            $tail
        )
    };
}

fn registration(row: Row) -> Result<Registration> {
    Ok(Registration {
        id: row.get("id")?,
        partner_id: row.get("partner_id")?,
        account: row.get("account_name")?,
        domain: row.get("domain")?,
        amount: row.get("amount")?,
        currency: row.get("currency")?,
        note: row.get("note")?,
        status: row.get("status")?,
        reason: row.get("reason")?,
        expires_at: row.get("expires_at")?,
        claimed_until: row.get("claimed_until")?,
        deal_id: row.get("deal_id")?,
        touchpoint_id: row.get("touchpoint_id")?,
        created_at: row.get("created_at")?,
    })
}

impl Tx {
    /// Adds a registration.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn add_registration(&mut self, by: By, new: &Registration) -> Result<()> {
        const SQL: &str =
            "insert into deal_registrations (id, partner_id, account_name, name_key, domain, amount, currency, note,
                status, reason, expires_at, created_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
        let args = args![
            new.id,
            new.partner_id,
            new.account.as_str(),
            name_key(&new.account),
            new.domain.as_deref(),
            new.amount,
            new.currency,
            new.note.as_deref(),
            new.status,
            new.reason.as_deref(),
            new.expires_at,
            new.created_at
        ];
        self.execute(SQL, args).await?;
        self.append_event(by, new).await?;
        self.audit(by, "deal_registration.create", new.id, new).await
    }

    /// Saves what a registration came to, and appends it to what happened.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn save_registration(&mut self, by: By, action: &'static str, changed: &Registration) -> Result<()> {
        const SQL: &str = "update deal_registrations set status = $2, reason = $3, claimed_until = $4, deal_id = $5,
            touchpoint_id = $6 where id = $1";
        let Registration { id, status, reason, claimed_until, deal_id, touchpoint_id, .. } = changed;
        self.execute(SQL, args![*id, *status, reason.as_deref(), *claimed_until, *deal_id, *touchpoint_id]).await?;
        self.append_event(by, changed).await?;
        if let Some(deal) = deal_id {
            self.forget_standing(*deal).await?;
        }
        self.audit(by, action, id, changed).await
    }

    async fn append_event(&mut self, by: By, registration: &Registration) -> Result<()> {
        const SQL: &str = "insert into deal_registration_events (id, registration_id, at, author, status, reason)
            values ($1, $2, $3, $4, $5, $6)";
        let Registration { id, status, reason, .. } = registration;
        self.execute(SQL, args![mint(by.at), *id, by.at, by.actor.to_string(), *status, reason.as_deref()]).await?;
        Ok(())
    }

    /// What happened to a registration, the first first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn registration_events(&mut self, id: RegistrationId) -> Result<Vec<RegistrationEvent>> {
        const SQL: &str = "select at, author, status, reason from deal_registration_events where registration_id = $1
            order by at, id";
        let event = |row: Row| {
            let (at, author, status) = (row.get("at")?, row.get("author")?, row.get("status")?);
            Ok(RegistrationEvent { at, author, status, reason: row.get("reason")? })
        };
        self.all(SQL, args![id]).await?.into_iter().map(event).collect()
    }

    /// One registration.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn registration(&mut self, id: RegistrationId) -> Result<Option<Registration>> {
        self.optional(select!("where id = $1"), args![id]).await?.map(registration).transpose()
    }

    /// A part of the list of registrations.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn registrations(&mut self, filter: &RegistrationFilter, slice: Slice) -> Result<Vec<Registration>> {
        const SQL: &str = select!(
            "where ($1 is null or partner_id = $1) and ($2 is null or status = $2) and ($3 is null or deal_id = $3)
            and id < $4 order by id desc limit $5"
        );
        let status = filter.status.map(RegistrationStatus::as_str);
        let args = args![filter.partner_id, status, filter.deal_id, slice.before, slice.limit];
        self.all(SQL, args).await?.into_iter().map(registration).collect()
    }

    /// Every registration of one company, by its name and domain as [`is_same`] compares them, the oldest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn registrations_of(&mut self, account: &str, domain: Option<&str>) -> Result<Vec<Registration>> {
        const SQL: &str = select!("where name_key = $1 or domain = $2 order by created_at, id limit $3");
        let key = name_key(account);
        let rows = self.all(SQL, args![key.as_str(), domain, OF_COMPANY_MAX]).await?;
        let found = rows.into_iter().map(registration).collect::<Result<Vec<Registration>>>()?;
        let same = |other: &Registration| is_same((&key, domain), (&name_key(&other.account), other.domain.as_deref()));
        Ok(found.into_iter().filter(same).collect())
    }

    /// Registrations that wait for a decision, those that expire first first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn registrations_to_decide(&mut self, limit: i64) -> Result<Vec<Registration>> {
        const SQL: &str = select!("where status = 'pending' order by expires_at, id limit $1");
        self.all(SQL, args![limit]).await?.into_iter().map(registration).collect()
    }

    /// Registrations that keep this one from being the first of its account, the oldest first. To be asked in a transaction that
    /// writes: what it finds then stays so.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn registrations_in_the_way(&mut self, new: &Registration) -> Result<Vec<Registration>> {
        const SQL: &str =
            select!("where (name_key = $1 or domain = $2) and status in ('pending', 'approved') order by created_at, id");
        let rows = self.all(SQL, args![name_key(&new.account), new.domain.as_deref()]).await?;
        let found = rows.into_iter().map(registration).collect::<Result<Vec<Registration>>>()?;
        let in_the_way = |other: &Registration| other.holds(new.created_at) && other.is_of_same_account(new);
        Ok(found.into_iter().filter(in_the_way).collect())
    }

    /// Lets registrations expire that nobody decided by `now`; how many. At most 500 at once.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn expire_registrations(&mut self, now: Time) -> Result<usize> {
        const SQL: &str = select!("where status = 'pending' and expires_at <= $1 order by expires_at, id limit $2");
        let rows = self.all(SQL, args![now, EXPIRE_AT_ONCE]).await?;
        let due = rows.into_iter().map(registration).collect::<Result<Vec<Registration>>>()?;
        for registration in &due {
            let reason = Some(format!("nobody decided by {}; register the deal again", registration.expires_at.date()));
            let expired = Registration { status: RegistrationStatus::Expired, reason, ..registration.clone() };
            self.save_registration(By { actor: Actor::System, at: now }, "deal_registration.expire", &expired).await?;
        }
        Ok(due.len())
    }

    /// Whether a registration is due to expire at `now`.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn has_expiring_registration(&mut self, now: Time) -> Result<bool> {
        const SQL: &str =
            "select exists (select 1 from deal_registrations where status = 'pending' and expires_at <= $1) as due";
        self.one(SQL, args![now]).await?.get("due")
    }
}
