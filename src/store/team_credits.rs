//! How the teams share conversions under the policy of their scope: for reports, so it is replaced and not appended.

use std::collections::HashMap;

use crate::domain::attribution::TeamShare;
use crate::domain::id::{ConversionId, PolicyId};
use crate::domain::report::{TeamPerformance, TeamTotals};
use crate::error::Result;
use crate::store::dialect::{APPEND_TEAM_CREDITS, FORGET_TEAM_CREDITS, STANDING_TEAM_CREDITS};
use crate::store::reports::{Period, add_money};
use crate::store::rows::Rows;
use crate::store::sql::{Row, Tx, args};
use crate::store::{Attributed, Teams, credits};

type Standing = HashMap<ConversionId, Vec<(PolicyId, TeamShare)>>;

impl Tx {
    /// Writes the parts of the teams, where they are not what stands.
    pub(super) async fn write_team_credits(&mut self, attributed: &[Attributed]) -> Result<()> {
        let mut standing = self.standing_team_credits(attributed.iter().map(|one| one.due.id)).await?;
        let mut rows = Rows::new(self.database(), attributed.len(), 160);
        let mut changed = Vec::new();
        for one in attributed {
            let stands = standing.remove(&one.due.id).unwrap_or_default();
            let now = || one.teams.iter().flat_map(|teams| teams.shares.iter().map(|share| (teams.policy, *share)));
            if stands.len() == now().count() && now().all(|share| stands.contains(&share)) {
                continue;
            }
            if !stands.is_empty() {
                changed.push(one.due.id.uuid());
            }
            for (policy, part) in now() {
                rows.begin()
                    .id(Some(one.due.id.uuid()))
                    .text(part.team.as_str())
                    .id(Some(policy.uuid()))
                    .int(part.touchpoints)
                    .int(credits::stored(part.share))
                    .int(part.amount)
                    .text(one.due.currency.as_ref().map(|currency| currency.as_str()))
                    .int(one.due.occurred_at.as_millis());
            }
        }
        let changed = Rows::of_ids(self.database(), changed);
        self.execute(&FORGET_TEAM_CREDITS, args![changed]).await?;
        self.execute(&APPEND_TEAM_CREDITS, args![rows]).await?;
        Ok(())
    }

    /// What the teams have of a conversion; none when they have nothing.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn team_credits(&mut self, conversion: ConversionId) -> Result<Option<Teams>> {
        let mut parts = self.standing_team_credits([conversion]).await?.remove(&conversion).unwrap_or_default();
        parts.sort_by_key(|(_, share)| share.team);
        let policy = parts.first().map(|(policy, _)| *policy);
        Ok(policy.map(|policy| Teams { policy, shares: parts.into_iter().map(|(_, share)| share).collect() }))
    }

    async fn standing_team_credits(&mut self, ids: impl IntoIterator<Item = ConversionId>) -> Result<Standing> {
        let ids = Rows::of_ids(self.database(), ids.into_iter().map(ConversionId::uuid));
        let mut standing = Standing::new();
        for row in self.all(&STANDING_TEAM_CREDITS, args![ids]).await? {
            let share = TeamShare {
                team: row.get("team")?,
                touchpoints: row.get("touchpoints")?,
                share: row.get::<i64>("share")?.unsigned_abs(),
                amount: row.get("amount")?,
            };
            standing.entry(row.get("conversion_id")?).or_default().push((row.get("policy_id")?, share));
        }
        Ok(standing)
    }

    /// How the teams share the conversions of a period: a row for each team, and what they share in all.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn team_performance(&mut self, period: Period) -> Result<(Vec<TeamPerformance>, TeamTotals)> {
        const TEAMS: &str = "select team, currency, count(*) as conversions, cast(sum(touchpoints) as bigint) as touchpoints,
                cast(sum(share) as bigint) as share, cast(sum(amount) as bigint) as amount
            from team_credits where occurred_at >= $1 and occurred_at < $2 group by team, currency order by team, currency";
        const SHARED: &str = "select count(*) as conversions from (
                select distinct conversion_id from team_credits where occurred_at >= $1 and occurred_at < $2) as shared";
        let mut teams = TeamPerformance::of_every_team();
        for row in self.all(TEAMS, args![period.from, period.to]).await? {
            let team = row.get("team")?;
            let Some(sum) = teams.iter_mut().find(|sum| sum.team == team) else { continue };
            add(sum, &row)?;
        }
        let mut totals = TeamTotals {
            conversions: self.one(SHARED, args![period.from, period.to]).await?.get("conversions")?,
            ..TeamTotals::default()
        };
        teams.iter().for_each(|team| totals.add(team));
        Ok((teams, totals))
    }
}

fn add(sum: &mut TeamPerformance, row: &Row) -> Result<()> {
    sum.touchpoints += row.get::<i64>("touchpoints")?;
    sum.conversions += row.get::<i64>("conversions")?;
    sum.weight.0 += row.get::<i64>("share")?.unsigned_abs();
    add_money(&mut sum.credited, row)
}
