//! What other rules would change: who would gain, who would lose.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::conversion::Weight;
use crate::domain::id::PartnerId;
use crate::domain::money::{Currency, Money};
use crate::domain::report::add_up;
use crate::domain::time::Time;

/// A share of one conversion: whose, in units of 1/10^9, and minor units.
pub type Share = (PartnerId, u64, i64);

/// What a partner, or all of them, have of some conversions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Sum {
    /// The conversions in which there is a part.
    pub conversions: i64,
    /// The sum of the shares.
    pub weight: Weight,
    /// The sum of the amounts, per currency.
    pub amounts: Vec<Money>,
}

impl Sum {
    fn add(&mut self, share: u64, amount: i64, currency: Option<Currency>) {
        self.weight.0 += share;
        if let Some(currency) = currency {
            add_up(&mut self.amounts, Money { amount, currency });
        }
    }
}

/// What there would be more (or, below 0, less).
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Difference {
    /// Conversions in which there is a part.
    pub conversions: i64,
    /// Shares.
    pub weight: f64,
    /// Amounts, per currency.
    pub amounts: Vec<Money>,
}

/// Before and after.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Change {
    /// As it is.
    pub now: Sum,
    /// As it would be.
    pub then: Sum,
    /// `then` less `now`.
    pub difference: Difference,
}

impl Change {
    /// With the difference worked out.
    fn finish(self) -> Change {
        let Change { mut now, mut then, .. } = self;
        let mut amounts = then.amounts.clone();
        now.amounts.iter().for_each(|money| add_up(&mut amounts, Money { amount: -money.amount, ..*money }));
        for amounts in [&mut amounts, &mut now.amounts, &mut then.amounts] {
            amounts.sort_by_key(|money| money.currency);
        }
        // Both are whole units of 1/10^9, so nothing is lost before the division.
        let units = i128::from(then.weight.0) - i128::from(now.weight.0);
        let difference = Difference { conversions: then.conversions - now.conversions, weight: units as f64 / 1e9, amounts };
        Change { now, then, difference }
    }

    /// How much changes: the most in any currency, then shares.
    fn size(&self) -> (u64, u64) {
        let amount = self.difference.amounts.iter().map(|money| money.amount.unsigned_abs()).max();
        (amount.unwrap_or(0), self.now.weight.0.abs_diff(self.then.weight.0))
    }
}

/// What would change for one partner.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Outlook {
    /// The partner.
    pub partner_id: PartnerId,
    /// Its name.
    pub name: Option<String>,
    /// What it has, would have, and the difference.
    #[serde(flatten)]
    pub change: Change,
}

/// What would change, had the draft been in force for all conversions of the period that fit its filters.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Simulation {
    /// From this moment on.
    pub from: Time,
    /// Up to this one.
    pub to: Time,
    /// Conversions in the period.
    pub conversions: i64,
    /// Those that would follow the draft. The others fit not all of its filters, are pinned to a version, or so old that some of
    /// their touchpoints are not kept any more; they count as they are. Renewals that go by the first sale of their customer change
    /// with it all the same, if it is in the period.
    pub following: i64,
    /// Those of which a partner would have another part.
    pub changed: i64,
    /// Those that would follow no policy, so that nobody would have credit for them; 0 without a `name`.
    pub without_policy: i64,
    /// Why the draft could not be published under that name.
    pub warnings: Vec<String>,
    /// What each partner has, would have, and would gain or lose; the greatest change first.
    pub data: Vec<Outlook>,
    /// The same of all partners together.
    pub total: Change,
}

/// Adds up conversion by conversion; holds one entry for each partner.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    partners: BTreeMap<PartnerId, Change>,
    total: Change,
    /// Conversions looked at.
    pub conversions: i64,
    /// Those of them that would follow the rules; the others stay as they are.
    pub following: i64,
    /// Those of which partners would have other parts.
    pub changed: i64,
    /// Those that would follow no policy any more.
    pub without_policy: i64,
}

impl Tally {
    /// One conversion that stays as it is.
    pub fn stays(&mut self, currency: Option<Currency>, now: &[Share]) {
        self.conversions += 1;
        self.add(currency, now, now);
    }

    /// One conversion that follows the rules.
    pub fn follows(&mut self, currency: Option<Currency>, now: &[Share], then: &[Share]) {
        self.following += 1;
        self.goes_along(currency, now, then);
    }

    /// One conversion that has the parts of another one, which follows the rules, and follows none of them itself.
    pub fn goes_along(&mut self, currency: Option<Currency>, now: &[Share], then: &[Share]) {
        self.conversions += 1;
        if self.add(currency, now, then) {
            self.changed += 1;
        }
    }

    /// Whether a partner's part differs.
    fn add(&mut self, currency: Option<Currency>, now: &[Share], then: &[Share]) -> bool {
        let (before, after) = (by_partner(now), by_partner(then));
        for (shares, side) in [(&before, Change::now as fn(&mut Change) -> &mut Sum), (&after, Change::then)] {
            for (&partner, &(share, amount)) in shares {
                let sum = side(self.partners.entry(partner).or_default());
                sum.conversions += 1;
                sum.add(share, amount, currency);
                side(&mut self.total).add(share, amount, currency);
            }
            side(&mut self.total).conversions += i64::from(!shares.is_empty());
        }
        before != after
    }

    /// What changes for each partner, the greatest change first, and for all of them; amounts in the order of their currencies.
    pub fn finish(self) -> (Vec<(PartnerId, Change)>, Change) {
        let mut partners: Vec<_> = self.partners.into_iter().map(|(id, change)| (id, change.finish())).collect();
        partners.sort_by_key(|(_, change)| std::cmp::Reverse(change.size())); // stable: ties stay in the order of ids
        (partners, self.total.finish())
    }
}

impl Change {
    fn now(&mut self) -> &mut Sum {
        &mut self.now
    }

    fn then(&mut self) -> &mut Sum {
        &mut self.then
    }
}

/// Whether some partner has another part.
pub fn differ(now: &[Share], then: &[Share]) -> bool {
    by_partner(now) != by_partner(then)
}

fn by_partner(shares: &[Share]) -> BTreeMap<PartnerId, (u64, i64)> {
    let mut sums: BTreeMap<PartnerId, (u64, i64)> = BTreeMap::new();
    for &(partner, share, amount) in shares {
        let sum = sums.entry(partner).or_default();
        *sum = (sum.0 + share, sum.1 + amount);
    }
    sums
}
