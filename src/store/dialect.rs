//! What the two databases say differently, each under a name.

use crate::error::Result;
use crate::store::sql::{Tx, args};

impl Tx {
    /// The version of the SQLite library that is built in.
    pub(super) async fn sqlite_version(&mut self) -> Result<(u32, u32, u32)> {
        let text: String = self.one("select sqlite_version() as version", args![]).await?.get("version")?;
        let mut parts = text.split('.').map(|part| part.parse().unwrap_or(0));
        let mut next = || parts.next().unwrap_or(0);
        Ok((next(), next(), next()))
    }
}
