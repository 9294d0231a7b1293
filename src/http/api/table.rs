//! Every endpoint of the API, once.

use std::sync::LazyLock;

use crate::domain::key::Scope::{Admin, Track};
use crate::http::api::endpoint::{Endpoint, deliver, document, read, write, write_after};
use crate::http::api::{
    accounts, campaigns, codes, conversions, customers, deals, drafts, explain, groups, journeys, keys, kinds, links, log,
    manual_credits, openapi, partners, policies, record, refunds, registrations, reports, simulate, stages, touchpoints,
};

/// The table: for each path, the methods it answers.
pub fn endpoints() -> &'static [Endpoint] {
    static TABLE: LazyLock<Vec<Endpoint>> =
        LazyLock::new(|| [program(), evidence(), sums(), people(), opportunities(), rules()].into_iter().flatten().collect());
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
        write(
            "PATCH /touchpoints/{id}",
            Admin,
            "Corrects an offline touchpoint; conversions that depend on it are credited anew.",
            touchpoints::edit,
        ),
        write(
            "DELETE /touchpoints/{id}",
            Admin,
            "Takes an offline touchpoint back: it counts no longer, and stays to be looked at.",
            touchpoints::remove,
        ),
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
        write(
            "POST /conversions/{id}/credits",
            Admin,
            "Gives credit for a conversion by hand, with a reason; the others share the rest as before.",
            manual_credits::create,
        )
        .recent(),
        read(
            "GET /conversions/{id}/credits",
            "Lists the credit given for a conversion by hand, what was taken back among it.",
            manual_credits::list,
        )
        .recent(),
        write("DELETE /credits/{id}", Admin, "Takes back credit given by hand.", manual_credits::remove),
        read("GET /conversions/{id}/refunds", "Lists the refunds of a conversion.", refunds::list).recent(),
        read("GET /rejected", "Lists reports of websites that could not be used, with every reason.", log::rejected).recent(),
    ]
}

/// What it all comes to.
fn sums() -> Vec<Endpoint> {
    vec![
        read(
            "GET /reports/performance",
            "Shows what came of the program in a period, in rows of your choice.",
            reports::performance,
        ),
        read(
            "GET /reports/self-reported",
            "Shows, by partner, where buyers say they heard of you beside what was tracked.",
            reports::self_reported,
        ),
        read(
            "GET /reports/self-reported/disagreements",
            "Lists conversions whose buyers named a partner for whom nothing was tracked.",
            reports::disagreements,
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
    ]
}

/// Who buys.
fn people() -> Vec<Endpoint> {
    vec![
        read("GET /customers", "Lists customers.", customers::list).recent(),
        read("GET /customers/{id}", "Shows a customer, under every id that is the same buyer.", customers::show).recent(),
        write("PATCH /customers/{id}", Admin, "Says which partner a customer is, and whose part.", customers::edit).recent(),
        write(
            "POST /customers/{id}/identify",
            Track,
            "Ties a browser, a click or an address to a customer; what that concerns is credited anew.",
            customers::identify,
        ),
        write(
            "POST /customers/{id}/merge",
            Admin,
            "Makes two customers one buyer, whatever is reported of either before or later; ids that nobody named yet are told.",
            customers::merge,
        ),
        write(
            "DELETE /customers/{id}/merge",
            Admin,
            "Takes an id out of the buyer it was merged into. Others that were merged stay together; a common address ties on.",
            customers::split,
        ),
    ]
}

/// Deals, who buys, and who registered them.
fn opportunities() -> Vec<Endpoint> {
    vec![
        write("POST /deals", Admin, "Makes a deal.", deals::create),
        read("GET /deals", "Lists deals.", deals::list),
        read("GET /deals/{id}", "Shows a deal with its history, its touchpoints and who sourced it.", deals::show),
        write("PATCH /deals/{id}", Admin, "Changes a deal; a stage is appended to its history.", deals::edit),
        write(
            "POST /deals/{id}/move-back",
            Admin,
            "Takes back the last move of a deal to another stage, which was a mistake: it leaves its history.",
            deals::move_back,
        ),
        write("POST /deal-stages", Admin, "Makes a stage of deals.", stages::create),
        read("GET /deal-stages", "Lists the stages of deals in their order.", stages::list),
        read("GET /deal-stages/{id}", "Shows a stage of deals.", stages::show),
        write("PATCH /deal-stages/{id}", Admin, "Changes a stage of deals.", stages::edit),
        write("DELETE /deal-stages/{id}", Admin, "Removes a stage that no deal has been in.", stages::remove),
        write("POST /accounts", Admin, "Makes an account.", accounts::create),
        read("GET /accounts", "Lists accounts.", accounts::list),
        read("GET /accounts/{id}", "Shows an account.", accounts::show),
        write("PATCH /accounts/{id}", Admin, "Changes an account.", accounts::edit),
        write(
            "POST /deal-registrations",
            Track,
            "Registers a deal for a partner; the first to register an account has it, who comes later gets status conflict.",
            registrations::create,
        ),
        read("GET /deal-registrations", "Lists deal registrations.", registrations::list),
        read("GET /deal-registrations/{id}", "Shows a deal registration and what happened to it.", registrations::show),
        write(
            "POST /deal-registrations/{id}/approve",
            Admin,
            "Approves a registration: it becomes a deal or joins one, and the account is the partner's for the claim window.",
            registrations::approve,
        ),
        write("POST /deal-registrations/{id}/reject", Admin, "Rejects a registration, with a reason.", registrations::reject),
        write(
            "POST /deal-registrations/{id}/withdraw",
            Admin,
            "Withdraws a registration that waits for a decision, for its partner.",
            registrations::withdraw,
        ),
        read(
            "GET /reports/pipeline",
            "Shows the deals that partners sourced and influenced, with the lift against the others.",
            reports::pipeline,
        ),
        read("GET /reports/discrepancies", "Counts what is stored soundly but is odd.", reports::discrepancies),
        read("GET /reports/discrepancies/{id}", "Lists what is odd, of one kind.", reports::discrepancies_of),
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
        write("POST /policy-drafts", Admin, "Makes a draft of a policy, which nothing follows yet.", drafts::create),
        read("GET /policy-drafts", "Lists drafts of policies.", drafts::list),
        read("GET /policy-drafts/{id}", "Shows a draft of a policy.", drafts::show),
        write("PATCH /policy-drafts/{id}", Admin, "Changes a draft of a policy.", drafts::edit),
        write("DELETE /policy-drafts/{id}", Admin, "Throws a draft of a policy away.", drafts::remove),
        write_after(
            "POST /policy-drafts/{id}/publish",
            Admin,
            "Makes the draft the next version of its policy; the draft is gone then.",
            drafts::prepare,
            drafts::publish,
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
