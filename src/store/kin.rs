//! Which customers are one buyer, as a part of statements: merged ids, and ids that an address ties together.
//!
//! Two ids are kin when both belong to one merged identity, or when a member of the one's identity gave an address that is a
//! member of the other's. So a buyer who only gives an address is kin to every customer who gave it; two customers who gave the
//! same address are not kin to each other by that alone: a family or a front desk may share one. The relation is symmetric.

/// The tables `named`, `own`, `near` and `kin (id, at)`, for a `with`: the kin of the customers that `$named` selects as (id, at).
/// `at` is carried along.
macro_rules! kin {
    ($named:literal) => {
        concat!(
            "named (id, at) as materialized (",
            $named,
            "),
            own (id, at) as materialized (
                select id, at from named
                union select b.customer_id, n.at from named n cross join customer_groups a cross join customer_groups b
                    where a.customer_id = n.id and b.identity = a.identity),
            near (id, at) as materialized (
                select id, at from own
                union select e.email_id, o.at from own o cross join customer_emails e where e.customer_id = o.id
                union select e.customer_id, o.at from own o cross join customer_emails e where e.email_id = o.id),
            kin (id, at) as materialized (
                select id, at from near
                union select b.customer_id, n.at from near n cross join customer_groups a cross join customer_groups b
                    where a.customer_id = n.id and b.identity = a.identity)"
        )
    };
}
pub(super) use kin;
