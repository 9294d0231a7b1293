//! Where buyers say they heard of us: matched with the names of partners when a conversion is written, and again when names change.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::domain::heard::{HeardMatch, name_key, touchpoint};
use crate::domain::id::{ConversionId, PartnerId, TouchpointId};
use crate::domain::partner::Partner;
use crate::domain::time::Time;
use crate::error::Result;
use crate::store::dialect::{PerDatabase, Turn};
use crate::store::rows::{Rows, batched};
use crate::store::sql::{Row, Tx, args};

/// Conversions that are matched anew at once.
const PAGE: usize = 4_000;

/// The conversions in the list, with every partner who has the name that was said, and the touchpoint that stands for it.
const HEARD: PerDatabase = batched!(
    1,
    [id id],
    "select c.id as id, c.heard_touchpoint_id as touchpoint_id, n.partner_id as partner_id
    from batch b cross join conversions c left join partner_names n on n.name_key = c.heard_key
    where c.id = b.id and c.heard_key is not null"
);
/// What the words are taken for.
const UNDERSTAND: PerDatabase = batched!(
    1,
    [id id, heard_match text, partner_id id, touchpoint_id id],
    "update conversions set heard_match = b.heard_match, heard_partner_id = b.partner_id, heard_touchpoint_id = b.touchpoint_id
    from batch b where conversions.id = b.id"
);
/// A touchpoint for each conversion in the list of the partner who was named; one from before counts again.
const TOUCHPOINTS: PerDatabase = batched!(
    1,
    [id id, conversion_id id, partner_id id],
    "insert into touchpoints (id, kind, team, occurred_at, verdict, partner_id, visitor_id, customer_id, params)
    select b.id, 'self_reported', 'partner', c.occurred_at, 'valid', b.partner_id, c.visitor_id, c.customer_id, '{}'
    from batch b cross join conversions c where c.id = b.conversion_id order by 1
    on conflict (id) do update set verdict = 'valid'"
);
/// Of a partner who is no longer meant.
const SUPERSEDE: PerDatabase =
    batched!(1, [id id], "update touchpoints set verdict = 'superseded' where id in (select id from batch)");
/// The conversions whose buyers said one of these names.
const SAID: PerDatabase = batched!(
    1,
    [name_key text],
    "select c.id as id from batch b cross join conversions c where c.heard_key = b.name_key"
);

impl Tx {
    /// Matches what the buyers of these conversions said; the conversions and touchpoints of which that is something else than
    /// before. Names and conversions must stay as they are meanwhile: to be called in turn.
    pub(super) async fn hear(&mut self, ids: &[Uuid]) -> Result<(Vec<Uuid>, Vec<Uuid>)> {
        let database = self.database();
        let mut said: BTreeMap<ConversionId, (Option<TouchpointId>, Vec<PartnerId>)> = BTreeMap::new();
        for row in self.all(&HEARD, args![Rows::of_ids(database, ids.iter().copied())]).await? {
            let one = said.entry(row.get("id")?).or_insert((row.get("touchpoint_id")?, Vec::new()));
            one.1.extend(row.get::<Option<PartnerId>>("partner_id")?);
        }
        let (mut understood, mut gained) = (Rows::new(database, said.len(), 160), Rows::new(database, said.len(), 120));
        let (mut lost, mut conversions, mut touchpoints) = (Vec::new(), Vec::new(), Vec::new());
        for (conversion, (before, partners)) in said {
            let (outcome, partner) = match partners.as_slice() {
                [] => (HeardMatch::Unknown, None),
                [one] => (HeardMatch::Partner, Some(*one)),
                _ => (HeardMatch::Ambiguous, None),
            };
            let now = partner.map(|partner| touchpoint(conversion, partner));
            understood.begin().id(Some(conversion)).text(outcome.as_str()).id(partner).id(now);
            if before == now {
                continue;
            }
            conversions.push(conversion.uuid());
            touchpoints.extend([before, now].into_iter().flatten().map(TouchpointId::uuid));
            lost.extend(before.map(TouchpointId::uuid));
            if let Some((partner, now)) = partner.zip(now) {
                gained.begin().id(Some(now)).id(Some(conversion)).id(Some(partner));
            }
        }
        self.execute(&UNDERSTAND, args![understood]).await?;
        self.execute(&SUPERSEDE, args![Rows::of_ids(database, lost)]).await?;
        self.execute(&TOUCHPOINTS, args![gained]).await?;
        Ok((conversions, touchpoints))
    }

    /// Notes the names of a partner. Where they are others than before, what buyers said is matched anew, in conversions of
    /// any age, and credit is due again where that concerns it.
    pub(super) async fn name_partner(&mut self, partner: &Partner, now: Time) -> Result<()> {
        const BEFORE: &str = "select name_key from partner_names where partner_id = $1";
        const DROP: &str = "delete from partner_names where partner_id = $1 and name_key = $2";
        const ADD: &str = "insert into partner_names (name_key, partner_id) values ($2, $1) on conflict do nothing";
        let names = std::iter::once(&partner.name).chain(&partner.aliases).map(|name| name_key(name));
        let after: BTreeSet<String> = names.filter(|key| !key.is_empty()).collect();
        let before = self.all(BEFORE, args![partner.id]).await?;
        let before = before.iter().map(|row: &Row| row.get("name_key")).collect::<Result<BTreeSet<String>>>()?;
        for key in before.difference(&after) {
            self.execute(DROP, args![partner.id, key.as_str()]).await?;
        }
        for key in after.difference(&before) {
            self.execute(ADD, args![partner.id, key.as_str()]).await?;
        }
        let changed: Vec<&String> = before.symmetric_difference(&after).collect();
        if changed.is_empty() {
            return Ok(());
        }
        self.hold(Turn::Conclude).await?;
        let keys = Rows::of_texts(self.database(), changed.into_iter().map(String::as_str));
        let said = self.all(&SAID, args![keys]).await?;
        let said = said.iter().map(|row: &Row| row.get("id")).collect::<Result<Vec<Uuid>>>()?;
        for page in said.chunks(PAGE) {
            let (conversions, touchpoints) = self.hear(page).await?;
            self.enqueue(conversions, touchpoints, now).await?;
        }
        Ok(())
    }
}
