//! Customers as they are shown: one buyer under all the ids that are kin.

use std::collections::HashMap;

use uuid::Uuid;

use crate::domain::audit::By;
use crate::domain::customer::{Customer, KnownEmail};
use crate::domain::id::PartnerId;
use crate::error::Result;
use crate::store::dialect::PerDatabase;
use crate::store::kin::kin;
use crate::store::rows::{Rows, batched};
use crate::store::sql::{Row, Slice, Tx, args};

/// Which customers.
#[derive(Clone, Debug, Default)]
pub struct CustomerFilter {
    /// Who gave the address with this id.
    pub email_id: Option<String>,
    /// Who are this partner.
    pub partner_id: Option<PartnerId>,
    /// Who are a part of this customer.
    pub parent_id: Option<String>,
}

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "select c.id as id, c.key as key, c.first_seen_at as first_seen_at, c.partner_id as partner_id,
                c.parent_id as parent_id, (select g.identity from customer_groups g where g.customer_id = c.id) as identity
            from customers c ",
            $tail
        )
    };
}

/// Something of the kin of each customer in the list, by its place.
macro_rules! of_kin {
    ($select:literal) => {
        batched!(1, [id text], concat!(", ", kin!("select id, place from batch"), " ", $select))
    };
}

const ACCOUNTS: PerDatabase = of_kin!(
    "select k.at as place, k.id as id, (select count(*) from conversions v where v.customer_id = k.id) as conversions
    from kin k cross join customers c where c.id = k.id order by k.id"
);
const EMAILS: PerDatabase = of_kin!(
    "select k.at as place, e.email_id as id, max(e.address) as address from kin k cross join customer_emails e
    where e.customer_id = k.id group by k.at, e.email_id order by e.email_id"
);
const VISITORS: PerDatabase = of_kin!(
    "select k.at as place, count(distinct v.visitor_id) as visitors from kin k cross join customer_visitors v
    where v.customer_id = k.id group by k.at"
);

/// A customer with the key by which lists are paged.
fn customer(row: &Row) -> Result<(Uuid, Customer)> {
    let id: String = row.get("id")?;
    let identity: Option<String> = row.get("identity")?;
    let customer = Customer {
        merged_into: identity.filter(|identity| *identity != id),
        id,
        first_seen_at: row.get("first_seen_at")?,
        accounts: Vec::new(),
        emails: Vec::new(),
        visitors: 0,
        conversions: 0,
        partner_id: row.get("partner_id")?,
        parent_id: row.get("parent_id")?,
    };
    Ok((row.get("key")?, customer))
}

impl Tx {
    /// One customer.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn customer(&mut self, id: &str) -> Result<Option<Customer>> {
        let row = self.optional(select!("where c.id = $1"), args![id]).await?;
        let mut found = row.iter().map(customer).collect::<Result<Vec<_>>>()?;
        self.load_kin(&mut found).await?;
        Ok(found.pop().map(|(_, customer)| customer))
    }

    /// A part of the list of customers, each with its key.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn customers(&mut self, filter: &CustomerFilter, slice: Slice) -> Result<Vec<(Uuid, Customer)>> {
        const SQL: &str = select!(
            "where ($1 is null or c.id in (select e.customer_id from customer_emails e where e.email_id = $1))
                and ($2 is null or c.partner_id = $2) and ($3 is null or c.parent_id = $3)
                and c.key < $4 order by c.key desc limit $5"
        );
        let CustomerFilter { email_id, partner_id, parent_id } = filter;
        let args = args![email_id.as_deref(), *partner_id, parent_id.as_deref(), slice.before, slice.limit];
        let mut found = self.all(SQL, args).await?.iter().map(customer).collect::<Result<Vec<_>>>()?;
        self.load_kin(&mut found).await?;
        Ok(found)
    }

    async fn load_kin(&mut self, customers: &mut [(Uuid, Customer)]) -> Result<()> {
        let database = self.database();
        let ids: Vec<String> = customers.iter().map(|(_, customer)| customer.id.clone()).collect();
        let list = || Rows::of_texts(database, ids.iter().map(String::as_str));
        let place = |row: &Row| row.get::<i64>("place").map(|place| usize::try_from(place).unwrap_or(usize::MAX));
        for row in self.all(&ACCOUNTS, args![list()]).await? {
            if let Some((_, customer)) = customers.get_mut(place(&row)?) {
                customer.accounts.push(row.get("id")?);
                customer.conversions += row.get::<i64>("conversions")?;
            }
        }
        for row in self.all(&EMAILS, args![list()]).await? {
            if let Some((_, customer)) = customers.get_mut(place(&row)?) {
                customer.emails.push(KnownEmail { id: row.get("id")?, address: row.get("address")? });
            }
        }
        let mut visitors = HashMap::new();
        for row in self.all(&VISITORS, args![list()]).await? {
            visitors.insert(place(&row)?, row.get::<i64>("visitors")?);
        }
        for (place, (_, customer)) in customers.iter_mut().enumerate() {
            customer.visitors = visitors.get(&place).copied().unwrap_or(0);
        }
        Ok(())
    }

    /// Saves which partner a customer is and whose part; both must exist.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn save_customer(&mut self, by: By, customer: &Customer) -> Result<()> {
        const SQL: &str = "update customers set partner_id = $2, parent_id = $3 where id = $1";
        let Customer { id, partner_id, parent_id, .. } = customer;
        self.execute(SQL, args![id.as_str(), *partner_id, parent_id.as_deref()]).await?;
        self.forget_standings().await?;
        let detail = serde_json::json!({ "partner_id": partner_id, "parent_id": parent_id });
        self.audit(by, "customer.update", id, &detail).await
    }

    /// Whether `customer` is `ancestor` or a part of it, however many steps away.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn is_part_of(&mut self, customer: &str, ancestor: &str) -> Result<bool> {
        const SQL: &str = "with recursive line (id) as (select cast($1 as text)
                union select c.parent_id from line l join customers c on c.id = l.id where c.parent_id is not null)
            select exists (select 1 from line where id = $2) as found";
        self.one(SQL, args![customer, ancestor]).await?.get("found")
    }
}
