//! The links with the most clicks, without a look at all the others: of thousands, a page tells few.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::domain::id::LinkId;
use crate::domain::report::{GroupBy, Leading, Performance};
use crate::error::Result;
use crate::store::dialect::PerDatabase;
use crate::store::reports::figures::{add_sums, add_touches, bounds, earned, figures};
use crate::store::reports::kept::{MONEY_OF, TOUCHES_OF, summed};
use crate::store::reports::{Key, Period, Rows};
use crate::store::rows::{self, batched};
use crate::store::sql::{Tx, Value, args};
use crate::store::touchpoints::Narrow;

/// The links with the most clicks and how many there are: out of the sums of closed days, whose the ids are (`$1`), and of the open
/// hours, narrowed down by `$3` to `$7`. Of closed days the clicks tell all links; of open ones those that only earned something are
/// found among their credits. `$2` is nobody's id, `$8` how many are told. A block of no hours is one of closed days.
const LEADING: &PerDatabase = &batched!(
    9,
    [days int, day int, until int],
    concat!(
        "select key, cast(sum(clicks) as bigint) as clicks, cast(sum(clicks_all) as bigint) as clicks_all,
            cast(sum(views) as bigint) as views, count(*) over () as links,
            cast(max(case when key = $2 then 1 else 0 end) over () as bigint) as nobodys
        from (select t.part_id as key, t.clicks as clicks, t.clicks_all as clicks_all, t.views as views
            from batch b cross join touch_days t
            where b.until = 0 and t.grouped_by = 'link' and t.partner_id = $1 and t.days = b.days and t.day = b.day
        union all
            select link_id, clicks, clicks_all, views from batch b cross join rollups r
            where b.until <> 0 and r.hour >= b.day and r.hour < b.until and ($3 is null or r.partner_id = $3)
                and ($4 is null or r.link_id = $4) and ($5 is null or r.campaign_id = $5) and ($6 is null or r.country = $6)
                and ($7 is null or r.device = $7)
        union all
            select coalesce(cr.link_id, $2), 0, 0, 0 from batch b cross join credits cr
            where b.until <> 0 and cr.superseded_at is null and cr.occurred_at >= b.day and cr.occurred_at < b.until and ",
        earned!("cr"),
        ") as counted group by key order by clicks desc, key limit $8"
    )
);

impl Tx {
    /// The `most` links with the most clicks in a period, as the first of [`Tx::figures`].
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn leading_links(&mut self, period: Period, narrow: &Narrow, most: usize) -> Result<Leading> {
        const LINK: GroupBy = GroupBy::Link;
        let summed = summed(LINK, narrow);
        let spans = self.spans_of(period, summed.is_some(), i64::MAX).await?;
        let (owner, database) = (summed.map_or(Uuid::nil(), |summed| summed.owner), self.database());
        let mut blocks = rows::Rows::new(database, spans.closed.len() + spans.open.len(), 48);
        for block in &spans.closed {
            blocks.begin().int(block.days).int(block.day.as_millis()).int(0);
        }
        for (from, to) in &spans.open {
            blocks.begin().int(0).int(from.hour().as_millis()).int(to.as_millis());
        }
        let mut narrowed = bounds(period.from, period.to, narrow);
        let parts: Vec<Value> = narrowed.drain(2..).collect();
        let told = i64::try_from(most).unwrap_or(i64::MAX);
        let args = [args![owner, Uuid::nil()], parts, args![told, blocks]].into_iter().flatten().collect();
        let (mut rows, mut count, mut nobodys) = (Rows::default(), 0, false);
        for row in self.all(LEADING, args).await? {
            count = usize::try_from(row.get::<i64>("links")?).unwrap_or_default();
            nobodys = row.get::<i64>("nobodys")? > 0;
            add_touches(&row, rows.0.entry(Key::read(LINK, &row)?).or_default())?;
        }
        let ids: BTreeSet<Key> = rows.0.keys().cloned().collect();
        for (from, to) in &spans.open {
            self.add_open_money(&mut rows, LINK, *from, *to, narrow).await?;
        }
        rows.0.retain(|key, _| ids.contains(key));
        let ids: Vec<Uuid> = ids.iter().map(|key| if let Key::Id(Some(id)) = key { *id } else { Uuid::nil() }).collect();
        self.add_up(&mut rows, LINK, MONEY_OF, args!["link", owner, spans.blocks_of(database, &ids)], add_sums).await?;
        Ok(Leading { rows: self.finish(rows, LINK).await?, count, nobodys })
    }

    /// What these links brought in a period, as [`Tx::figures`], without a look at all the others; those that brought nothing are
    /// missing.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn figures_of_links(&mut self, ids: &[LinkId], period: Period) -> Result<Vec<Performance>> {
        const LINK: GroupBy = GroupBy::Link;
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let (all, nobody, database) = (Narrow::default(), Uuid::nil(), self.database());
        let spans = self.spans_of(period, true, i64::MAX).await?;
        let mut rows = Rows::default();
        for &(from, to) in &spans.open {
            self.add_up(&mut rows, LINK, figures(LINK).clicks, bounds(from.hour(), to, &all), add_touches).await?;
            self.add_open_money(&mut rows, LINK, from, to, &all).await?;
        }
        let wanted: BTreeSet<Key> = ids.iter().map(|id| Key::Id(Some(id.uuid()))).collect();
        rows.0.retain(|key, _| wanted.contains(key));
        let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
        let blocks = || args!["link", nobody, spans.blocks_of(database, &ids)];
        self.add_up(&mut rows, LINK, TOUCHES_OF, blocks(), add_touches).await?;
        self.add_up(&mut rows, LINK, MONEY_OF, blocks(), add_sums).await?;
        self.finish(rows, LINK).await
    }
}
