//! Accounts: companies that buy.

use crate::domain::account::{Account, is_same, name_key};
use crate::domain::audit::By;
use crate::domain::id::{AccountId, PartnerId};
use crate::error::{Error, Result};
use crate::store::kin::kin;
use crate::store::sql::{Row, Slice, Tx, args};

/// Which accounts.
#[derive(Clone, Debug, Default)]
pub struct AccountFilter {
    /// Those that are parts of this one.
    pub parent_id: Option<AccountId>,
    /// Those that are this partner.
    pub partner_id: Option<PartnerId>,
    /// Those that are this customer or its kin.
    pub customer_id: Option<String>,
}

macro_rules! select {
    ($tail:literal) => {
        concat!("select id, name, domain, parent_id, customer_id, partner_id, created_at from accounts ", $tail)
    };
}

fn account(row: Row) -> Result<Account> {
    Ok(Account {
        id: row.get("id")?,
        name: row.get("name")?,
        domain: row.get("domain")?,
        parent_id: row.get("parent_id")?,
        customer_id: row.get("customer_id")?,
        partner_id: row.get("partner_id")?,
        created_at: row.get("created_at")?,
    })
}

fn taken(why: Error) -> Error {
    why.at_field("domain", "another account has that domain")
}

impl Tx {
    /// Adds an account.
    ///
    /// # Errors
    /// [`crate::error::Code::Conflict`] when the domain is taken.
    pub async fn add_account(&mut self, by: By, account: &Account) -> Result<()> {
        const SQL: &str = "insert into accounts (id, name, name_key, domain, parent_id, customer_id, partner_id, created_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8)";
        let Account { id, name, domain, parent_id, customer_id, partner_id, created_at } = account;
        let (domain, customer) = (domain.as_deref(), customer_id.as_deref());
        let args = args![*id, name.as_str(), name_key(name), domain, *parent_id, customer, *partner_id, *created_at];
        self.execute(SQL, args).await.map_err(taken)?;
        self.name_customer(customer, None, by.at, by.at).await?;
        // One that is neither a buyer nor a partner says of no deal whose it is; those of an import are like that.
        if customer_id.is_some() || partner_id.is_some() {
            self.forget_standings().await?;
        }
        self.audit(by, "account.create", id, account).await
    }

    /// Saves a changed account.
    ///
    /// # Errors
    /// [`crate::error::Code::Conflict`] when the domain is taken, or when it would become a part of itself.
    pub async fn save_account(&mut self, by: By, account: &Account) -> Result<()> {
        const SQL: &str = "update accounts set name = $2, name_key = $3, domain = $4, parent_id = $5, customer_id = $6,
            partner_id = $7 where id = $1";
        let Account { id, name, domain, parent_id, customer_id, partner_id, .. } = account;
        if let Some(parent) = parent_id
            && self.account_line(*parent).await?.contains(id)
        {
            return Err(Error::conflict("parent_id", "that account is this one, or a part of it"));
        }
        let (domain, customer) = (domain.as_deref(), customer_id.as_deref());
        let args = args![*id, name.as_str(), name_key(name), domain, *parent_id, customer, *partner_id];
        self.execute(SQL, args).await.map_err(taken)?;
        self.name_customer(customer, None, by.at, by.at).await?;
        self.forget_standings().await?;
        self.audit(by, "account.update", id, account).await
    }

    /// One account.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn account(&mut self, id: AccountId) -> Result<Option<Account>> {
        self.optional(select!("where id = $1"), args![id]).await?.map(account).transpose()
    }

    /// An account and those it is a part of, from itself upwards.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn account_line(&mut self, id: AccountId) -> Result<Vec<AccountId>> {
        let (mut line, mut next) = (Vec::new(), Some(id));
        while let Some(id) = next.filter(|id| !line.contains(id)) {
            line.push(id);
            next = self.account(id).await?.and_then(|account| account.parent_id);
        }
        Ok(line)
    }

    /// A part of the list of accounts.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn accounts(&mut self, filter: &AccountFilter, slice: Slice) -> Result<Vec<Account>> {
        const SQL: &str = concat!(
            "with ",
            kin!("select cast($3 as text), cast(0 as bigint) where $3 is not null"),
            " ",
            select!(
                "where ($1 is null or parent_id = $1) and ($2 is null or partner_id = $2)
                and ($3 is null or customer_id in (select k.id from kin k)) and id < $4 order by id desc limit $5"
            )
        );
        let args = args![filter.parent_id, filter.partner_id, filter.customer_id.as_deref(), slice.before, slice.limit];
        self.all(SQL, args).await?.into_iter().map(account).collect()
    }

    /// The account of that domain or, where one of the two has none, of that name; the oldest.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn account_like(&mut self, name: &str, domain: Option<&str>) -> Result<Option<Account>> {
        const SQL: &str = select!("where domain = $2 or name_key = $1 order by id");
        let key = name_key(name);
        let found = self.all(SQL, args![key.as_str(), domain]).await?.into_iter().map(account);
        let found = found.collect::<Result<Vec<Account>>>()?;
        let fits = |account: &Account| is_same((&key, domain), (&name_key(&account.name), account.domain.as_deref()));
        // One of the domain before one that only has no other.
        let exact = found.iter().find(|account| domain.is_some() && account.domain.as_deref() == domain);
        Ok(exact.or_else(|| found.iter().find(|account| fits(account))).cloned())
    }

    /// The account of that name and domain, made when there is none.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn account_of(&mut self, by: By, name: &str, domain: Option<&str>) -> Result<Account> {
        if let Some(found) = self.account_like(name, domain).await? {
            return Ok(found);
        }
        let (name, domain) = (name.to_owned(), domain.map(str::to_owned));
        let (parent_id, customer_id, partner_id) = (None, None, None);
        let account =
            Account { id: AccountId::mint(by.at), name, domain, parent_id, customer_id, partner_id, created_at: by.at };
        self.add_account(by, &account).await.map(|()| account)
    }
}
