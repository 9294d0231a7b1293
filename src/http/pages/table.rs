//! Every route of the pages, once.

use std::sync::LazyLock;

use crate::http::pages::Who::{Admin, Anyone, Partner, SignedIn, Staff};
use crate::http::pages::route::{Page, alone, read, write};
use crate::http::pages::{
    account, accounts, conversions, customers, deals, door, journeys, links, overview, partners, pipeline, portal, registrations,
    users,
};

/// The table: where two rows fit a path, the first one answers.
pub fn pages() -> &'static [Page] {
    static TABLE: LazyLock<Vec<Page>> =
        LazyLock::new(|| [doors(), staff(), evidence(), selling(), own()].into_iter().flatten().collect());
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
    ]
}

/// The dashboard.
fn staff() -> Vec<Page> {
    vec![
        read("GET /admin", Staff, overview::show),
        read("GET /admin/touchpoints", Staff, overview::touchpoints),
        read("GET /admin/conversions", Staff, overview::conversions),
        read("GET /admin/partners", Staff, partners::list),
        write("POST /admin/partners", Admin, partners::create).or("GET /admin/partners/new"),
        read("GET /admin/partners/new", Admin, partners::new),
        read("GET /admin/partners/{id}", Staff, partners::show),
        write("POST /admin/partners/{id}", Admin, partners::save).or("GET /admin/partners/{id}/edit"),
        read("GET /admin/partners/{id}/edit", Admin, partners::edit),
        write("POST /admin/partners/{id}/disable", Admin, partners::disable),
        write("POST /admin/partners/{id}/enable", Admin, partners::enable),
        read("GET /admin/links", Staff, links::list),
        write("POST /admin/links", Admin, links::create).or("GET /admin/links"),
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

/// What happened, one by one and as a whole.
fn evidence() -> Vec<Page> {
    vec![
        read("GET /admin/conversions/{id}", Staff, conversions::show),
        read("GET /admin/conversions/{id}/refund", Admin, conversions::refund_form),
        write("POST /admin/conversions/{id}/refund", Admin, conversions::refund).or("GET /admin/conversions/{id}/refund"),
        read("GET /admin/conversions/{id}/credit", Admin, conversions::credit_form),
        write("POST /admin/conversions/{id}/credit", Admin, conversions::credit).or("GET /admin/conversions/{id}/credit"),
        write("POST /admin/conversions/{id}/credits", Admin, conversions::take_back),
        read("GET /admin/customers", Staff, customers::list),
        read("GET /admin/customers/{id}", Staff, customers::show),
        read("GET /admin/journeys", Staff, journeys::explorer),
        read("GET /admin/models", Staff, journeys::models),
    ]
}

/// Deals, on the dashboard.
fn selling() -> Vec<Page> {
    vec![
        read("GET /admin/pipeline", Staff, pipeline::show),
        read("GET /admin/deals", Staff, deals::list),
        write("POST /admin/deals", Admin, deals::create).or("GET /admin/deals/new"),
        read("GET /admin/deals/new", Admin, deals::new),
        read("GET /admin/deals/{id}", Staff, deals::show),
        write("POST /admin/deals/{id}", Admin, deals::save).or("GET /admin/deals/{id}/edit"),
        read("GET /admin/deals/{id}/edit", Admin, deals::edit),
        write("POST /admin/deals/{id}/stage", Admin, deals::move_on).or("GET /admin/deals/{id}"),
        read("GET /admin/accounts", Staff, accounts::list),
        write("POST /admin/accounts", Admin, accounts::create).or("GET /admin/accounts/new"),
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

/// The partners' own.
fn own() -> Vec<Page> {
    vec![
        read("GET /portal", Partner, overview::show),
        read("GET /portal/touchpoints", Partner, overview::touchpoints),
        read("GET /portal/conversions", Partner, overview::conversions),
        read("GET /portal/conversions/{id}", Partner, conversions::show),
        read("GET /portal/links", Partner, links::list),
        write("POST /portal/links", Partner, links::create).or("GET /portal/links"),
        read("GET /portal/links/{id}", Partner, links::show),
        read("GET /portal/links/{id}/qr.svg", Partner, links::qr_svg),
        read("GET /portal/links/{id}/qr.png", Partner, links::qr_png),
        read("GET /portal/codes", Partner, portal::codes),
        read("GET /portal/registrations", Partner, registrations::own),
        write("POST /portal/registrations", Partner, registrations::register).or("GET /portal/registrations/new"),
        read("GET /portal/registrations/new", Partner, registrations::new),
        read("GET /portal/registrations/{id}", Partner, registrations::show_own),
        read("GET /portal/rules", Partner, portal::rules),
        read("GET /portal/profile", Partner, portal::profile),
    ]
}
