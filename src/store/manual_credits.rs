//! Credit given by hand: kept beside what attribution finds, and laid over it whenever credit is assigned.

use std::collections::HashMap;

use uuid::Uuid;

use crate::domain::audit::By;
use crate::domain::conversion::{Conversion, Weight};
use crate::domain::id::{ConversionId, ManualCreditId};
use crate::domain::manual_credit::ManualCredit;
use crate::domain::touchpoint::MANUAL;
use crate::error::Result;
use crate::store::dialect::PerDatabase;
use crate::store::rows::{Rows, batched};
use crate::store::sql::{Row, Slice, Tx, args};

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "select m.id as id, m.conversion_id as conversion_id, m.partner_id as partner_id, m.share as share,
                m.reason as reason, m.author as author, m.created_at as created_at, m.removed_at as removed_at,
                m.removed_by as removed_by from ",
            $tail
        )
    };
}

/// All that was given for the conversions in the list.
const GIVEN: PerDatabase = batched!(
    1,
    [id id],
    select!("batch b cross join manual_credits m where m.conversion_id = b.id order by m.id")
);

fn manual(row: Row) -> Result<ManualCredit> {
    Ok(ManualCredit {
        id: row.get("id")?,
        conversion_id: row.get("conversion_id")?,
        partner_id: row.get("partner_id")?,
        weight: Weight(u64::try_from(row.get::<i64>("share")?).unwrap_or(0)),
        reason: row.get("reason")?,
        author: row.get("author")?,
        created_at: row.get("created_at")?,
        removed_at: row.get("removed_at")?,
        removed_by: row.get("removed_by")?,
    })
}

impl Tx {
    /// Adds credit by hand, with the touchpoint that stands for it, and makes credit for the conversion due again. The caller
    /// has checked, in this transaction, that so much is left.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn add_manual_credit(&mut self, by: By, credit: &ManualCredit, conversion: &Conversion) -> Result<()> {
        const SQL: &str = "insert into manual_credits (id, conversion_id, partner_id, share, reason, author, created_at)
            values ($1, $2, $3, $4, $5, $6, $7)";
        const TOUCHPOINT: &str = "insert into touchpoints (id, kind, team, occurred_at, verdict, partner_id, params, note)
            values ($1, $2, 'partner', $3, 'valid', $4, '{}', $5)";
        let ManualCredit { id, conversion_id, partner_id, weight, reason, author, created_at, .. } = credit;
        let share = i64::try_from(weight.0).unwrap_or(i64::MAX);
        let args = args![*id, *conversion_id, *partner_id, share, reason.as_str(), author.as_str(), *created_at];
        self.execute(SQL, args).await?;
        self.execute(TOUCHPOINT, args![credit.touchpoint(), MANUAL, conversion.occurred_at, *partner_id, reason.as_str()])
            .await?;
        self.enqueue(vec![conversion_id.uuid()], Vec::new(), by.at).await?;
        self.audit(by, "credit.add", conversion_id, credit).await
    }

    /// Takes credit by hand back; the conversion's credit is then shared as if it had never been given.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn remove_manual_credit(&mut self, by: By, credit: &ManualCredit) -> Result<()> {
        const SQL: &str = "update manual_credits set removed_at = $2, removed_by = $3 where id = $1 and removed_at is null";
        let removed = ManualCredit { removed_at: Some(by.at), removed_by: Some(by.actor.to_string()), ..credit.clone() };
        self.execute(SQL, args![removed.id, removed.removed_at, removed.removed_by.as_deref()]).await?;
        self.enqueue(vec![credit.conversion_id.uuid()], Vec::new(), by.at).await?;
        self.audit(by, "credit.remove", credit.conversion_id, &removed).await
    }

    /// One.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn manual_credit(&mut self, id: ManualCreditId) -> Result<Option<ManualCredit>> {
        self.optional(select!("manual_credits m where m.id = $1"), args![id]).await?.map(manual).transpose()
    }

    /// A part of the list of one conversion, those that were taken back among them.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn manual_credits(&mut self, conversion: ConversionId, slice: Slice) -> Result<Vec<ManualCredit>> {
        const SQL: &str = select!("manual_credits m where m.conversion_id = $1 and m.id < $2 order by m.id desc limit $3");
        self.all(SQL, args![conversion, slice.before, slice.limit]).await?.into_iter().map(manual).collect()
    }

    /// All that was given for each of these conversions, the oldest first, what was taken back among it.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn given_by_hand(
        &mut self, conversions: impl IntoIterator<Item = Uuid>,
    ) -> Result<HashMap<ConversionId, Vec<ManualCredit>>> {
        let mut given: HashMap<ConversionId, Vec<ManualCredit>> = HashMap::new();
        let ids = Rows::of_ids(self.database(), conversions);
        for credit in self.all(&GIVEN, args![ids]).await?.into_iter().map(manual) {
            let credit = credit?;
            given.entry(credit.conversion_id).or_default().push(credit);
        }
        Ok(given)
    }
}
