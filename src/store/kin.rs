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

/// Whether the customer `$id` has no kin but itself, as most do; that is quick to know.
macro_rules! alone {
    ($id:literal) => {
        concat!(
            "not exists (select 1 from customer_groups g where g.customer_id = ",
            $id,
            ") and not exists (select 1 from customer_emails e where e.customer_id = ",
            $id,
            " or e.email_id = ",
            $id,
            ")"
        )
    };
}
pub(super) use alone;

/// The tables `buyers (id, at)`, every id the buyer is known under, and `selves (id, at)`, the partners that are the buyer, for a
/// `with` that has `kin (id, at)` and `browsers (id, at)`. A partner is the buyer by its own id or address, because the customer
/// is said to be it, or because an account that buys, or one that this is a part of, is it. `$accounts` selects accounts that
/// buy, as (id, at), besides those of the buyers.
macro_rules! selves {
    ($accounts:literal) => {
        concat!(
            "buyers (id, at) as materialized (
                select id, at from kin
                union select v.customer_id, b.at from browsers b cross join customer_visitors v where v.visitor_id = b.id
                union select e.email_id, b.at from browsers b cross join customer_visitors v cross join customer_emails e
                    where v.visitor_id = b.id and e.customer_id = v.customer_id),
            selves (id, at) as materialized (
                with recursive line (id, at) as (
                    select a.id, b.at from buyers b cross join accounts a where a.customer_id = b.id ",
            $accounts,
            " union select a.parent_id, l.at from line l cross join accounts a where a.id = l.id and a.parent_id is not null)
                select p.id, b.at from buyers b cross join partners p where p.external_id = b.id
                union select p.id, b.at from buyers b cross join partners p where p.email_id = b.id
                union select c.partner_id, b.at from buyers b cross join customers c
                    where c.id = b.id and c.partner_id is not null
                union select a.partner_id, l.at from line l cross join accounts a
                    where a.id = l.id and a.partner_id is not null)"
        )
    };
}
pub(super) use selves;
