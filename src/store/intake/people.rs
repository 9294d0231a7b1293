//! Who buys: the customers that a batch names and the addresses they gave, which become ids before anything is written; and
//! what people tell of customers, by the API.

use std::collections::BTreeMap;

use super::identity::News;
use super::statements;
use crate::domain::audit::By;
use crate::domain::customer::Email;
use crate::domain::id;
use crate::domain::interpret::{Identity, Meaning};
use crate::domain::time::Time;
use crate::error::Result;
use crate::store::dialect::Turn;
use crate::store::rows::Rows;
use crate::store::secrets::EmailBook;
use crate::store::sql::{Tx, args};
use crate::store::{Store, sql};

/// What is known of the customers of a batch.
#[derive(Default)]
pub(super) struct People {
    /// When each was first named.
    named: BTreeMap<String, Time>,
    /// The addresses of customers, with the address itself where it is kept.
    emails: BTreeMap<(String, String), (Option<String>, Time)>,
}

impl People {
    fn name(&mut self, customer: &str, at: Time) {
        match self.named.get_mut(customer) {
            Some(first) => *first = at.min(*first),
            None => drop(self.named.insert(customer.to_owned(), at)),
        }
    }

    /// Notes the customer and the address of a report; of one that gives no id the address is the customer. Returns the customer.
    fn know(&mut self, customer: Option<&str>, email: &Email, at: Time, book: &EmailBook) -> String {
        let email_id = book.id(email);
        let customer = customer.map_or_else(|| email_id.clone(), str::to_owned);
        self.emails.insert((customer.clone(), email_id), (book.kept(email).map(str::to_owned), at));
        customer
    }

    /// Names whoever these hits are about. Where a hit gives an address, what it means with the customer filled in, by its place.
    pub fn of(meanings: &[Meaning], book: Option<&EmailBook>) -> (People, BTreeMap<usize, Meaning>) {
        let (mut people, mut filled) = (People::default(), BTreeMap::new());
        for (place, meaning) in meanings.iter().enumerate() {
            let (customer, email, at) = match meaning {
                Meaning::Conversion(report) => (&report.report.customer_id, &report.email, report.occurred_at()),
                Meaning::Identity(identity) => (&identity.customer, &identity.email, identity.at),
                _ => continue,
            };
            if let (Some(email), Some(book)) = (email, book) {
                let known = people.know(customer.as_deref(), email, at, book);
                people.name(&known, at);
                let mut meaning = meaning.clone();
                match &mut meaning {
                    Meaning::Conversion(report) => report.report.customer_id = Some(known),
                    Meaning::Identity(identity) => identity.customer = Some(known),
                    _ => {}
                }
                filled.insert(place, meaning);
            } else if let Some(customer) = customer {
                people.name(customer, at);
            }
        }
        (people, filled)
    }
}

impl Store {
    /// How addresses are hashed, where one of these hits gives one.
    pub(super) async fn email_book_for(&self, meanings: &[Meaning]) -> Result<Option<EmailBook>> {
        let gives_one = |meaning: &Meaning| match meaning {
            Meaning::Conversion(report) => report.email.is_some(),
            Meaning::Identity(identity) => identity.email.is_some(),
            _ => false,
        };
        if !meanings.iter().any(gives_one) {
            return Ok(None);
        }
        let mut tx = self.write_beside().await?;
        let book = tx.email_book().await?;
        tx.commit().await?;
        Ok(Some(book))
    }
}

impl Tx {
    /// Writes the customers and their addresses.
    pub(super) async fn write_people(&mut self, people: &People, news: &mut News) -> Result<()> {
        let mut named = Rows::new(self.database(), people.named.len(), 64);
        for (customer, at) in &people.named {
            named.begin().text(customer.as_str()).id(Some(id::mint(*at))).int(at.as_millis());
        }
        self.execute(&statements::CUSTOMERS, args![named]).await?;
        let mut emails = Rows::new(self.database(), people.emails.len(), 128);
        for ((customer, email_id), (address, at)) in &people.emails {
            emails.begin().text(customer.as_str()).text(email_id.as_str()).text(address.as_deref()).int(at.as_millis());
        }
        let more = self.all(&statements::CUSTOMER_EMAILS, args![emails]).await?;
        news.customers.extend(more.iter().map(|row: &sql::Row| row.get("customer_id")).collect::<Result<Vec<String>>>()?);
        Ok(())
    }

    /// Notes a customer whom a person named, by id, by address or by both; the id under which they are known. None where
    /// neither is given. Credit is due again that an address concerns which is new to them.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn name_customer(
        &mut self, customer: Option<&str>, email: Option<&Email>, at: Time, now: Time,
    ) -> Result<Option<String>> {
        self.hold(Turn::Conclude).await?;
        let (mut people, mut news) = (People::default(), News::default());
        let known = match email {
            Some(email) => Some(people.know(customer, email, at, &self.email_book().await?)),
            None => customer.map(str::to_owned),
        };
        if let Some(known) = &known {
            people.name(known, at);
        }
        self.write_people(&people, &mut news).await?;
        self.queue(news, None, now).await?;
        Ok(known)
    }

    /// Ties a browser, the browser of a click, or an address to a customer, and makes credit due again that it concerns. The
    /// identity names its customer.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn identify(&mut self, by: By, identity: &Identity) -> Result<()> {
        self.hold(Turn::Conclude).await?;
        let (mut people, mut news) = (People::default(), News::default());
        let customer = identity.customer.as_deref().unwrap_or_default();
        people.name(customer, identity.at);
        let mut email_id = None;
        if let Some(email) = &identity.email {
            let book = self.email_book().await?;
            people.know(Some(customer), email, identity.at, &book);
            email_id = Some(book.id(email));
        }
        self.write_people(&people, &mut news).await?;
        self.tie_customers(&[identity], &mut news).await?;
        self.queue(news, None, by.at).await?;
        let detail = serde_json::json!({ "visitor_id": identity.visitor, "click_id": identity.click, "email_id": email_id });
        self.audit(by, "customer.identify", customer, &detail).await
    }

    /// Makes two customers one buyer, whose id from now on is that of `into`, or what that was merged into before. Nothing
    /// changes when they are one already. What is stored keeps the ids it came with.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn merge_customers(&mut self, by: By, customer: &str, into: &str) -> Result<()> {
        const MOVE: &str = "update customer_groups set identity = $2 where identity = $1";
        const JOIN: &str =
            "insert into customer_groups (customer_id, identity) values ($1, $2), ($2, $2) on conflict do nothing";
        self.hold(Turn::Conclude).await?;
        let (from, to) = (self.identity_of(customer).await?, self.identity_of(into).await?);
        if from == to {
            return Ok(());
        }
        for one in [customer, into] {
            self.name_customer(Some(one), None, by.at, by.at).await?;
        }
        self.execute(MOVE, args![from.as_str(), to.as_str()]).await?;
        self.execute(JOIN, args![from.as_str(), to.as_str()]).await?;
        let customers = [customer, into].map(str::to_owned).into();
        self.queue(News { customers, ..News::default() }, None, by.at).await?;
        self.audit(by, "customer.merge", customer, &serde_json::json!({ "into": into, "identity": to })).await
    }

    /// Takes a customer out of the buyer that it was merged into; the others stay together. False when it was merged with none.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn split_customer(&mut self, by: By, customer: &str) -> Result<bool> {
        const OTHERS: &str =
            "select customer_id from customer_groups where identity = $1 and customer_id <> $2 order by customer_id";
        const LEAVE: &str = "delete from customer_groups where customer_id = $1";
        const FOLLOW: &str = "update customer_groups set identity = $2 where identity = $1";
        self.hold(Turn::Conclude).await?;
        let identity = self.identity_of(customer).await?;
        let others = self.all(OTHERS, args![identity.as_str(), customer]).await?;
        let others = others.iter().map(|row| row.get("customer_id")).collect::<Result<Vec<String>>>()?;
        let Some(next) = others.first() else { return Ok(false) };
        // As long as they are one: what concerns either of them is due again.
        self.queue(News { customers: [customer.to_owned()].into(), ..News::default() }, None, by.at).await?;
        self.execute(LEAVE, args![customer]).await?;
        if others.len() == 1 {
            self.execute(LEAVE, args![next.as_str()]).await?;
        } else if identity == customer {
            self.execute(FOLLOW, args![customer, next.as_str()]).await?;
        }
        let detail = serde_json::json!({ "identity": identity, "others": others });
        self.audit(by, "customer.split", customer, &detail).await?;
        Ok(true)
    }

    async fn identity_of(&mut self, customer: &str) -> Result<String> {
        const SQL: &str = "select identity from customer_groups where customer_id = $1";
        let row = self.optional(SQL, args![customer]).await?;
        row.map_or(Ok(customer.to_owned()), |row| row.get("identity"))
    }
}
