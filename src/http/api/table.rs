//! Every endpoint of the API, once.

use std::sync::LazyLock;

use crate::domain::key::Scope::{Admin, Track};
use crate::http::api::endpoint::{Endpoint, deliver, document, read, write, write_after};
use crate::http::api::{
    campaigns, codes, conversions, explain, groups, journeys, keys, kinds, links, log, openapi, partners, policies, record,
    refunds, reports, simulate, touchpoints,
};

/// The table: for each path, the methods it answers.
pub fn endpoints() -> &'static [Endpoint] {
    static TABLE: LazyLock<Vec<Endpoint>> = LazyLock::new(|| [program(), evidence(), rules()].into_iter().flatten().collect());
    &TABLE
}

/// What partners take part with.
fn program() -> Vec<Endpoint> {
    vec![
        write("POST /partners", Admin, "Makes a partner.", partners::create),
        read("GET /partners", "Lists partners.", partners::list),
        read("GET /partners/{id}", "Shows a partner.", partners::show),
        write("PATCH /partners/{id}", Admin, "Changes a partner.", partners::edit),
        write(
            "DELETE /partners/{id}",
            Admin,
            "Disables a partner: its links stop answering, its history stays.",
            partners::remove,
        ),
        write("POST /groups", Admin, "Makes a group of partners.", groups::create),
        read("GET /groups", "Lists groups.", groups::list),
        read("GET /groups/{id}", "Shows a group.", groups::show),
        write("PATCH /groups/{id}", Admin, "Changes a group.", groups::edit),
        write("DELETE /groups/{id}", Admin, "Removes a group that no partner belongs to.", groups::remove),
        write("POST /campaigns", Admin, "Makes a campaign.", campaigns::create),
        read("GET /campaigns", "Lists campaigns.", campaigns::list),
        read("GET /campaigns/{id}", "Shows a campaign.", campaigns::show),
        write("PATCH /campaigns/{id}", Admin, "Changes a campaign.", campaigns::edit),
        write("DELETE /campaigns/{id}", Admin, "Removes a campaign that was never used.", campaigns::remove),
        write("POST /links", Admin, "Makes a link.", links::create),
        write("POST /links/bulk", Admin, "Makes up to 1,000 links, all or none.", links::create_bulk),
        read("GET /links", "Lists links.", links::list),
        read("GET /links/{id}", "Shows a link.", links::show),
        write("PATCH /links/{id}", Admin, "Changes a link.", links::edit),
        write(
            "DELETE /links/{id}",
            Admin,
            "Disables a link: it answers 410 or leads to its fallback, its history stays.",
            links::remove,
        ),
        write("POST /codes", Admin, "Makes a referral code.", codes::create),
        read("GET /codes", "Lists codes.", codes::list),
        read("GET /codes/{id}", "Shows a code.", codes::show),
        write("PATCH /codes/{id}", Admin, "Changes a code.", codes::edit),
        write("DELETE /codes/{id}", Admin, "Disables a code: it counts no longer, its history stays.", codes::remove),
    ]
}

/// What happened, and what came of it.
fn evidence() -> Vec<Endpoint> {
    vec![
        write(
            "POST /touchpoints",
            Track,
            "Records an offline touchpoint; conversions it may have led to are credited anew.",
            touchpoints::create,
        ),
        read("GET /touchpoints", "Lists touchpoints.", touchpoints::list).recent(),
        read("GET /touchpoints/{id}", "Shows a touchpoint; a click id is one.", touchpoints::show).recent(),
        deliver(
            "POST /conversions",
            Track,
            "Records a conversion; with Prefer: wait=N the answer has its credits.",
            record::create,
        ),
        read("GET /conversions", "Lists conversions, each with its credits.", conversions::list).recent(),
        read("GET /conversions/{id}", "Shows a conversion, also by the id of a repeated report of it.", conversions::show)
            .recent(),
        read(
            "GET /conversions/{id}/explain",
            "Shows every touchpoint considered: counted or not, why, and with which share.",
            explain::show,
        )
        .recent(),
        write(
            "POST /conversions/{id}/refunds",
            Admin,
            "Refunds a conversion in part or, without an amount, all that is left.",
            refunds::create,
        )
        .recent(),
        read("GET /conversions/{id}/refunds", "Lists the refunds of a conversion.", refunds::list).recent(),
        read(
            "GET /reports/performance",
            "Shows what came of the program in a period, in rows of your choice.",
            reports::performance,
        ),
        read(
            "GET /reports/teams",
            "Shows how partners and our own teams share the conversions of a period, without counting any twice.",
            reports::teams,
        ),
        read(
            "GET /reports/models",
            "Shows what each partner, link .. would have earned under any models, beside the policy in force.",
            journeys::models,
        ),
        read(
            "GET /reports/journeys",
            "Shows the ways that led to conversions: common paths, length, time, first x last, what follows what.",
            journeys::ways,
        ),
        read("GET /rejected", "Lists reports of websites that could not be used, with every reason.", log::rejected).recent(),
    ]
}

/// Who may do what, and by which rules credit is given.
fn rules() -> Vec<Endpoint> {
    vec![
        write_after(
            "POST /policies",
            Admin,
            "Makes the next version of a policy; versions never change.",
            policies::prepare,
            policies::create,
        ),
        read("GET /policies", "Lists policy versions.", policies::list),
        read("GET /policies/{id}", "Shows a policy version.", policies::show),
        read(
            "POST /policies/simulate",
            "Tries a draft on a period: what each partner would gain or lose. Writes nothing.",
            simulate::simulate,
        ),
        write("POST /touchpoint-kinds", Admin, "Makes a kind of touchpoint.", kinds::create),
        read("GET /touchpoint-kinds", "Lists every kind of touchpoint, by name.", kinds::list),
        read("GET /touchpoint-kinds/{id}", "Shows the kind of that name.", kinds::show),
        write("PATCH /touchpoint-kinds/{id}", Admin, "Changes the kind of that name.", kinds::edit),
        write("DELETE /touchpoint-kinds/{id}", Admin, "Removes a kind that was never used.", kinds::remove),
        write("POST /keys", Admin, "Makes a key; its secret is in the answer, this once.", keys::create),
        read("GET /keys", "Lists keys, without their secrets.", keys::list),
        read("GET /keys/{id}", "Shows a key, without its secret.", keys::show),
        write("DELETE /keys/{id}", Admin, "Revokes a key, for good.", keys::remove),
        read("GET /audit", "Lists what was changed, by whom and when.", log::audit),
        document::<openapi::Described>("GET /openapi.json", "Shows this document; no key is needed."),
    ]
}
