//! The journey behind a conversion. A stub: the real one comes with intake.

use crate::domain::attribution::Touch;
use crate::domain::conversion::Conversion;
use crate::error::Result;
use crate::store::sql::Tx;

impl Tx {
    /// Every touchpoint of the identity behind a conversion.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn journey(&mut self, _conversion: &Conversion) -> Result<Vec<Touch>> {
        Ok(Vec::new())
    }
}
