//! What partners have done for a deal, as it may be kept: with the moments for which it is true.

use crate::domain::id::TouchpointId;
use crate::domain::pipeline::{DealTouch, Opportunity, Standing, standing};
use crate::domain::policy::Rules;
use crate::domain::time::Time;

/// A standing and how long it holds, as long as nothing changes but the time.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// What partners have done.
    pub standing: Standing,
    /// The first moment as of which that is so. Of a closed deal it is so at any.
    pub from: Time,
    /// The first moment after, as of which it may be something else: an open deal has a touchpoint then.
    pub until: Time,
    /// The least of the deal's touchpoints.
    pub oldest: Option<TouchpointId>,
}

impl Kept {
    /// Looks at every touchpoint of a deal, as of `now`.
    pub fn of(deal: &Opportunity, touches: &[DealTouch], rules: &Rules, now: Time) -> Kept {
        let (mut from, mut until) = (Time::from_millis(i64::MIN), Time::from_millis(i64::MAX));
        if deal.closed_at.is_none() {
            for at in touches.iter().map(|touch| touch.occurred_at) {
                if at <= now {
                    from = from.max(at);
                } else {
                    until = until.min(at);
                }
            }
        }
        let oldest = touches.iter().map(|touch| touch.touchpoint_id).min();
        Kept { standing: standing(deal, touches, rules, now), from, until, oldest }
    }

    /// Whether the standing is the one as of `now`.
    pub fn holds(&self, now: Time) -> bool {
        self.from <= now && now < self.until
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::pipeline::tests::any_deal;
    use crate::domain::time::DAY_MS;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn as_long_as_it_holds_a_kept_standing_is_what_a_look_finds(
            (deal, touches) in any_deal(), kept_on in -310..70_i64, asked_on in -310..70_i64,
        ) {
            let at = |days: i64| Time::from_millis(1_760_000_000_000) + days * DAY_MS;
            let rules = Rules::default();
            let kept = Kept::of(&deal, &touches, &rules, at(kept_on));
            prop_assert!(kept.holds(at(kept_on)));
            if kept.holds(at(asked_on)) {
                prop_assert_eq!(&kept.standing, &standing(&deal, &touches, &rules, at(asked_on)));
                prop_assert_eq!(&kept, &Kept::of(&deal, &touches, &rules, at(asked_on)));
            }
        }
    }
}
