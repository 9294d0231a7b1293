//! Secrets that never change, so that what was hashed under them can be found again.

use crate::domain::customer::Email;
use crate::error::{Code, Error, Result};
use crate::store::sql::{Row, Tx, args};

/// How this program knows e-mail addresses.
#[derive(Clone)]
pub struct EmailBook {
    secret: [u8; 32],
    plain: bool,
}

impl EmailBook {
    /// The id of an address.
    pub fn id(&self, email: &Email) -> String {
        email.id(&self.secret)
    }

    /// The secret under which addresses are hashed.
    pub fn secret(&self) -> [u8; 32] {
        self.secret
    }

    /// The address itself, where addresses are kept.
    pub(super) fn kept<'a>(&self, email: &'a Email) -> Option<&'a str> {
        email.address().filter(|_| self.plain)
    }
}

impl Tx {
    /// How addresses are hashed, and whether they are kept as they are. The secret is made when there is none, so the
    /// transaction has to be one that may write unless one was made before.
    ///
    /// # Errors
    /// The database does not answer, or the machine has no random bytes.
    pub async fn email_book(&mut self) -> Result<EmailBook> {
        const MAKE: &str = "insert into secrets (name, value) values ('email', $1) on conflict do nothing";
        if let Some(book) = self.email_book_made().await? {
            return Ok(book);
        }
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).map_err(|why| Error::internal("the machine has no random bytes", why))?;
        self.execute(MAKE, args![&secret[..]]).await?;
        // Another node may have made one at the same moment; there is only one.
        self.email_book_made().await?.ok_or_else(|| Error::new(Code::Internal, "the secret for addresses is not stored"))
    }

    /// The same where the secret was made before.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn email_book_made(&mut self) -> Result<Option<EmailBook>> {
        const FIND: &str = "select value, (select m.value from marks m where m.name = 'plain_email') as plain
            from secrets where name = 'email'";
        self.optional(FIND, args![]).await?.as_ref().map(book).transpose()
    }

    /// Keeps addresses as they are from now on, or forgets those that were kept.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn keep_addresses(&mut self, plain: bool) -> Result<()> {
        const NOTE: &str = "update marks set value = $1 where name = 'plain_email' and value <> $1";
        self.execute(NOTE, args![i64::from(plain)]).await?;
        if !plain {
            self.execute("update customer_emails set address = null where address is not null", args![]).await?;
        }
        Ok(())
    }
}

fn book(row: &Row) -> Result<EmailBook> {
    let secret: Vec<u8> = row.get("value")?;
    let secret = secret.try_into().map_err(|_| Error::new(Code::Internal, "the secret for addresses is not 32 bytes long"))?;
    Ok(EmailBook { secret, plain: row.get::<Option<i64>>("plain")? == Some(1) })
}
