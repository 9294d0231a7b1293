//! What a row makes of a deal.

use super::{DealRow, StageSaid};
use crate::domain::account::name_key;
use crate::domain::deal::{Deal, DealStatus, Stage};
use crate::domain::id::{DealId, StageId, derived};
use crate::domain::time::Time;

/// A deal as it will be.
#[derive(Clone, Debug, PartialEq)]
pub struct Merged {
    /// The deal.
    pub deal: Deal,
    /// When it came to its stage, where that is another than before.
    pub moved_at: Time,
    /// Stages that its history lacks beside that, and when it came to each.
    pub past: Vec<(Stage, Time)>,
    /// The row tells of a time before its last stage: beyond the history only what was empty is filled.
    pub is_past: bool,
    /// The row says when the deal came to a stage that follows the last one known.
    pub moves: bool,
}

/// The deal of before, or a new one, with what the row says of it. `reached` are the stages that before came to, and when; `open` is the stage of a deal of which nothing else is known.
///
/// With `moved_at` a row is a part of the deal's history, and known by its stage and moment: read twice, it is there once, and one
/// about an earlier time does not turn back what was later.
pub fn merge(
    before: Option<(&Deal, &[(StageId, Time)])>, row: &DealRow, said: Option<StageSaid<'_>>, open: &Stage, now: Time,
) -> Merged {
    let ends = |stage: &Stage| row.closed_at.filter(|_| stage.kind != DealStatus::Open);
    let arrives = |said: &StageSaid<'_>| match said.last_open {
        // The moment is that of the open stage.
        Some(_) => row.closed_at.or(row.moved_at),
        None => row.moved_at.or(ends(said.stage)),
    };
    let Some((before, reached)) = before else {
        let said = said.unwrap_or(StageSaid { stage: open, last_open: None });
        let (stage, ends) = (said.stage, ends(said.stage));
        let earliest = [row.moved_at, ends].into_iter().flatten().min();
        let opened_at = row.opened_at.or(earliest).unwrap_or(now);
        let mut deal = Deal::new(id_of(row), row.name.clone(), stage, opened_at, now);
        deal.closed_at = deal.closed_at.map(|_| ends.or(row.moved_at).unwrap_or(now.max(opened_at)));
        let moved_at = arrives(&said).or(deal.closed_at).unwrap_or(opened_at);
        let past = earlier(&said, row, moved_at, &[]).into_iter().collect();
        return Merged { deal: told(deal, row), moved_at, past, is_past: false, moves: false };
    };
    let moved_at = said.as_ref().and_then(arrives).unwrap_or(now);
    let same = Merged { deal: before.clone(), moved_at, past: Vec::new(), is_past: false, moves: false };
    let Some(said) = said else { return Merged { deal: told(same.deal, row), ..same } };
    let dated = row.moved_at.is_some();
    let past = earlier(&said, row, moved_at, reached);
    let mut deal = before.clone();
    // Made by this import, it opened when it came to the earliest of the stages that the file tells of.
    if let (None, Some(at), true) = (row.opened_at, row.moved_at, before.created_at == now) {
        deal.opened_at = deal.opened_at.min(at);
    }
    let (stage, is_other) = (said.stage, said.stage.id != before.stage_id);
    let is_known = !dated || reached.contains(&(stage.id, moved_at));
    let last_at = reached.iter().map(|(_, at)| *at).max();
    let is_past = dated && (last_at.is_some_and(|last| moved_at < last) || is_known && is_other);
    // A move enters its stage itself.
    let enters = !is_known && (is_past || !is_other);
    let past = past.into_iter().chain(enters.then(|| (stage.clone(), moved_at))).collect();
    if is_past {
        return Merged { deal: filled(deal, row), past, is_past, ..same };
    }
    if is_other {
        deal.move_to(stage, moved_at);
    }
    Merged { deal: told(deal, row), past, moves: !is_known, ..same }
}

/// The open stage before the end, where the row tells of it and the history does not.
fn earlier(said: &StageSaid<'_>, row: &DealRow, end: Time, reached: &[(StageId, Time)]) -> Option<(Stage, Time)> {
    let (stage, at) = (said.last_open?, row.moved_at?);
    (at < end && !reached.contains(&(stage.id, at))).then(|| (stage.clone(), at))
}

/// With what the row says; an empty cell leaves what is there.
fn told(mut deal: Deal, row: &DealRow) -> Deal {
    deal.name = row.name.clone();
    deal.opened_at = row.opened_at.unwrap_or(deal.opened_at);
    deal.closed_at = row.closed_at.filter(|_| deal.status != DealStatus::Open).or(deal.closed_at);
    // A close date without a time is its first moment: on the day of the opening it would lie before it.
    if deal.closed_at.is_some_and(|closed| closed < deal.opened_at && closed.day() == deal.opened_at.day()) {
        deal.closed_at = Some(deal.opened_at);
    }
    let take = |theirs: &Option<String>, ours: Option<String>| theirs.clone().or(ours);
    deal.external_id = take(&row.external_id, deal.external_id);
    deal.customer_id = take(&row.customer_id, deal.customer_id);
    deal.owner = take(&row.owner, deal.owner);
    deal.product = take(&row.product, deal.product);
    deal.order_id = take(&row.order_id, deal.order_id);
    deal.note = take(&row.note, deal.note);
    if let Some(money) = row.money {
        (deal.amount, deal.currency) = (Some(money.amount), Some(money.currency));
    }
    deal
}

/// With what the row says of what is empty so far.
fn filled(mut deal: Deal, row: &DealRow) -> Deal {
    let fill = |ours: Option<String>, theirs: &Option<String>| ours.or_else(|| theirs.clone());
    deal.customer_id = fill(deal.customer_id, &row.customer_id);
    deal.owner = fill(deal.owner, &row.owner);
    deal.product = fill(deal.product, &row.product);
    deal.note = fill(deal.note, &row.note);
    if let (None, Some(money)) = (deal.amount, row.money) {
        (deal.amount, deal.currency) = (Some(money.amount), Some(money.currency));
    }
    deal
}

/// The fields in which a deal would be another than a row before said.
pub fn contradictions(before: &Deal, deal: &Deal) -> Vec<&'static str> {
    fn differs<T: PartialEq>(before: &Option<T>, after: &Option<T>) -> bool {
        before.is_some() && before != after
    }
    let fields = [
        ("name", before.name != deal.name),
        ("stage", before.stage_id != deal.stage_id),
        ("amount", differs(&before.amount, &deal.amount)),
        ("currency", differs(&before.currency, &deal.currency)),
        ("customer_id", differs(&before.customer_id, &deal.customer_id)),
        ("owner", differs(&before.owner, &deal.owner)),
        ("product", differs(&before.product, &deal.product)),
        ("opened_at", before.opened_at != deal.opened_at),
        ("closed_at", differs(&before.closed_at, &deal.closed_at)),
        ("order_id", differs(&before.order_id, &deal.order_id)),
        ("note", differs(&before.note, &deal.note)),
    ];
    fields.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect()
}

/// The id of a deal: of one without an external id the same for the same name, company, customer and opening.
pub fn id_of(row: &DealRow) -> DealId {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let opened = row.opened_at.map_or(String::new(), |at| at.to_string());
    let parts = match &row.external_id {
        Some(id) => vec![id.clone()],
        None => vec![row.name.clone(), name_key(&text(&row.account)), text(&row.customer_id), opened],
    };
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    derived(row.opened_at.unwrap_or(Time::EPOCH), &parts).into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::id::StageId;
    use crate::domain::time::DAY_MS;

    const NOW: Time = Time::from_millis(1_790_000_000_000);

    fn stages() -> Vec<Stage> {
        let kinds =
            [("new", DealStatus::Open), ("demo", DealStatus::Open), ("won", DealStatus::Won), ("lost", DealStatus::Lost)];
        let stage = |(place, (name, kind)): (usize, (&str, DealStatus))| Stage {
            id: StageId::from(derived(Time::EPOCH, &[name])),
            name: name.to_owned(),
            order: i64::try_from(place).unwrap(),
            kind,
        };
        kinds.into_iter().enumerate().map(stage).collect()
    }

    fn row(moved_at: Option<Time>, owner: &str) -> DealRow {
        let (account, domain, customer_id, partner, money) = (None, None, None, None, None);
        let (stage, status, product, order_id, note) = (None, None, None, None, None);
        let (opened_at, closed_at) = (None, None);
        let (external_id, owner) = (Some("1".to_owned()), Some(owner.to_owned()));
        let name = "Acme".to_owned();
        DealRow {
            external_id,
            name,
            account,
            domain,
            customer_id,
            partner,
            money,
            stage,
            status,
            owner,
            product,
            opened_at,
            closed_at,
            moved_at,
            order_id,
            note,
        }
    }

    /// A deal and its history, as the store keeps them.
    #[derive(Clone, Debug, Default, PartialEq)]
    struct Kept {
        deal: Option<Deal>,
        reached: Vec<(StageId, Time)>,
    }

    impl Kept {
        fn read(&mut self, row: &DealRow, said: StageSaid<'_>, stages: &[Stage], now: Time) -> Merged {
            let before = self.deal.as_ref().map(|deal| (deal, self.reached.as_slice()));
            let merged = merge(before, row, Some(said), &stages[0], now);
            let is_new = self.deal.as_ref().is_none_or(|deal| deal.stage_id != merged.deal.stage_id);
            let place = if is_new { self.reached.len() } else { self.reached.len() - 1 };
            if is_new {
                self.reached.push((merged.deal.stage_id, merged.moved_at));
            }
            let past = merged.past.iter().map(|(stage, at)| (stage.id, *at));
            self.reached.splice(place..place, past);
            self.deal = Some(merged.deal.clone());
            merged
        }
    }

    proptest! {
        #[test]
        fn a_history_read_again_changes_nothing(rows in prop::collection::vec((0..4_usize, 0..9_i64), 1..9)) {
            let stages = stages();
            let row_of = |(place, (stage, day)): (usize, &(usize, i64))| {
                let at = NOW - 100 * DAY_MS + *day * DAY_MS;
                (row(Some(at), &place.to_string()), StageSaid { stage: &stages[*stage], last_open: None })
            };
            let rows: Vec<_> = rows.iter().enumerate().map(row_of).collect();
            let mut kept = Kept::default();
            for (row, said) in &rows {
                kept.read(row, *said, &stages, NOW);
            }
            let once = kept.clone();
            let (deal, latest) = (once.deal.clone().unwrap(), once.reached.iter().map(|(_, at)| *at).max().unwrap());
            prop_assert!(once.reached.contains(&(deal.stage_id, latest)), "it is in the stage it came to last");
            for (row, said) in &rows {
                kept.read(row, *said, &stages, NOW + 1);
            }
            prop_assert_eq!(&kept.reached, &once.reached);
            prop_assert_eq!(kept.deal.unwrap().stage_id, once.deal.unwrap().stage_id);
        }
    }

    #[test]
    fn the_last_open_stage_is_told_beside_the_end() {
        let stages = stages();
        let (moved, closed) = (NOW - 20 * DAY_MS, NOW - 10 * DAY_MS);
        let row = DealRow { closed_at: Some(closed), opened_at: Some(moved - DAY_MS), ..row(Some(moved), "Olga") };
        let said = StageSaid { stage: &stages[2], last_open: Some(&stages[1]) };
        let mut kept = Kept::default();
        for _ in 0..2 {
            kept.read(&row, said, &stages, NOW);
            assert_eq!(kept.reached, [(stages[1].id, moved), (stages[2].id, closed)]);
        }
    }

    #[test]
    fn rows_about_the_past_fill_what_is_empty_only() {
        let stages = stages();
        let said = |place: usize| StageSaid { stage: &stages[place], last_open: None };
        let mut kept = Kept::default();
        kept.read(&row(Some(NOW - DAY_MS), "Olga"), said(2), &stages, NOW);
        let earlier = DealRow { product: Some("Seats".to_owned()), ..row(Some(NOW - 5 * DAY_MS), "Pete") };
        let merged = kept.read(&earlier, said(1), &stages, NOW);
        let deal = kept.deal.unwrap();
        assert!(merged.is_past && !merged.moves);
        assert_eq!((deal.owner.as_deref(), deal.product.as_deref(), deal.stage.as_str()), (Some("Olga"), Some("Seats"), "won"));
        assert_eq!(deal.opened_at, NOW - 5 * DAY_MS, "nothing else was known of when it was opened");
    }
}
