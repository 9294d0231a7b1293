//! Every route of the pages, once.

use std::sync::LazyLock;

use crate::http::pages::Who::{Admin, Anyone, Partner, SignedIn, Staff};
use crate::http::pages::route::{Page, alone, read, write};
use crate::http::pages::{
    account, accounts, campaigns, codes, conversions, customers, deals, door, import, journeys, links, lists, live, notes,
    overview, partners, pipeline, policies, portal, program, registrations, system, touchpoints, trouble, users, views,
};

/// The table: where two rows fit a path, the first one answers.
pub fn pages() -> &'static [Page] {
    static TABLE: LazyLock<Vec<Page>> = LazyLock::new(|| {
        [doors(), staff(), promotion(), evidence(), selling(), settings(), own()].into_iter().flatten().collect()
    });
    &TABLE
}

/// Coming, going, and what everybody has.
fn doors() -> Vec<Page> {
    vec![
        alone("GET /login", Anyone, door::show),
        alone("POST /login", Anyone, door::sign_in).or("GET /login"),
        write("POST /logout", SignedIn, door::sign_out),
        read("GET /invite/{id}", Anyone, door::invited),
        alone("POST /invite/{id}", Anyone, door::accept).or("GET /invite/{id}"),
        alone("POST /account/preferences", Anyone, door::prefer),
        read("GET /account", SignedIn, account::show),
        write("POST /account", SignedIn, account::save).or("GET /account"),
        alone("POST /account/password", SignedIn, account::change_password).or("GET /account"),
        write("POST /account/sessions", SignedIn, account::end_others),
        write("POST /account/sessions/{id}", SignedIn, account::end),
        read("GET /account/views", SignedIn, views::list),
        write("POST /account/views", SignedIn, views::save),
        write("POST /account/views/{id}", SignedIn, views::rename).or("GET /account/views"),
        write("POST /account/views/{id}/delete", SignedIn, views::delete),
        write("POST /account/views/{id}/restore", SignedIn, views::restore),
    ]
}

/// The dashboard.
fn staff() -> Vec<Page> {
    vec![
        read("GET /admin", Staff, overview::show),
        alone("GET /admin/live", Staff, live::listen),
        read("GET /admin/touchpoints", Staff, lists::touchpoints),
        read("GET /admin/conversions", Staff, lists::conversions),
        read("GET /admin/partners", Staff, partners::list),
        write("POST /admin/partners", Admin, partners::create).or("GET /admin/partners/new").once(),
        read("GET /admin/partners/new", Admin, partners::new),
        read("GET /admin/partners/{id}", Staff, partners::show),
        write("POST /admin/partners/{id}", Admin, partners::save).or("GET /admin/partners/{id}/edit"),
        read("GET /admin/partners/{id}/edit", Admin, partners::edit),
        write("POST /admin/partners/{id}/disable", Admin, partners::disable),
        write("POST /admin/partners/{id}/enable", Admin, partners::enable),
        read("GET /admin/links", Staff, links::list),
        write("POST /admin/links", Admin, links::create).or("GET /admin/links").once(),
        read("GET /admin/links/{id}", Staff, links::show),
        write("POST /admin/links/{id}", Admin, links::save).or("GET /admin/links/{id}/edit"),
        read("GET /admin/links/{id}/edit", Admin, links::edit),
        read("GET /admin/links/{id}/qr.svg", Staff, links::qr_svg),
        read("GET /admin/links/{id}/qr.png", Staff, links::qr_png),
        write("POST /admin/links/{id}/disable", Admin, links::disable),
        write("POST /admin/links/{id}/enable", Admin, links::enable),
        read("GET /admin/users", Admin, users::list),
        write("POST /admin/users", Admin, users::invite).or("GET /admin/users"),
        read("GET /admin/users/{id}", Admin, users::show),
        write("POST /admin/users/{id}", Admin, users::save).or("GET /admin/users/{id}"),
        write("POST /admin/users/{id}/invite", Admin, users::invite_again),
        write("POST /admin/users/{id}/disable", Admin, users::disable).or("GET /admin/users/{id}"),
        write("POST /admin/users/{id}/enable", Admin, users::enable),
    ]
}

/// What partners take part with, beside links.
fn promotion() -> Vec<Page> {
    vec![
        write("POST /admin/partners/{id}/notes", Admin, notes::add).or("GET /admin/partners/{id}").once(),
        write("POST /admin/notes/{id}/delete", Admin, notes::delete),
        write("POST /admin/notes/{id}/restore", Admin, notes::restore),
        read("GET /admin/import", Admin, import::show),
        write("POST /admin/import", Admin, import::import).or("GET /admin/import").once(),
        read("GET /admin/import/{id}", Admin, import::made),
        read("GET /admin/codes", Staff, codes::list),
        write("POST /admin/codes", Admin, codes::create).or("GET /admin/codes").once(),
        read("GET /admin/codes/{id}", Staff, codes::show),
        write("POST /admin/codes/{id}", Admin, codes::save).or("GET /admin/codes/{id}/edit"),
        read("GET /admin/codes/{id}/edit", Admin, codes::edit),
        write("POST /admin/codes/{id}/disable", Admin, codes::disable),
        write("POST /admin/codes/{id}/enable", Admin, codes::enable),
        read("GET /admin/campaigns", Staff, campaigns::list),
        write("POST /admin/campaigns", Admin, campaigns::create).or("GET /admin/campaigns/new").once(),
        read("GET /admin/campaigns/new", Admin, campaigns::new),
        read("GET /admin/campaigns/{id}", Staff, campaigns::show),
        write("POST /admin/campaigns/{id}", Admin, campaigns::save).or("GET /admin/campaigns/{id}/edit"),
        read("GET /admin/campaigns/{id}/edit", Admin, campaigns::edit),
        read("GET /admin/campaigns/{id}/remove", Admin, campaigns::ask_remove),
        write("POST /admin/campaigns/{id}/remove", Admin, campaigns::remove).or("GET /admin/campaigns/{id}/remove"),
    ]
}

/// What happened, one by one and as a whole.
fn evidence() -> Vec<Page> {
    vec![
        read("GET /admin/conversions/{id}", Staff, conversions::show),
        read("GET /admin/conversions/{id}/refund", Admin, conversions::refund_form),
        write("POST /admin/conversions/{id}/refund", Admin, conversions::refund)
            .or("GET /admin/conversions/{id}/refund")
            .once(),
        read("GET /admin/conversions/{id}/credit", Admin, conversions::credit_form),
        write("POST /admin/conversions/{id}/credit", Admin, conversions::credit)
            .or("GET /admin/conversions/{id}/credit")
            .once(),
        read("GET /admin/credits/{id}/take-back", Admin, conversions::ask_take_back),
        write("POST /admin/credits/{id}/take-back", Admin, conversions::take_back).or("GET /admin/credits/{id}/take-back"),
        read("GET /admin/customers", Staff, customers::list),
        read("GET /admin/customers/{id}", Staff, customers::show),
        read("GET /admin/journeys", Staff, journeys::explorer),
        read("GET /admin/journeys/conversions", Staff, journeys::conversions),
        read("GET /admin/models", Staff, journeys::models),
    ]
}

/// Deals, on the dashboard.
fn selling() -> Vec<Page> {
    vec![
        read("GET /admin/pipeline", Staff, pipeline::show),
        read("GET /admin/deals", Staff, deals::list),
        write("POST /admin/deals", Admin, deals::create).or("GET /admin/deals/new").once(),
        read("GET /admin/deals/new", Admin, deals::new),
        read("GET /admin/deals/{id}", Staff, deals::show),
        write("POST /admin/deals/{id}", Admin, deals::save).or("GET /admin/deals/{id}/edit"),
        read("GET /admin/deals/{id}/edit", Admin, deals::edit),
        write("POST /admin/deals/{id}/stage", Admin, deals::move_on).or("GET /admin/deals/{id}"),
        read("GET /admin/deals/{id}/move-back", Admin, deals::ask_move_back),
        write("POST /admin/deals/{id}/move-back", Admin, deals::move_back).or("GET /admin/deals/{id}/move-back"),
        write("POST /admin/deals/{id}/touchpoints", Admin, touchpoints::enter).or("GET /admin/deals/{id}").once(),
        write("POST /admin/touchpoints/{id}", Admin, touchpoints::save).or("GET /admin/touchpoints/{id}/edit"),
        read("GET /admin/touchpoints/{id}/edit", Admin, touchpoints::edit),
        read("GET /admin/touchpoints/{id}/remove", Admin, touchpoints::ask_remove),
        write("POST /admin/touchpoints/{id}/remove", Admin, touchpoints::remove).or("GET /admin/touchpoints/{id}/remove"),
        read("GET /admin/accounts", Staff, accounts::list),
        write("POST /admin/accounts", Admin, accounts::create).or("GET /admin/accounts/new").once(),
        read("GET /admin/accounts/new", Admin, accounts::new),
        read("GET /admin/accounts/{id}", Staff, accounts::show),
        write("POST /admin/accounts/{id}", Admin, accounts::save).or("GET /admin/accounts/{id}/edit"),
        read("GET /admin/accounts/{id}/edit", Admin, accounts::edit),
        read("GET /admin/registrations", Staff, registrations::list),
        read("GET /admin/registrations/{id}", Staff, registrations::show),
        write("POST /admin/registrations/{id}/approve", Admin, registrations::approve).or("GET /admin/registrations/{id}"),
        write("POST /admin/registrations/{id}/reject", Admin, registrations::reject).or("GET /admin/registrations/{id}"),
    ]
}

/// The rules of the program, and how the server fares.
fn settings() -> Vec<Page> {
    vec![
        read("GET /admin/policies", Staff, policies::list),
        read("GET /admin/policies/new", Admin, policies::new),
        write("POST /admin/policies/drafts", Admin, policies::create).or("GET /admin/policies/new").once(),
        read("GET /admin/policies/drafts/{id}", Staff, policies::draft),
        write("POST /admin/policies/drafts/{id}", Admin, policies::save).or("GET /admin/policies/drafts/{id}/edit"),
        read("GET /admin/policies/drafts/{id}/edit", Admin, policies::edit),
        read("GET /admin/policies/drafts/{id}/publish", Admin, policies::confirm_publish),
        alone("POST /admin/policies/drafts/{id}/publish", Admin, policies::publish)
            .or("GET /admin/policies/drafts/{id}/publish"),
        read("GET /admin/policies/drafts/{id}/remove", Admin, policies::confirm_remove),
        write("POST /admin/policies/drafts/{id}/remove", Admin, policies::remove),
        read("GET /admin/policies/{id}", Staff, policies::version),
        read("GET /admin/kinds", Staff, program::kinds),
        write("POST /admin/kinds", Admin, program::create_kind).or("GET /admin/kinds").once(),
        read("GET /admin/kinds/{id}", Admin, program::show_kind),
        write("POST /admin/kinds/{id}", Admin, program::save_kind).or("GET /admin/kinds/{id}"),
        write("POST /admin/kinds/{id}/disable", Admin, program::disable_kind).or("GET /admin/kinds/{id}"),
        write("POST /admin/kinds/{id}/enable", Admin, program::enable_kind).or("GET /admin/kinds/{id}"),
        read("GET /admin/kinds/{id}/remove", Admin, program::ask_remove_kind),
        write("POST /admin/kinds/{id}/remove", Admin, program::remove_kind).or("GET /admin/kinds/{id}/remove"),
        read("GET /admin/groups", Staff, program::groups),
        write("POST /admin/groups", Admin, program::create_group).or("GET /admin/groups").once(),
        read("GET /admin/groups/{id}", Admin, program::show_group),
        write("POST /admin/groups/{id}", Admin, program::save_group).or("GET /admin/groups/{id}"),
        read("GET /admin/groups/{id}/remove", Admin, program::ask_remove_group),
        write("POST /admin/groups/{id}/remove", Admin, program::remove_group).or("GET /admin/groups/{id}/remove"),
        read("GET /admin/keys", Admin, program::keys),
        write("POST /admin/keys", Admin, program::create_key).or("GET /admin/keys"),
        read("GET /admin/keys/{id}/revoke", Admin, program::ask_revoke_key),
        write("POST /admin/keys/{id}/revoke", Admin, program::revoke_key),
        read("GET /admin/stages", Staff, program::stages),
        write("POST /admin/stages", Admin, program::create_stage).or("GET /admin/stages").once(),
        read("GET /admin/stages/{id}", Admin, program::show_stage),
        write("POST /admin/stages/{id}", Admin, program::save_stage).or("GET /admin/stages/{id}"),
        read("GET /admin/stages/{id}/remove", Admin, program::ask_remove_stage),
        write("POST /admin/stages/{id}/remove", Admin, program::remove_stage).or("GET /admin/stages/{id}/remove"),
        read("GET /admin/rejected", Staff, trouble::rejected),
        read("GET /admin/discrepancies", Staff, trouble::discrepancies),
        read("GET /admin/self-reported", Staff, trouble::self_reported),
        read("GET /admin/audit", Admin, system::audit),
        read("GET /admin/audit/{id}", Admin, system::line),
        read("GET /admin/health", Staff, system::health),
    ]
}

/// The partners' own.
fn own() -> Vec<Page> {
    vec![
        read("GET /portal", Partner, overview::show),
        alone("GET /portal/live", Partner, live::listen),
        read("GET /portal/touchpoints", Partner, lists::touchpoints),
        read("GET /portal/conversions", Partner, lists::conversions),
        read("GET /portal/conversions/{id}", Partner, conversions::show),
        read("GET /portal/links", Partner, links::list),
        write("POST /portal/links", Partner, links::create).or("GET /portal/links").once(),
        read("GET /portal/links/{id}", Partner, links::show),
        read("GET /portal/links/{id}/qr.svg", Partner, links::qr_svg),
        read("GET /portal/links/{id}/qr.png", Partner, links::qr_png),
        read("GET /portal/codes", Partner, portal::codes),
        read("GET /portal/registrations", Partner, registrations::own),
        write("POST /portal/registrations", Partner, registrations::register).or("GET /portal/registrations/new").once(),
        read("GET /portal/registrations/new", Partner, registrations::new),
        read("GET /portal/registrations/{id}", Partner, registrations::show_own),
        write("POST /portal/registrations/{id}/withdraw", Partner, registrations::withdraw),
        read("GET /portal/rules", Partner, portal::rules),
        read("GET /portal/profile", Partner, portal::profile),
    ]
}
