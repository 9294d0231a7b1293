//! Work that is due. A stub: the real one comes with intake.

use crate::domain::id::TouchpointId;
use crate::domain::time::Time;
use crate::error::Result;
use crate::store::sql::Tx;

impl Tx {
    /// Makes attribution due anew for the conversions that these touchpoints may have led to.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn enqueue_for_touchpoints(&mut self, _touchpoints: &[TouchpointId], _now: Time) -> Result<()> {
        Ok(())
    }
}
