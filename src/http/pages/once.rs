//! A form that is sent twice, as by a double click, is done once: whoever sends it again is led to what came of it the first time.
//!
//! Every form of a page carries what tells the page from others. Where the table says so, the redirect that answers a form is kept
//! with its effect, as the API keeps answers for its `Idempotency-Key`. A form that was changed in between is another one.

use sha2::{Digest, Sha256};

use crate::domain::hit::Idempotency;
use crate::domain::key;
use crate::error::Result;
use crate::http::pages::answer::Answer;
use crate::http::pages::asked::Asked;
use crate::store::Tx;

/// The field that every form carries.
const FIELD: &str = "once";
/// The longest that is looked at: an id has plenty of room.
const LEN_MAX: usize = 64;

/// What makes a form recognisable.
pub(super) fn recognise(asked: &Asked<'_>) -> Option<Idempotency> {
    let (user, once) = (asked.signed?.user.id, asked.secret(FIELD));
    if once.is_empty() || once.len() > LEN_MAX {
        return None;
    }
    let mut hash = Sha256::new().chain_update(asked.path);
    for (name, value) in asked.form {
        // Neither holds a zero byte that a browser would have typed.
        hash.update(format!("\0{name}\0{value}"));
    }
    let request: [u8; 32] = hash.finalize().into();
    Some(Idempotency { key: format!("{user}:{once}:{}", key::letters(request)), request })
}

/// Where it led when it was sent before.
pub(super) async fn earlier(tx: &mut Tx, form: &Idempotency) -> Result<Option<Answer>> {
    Ok(tx.kept_answer(&form.key).await?.map(|kept| Answer::go(kept.body)))
}
