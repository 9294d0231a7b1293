//! Every route of the pages, once.

use std::sync::LazyLock;

use crate::http::pages::Who::{Admin, Anyone, Partner, SignedIn, Staff};
use crate::http::pages::route::{Page, alone, read, write};
use crate::http::pages::{
    account, campaigns, codes, conversions, customers, door, import, journeys, links, live, notes, overview, partners, users,
    views,
};

/// The table: where two rows fit a path, the first one answers.
pub fn pages() -> &'static [Page] {
    static TABLE: LazyLock<Vec<Page>> =
        LazyLock::new(|| [doors(), staff(), program(), evidence(), portal()].into_iter().flatten().collect());
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
        write("POST /account/views", SignedIn, views::save).or("GET /account/views"),
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

/// What partners take part with, beside links.
fn program() -> Vec<Page> {
    vec![
        write("POST /admin/partners/{id}/notes", Admin, notes::add).or("GET /admin/partners/{id}"),
        write("POST /admin/notes/{id}/delete", Admin, notes::delete),
        write("POST /admin/notes/{id}/restore", Admin, notes::restore),
        read("GET /admin/import", Admin, import::show),
        write("POST /admin/import", Admin, import::import).or("GET /admin/import"),
        read("GET /admin/codes", Staff, codes::list),
        write("POST /admin/codes", Admin, codes::create).or("GET /admin/codes"),
        read("GET /admin/codes/{id}", Staff, codes::show),
        write("POST /admin/codes/{id}", Admin, codes::save).or("GET /admin/codes/{id}/edit"),
        read("GET /admin/codes/{id}/edit", Admin, codes::edit),
        write("POST /admin/codes/{id}/disable", Admin, codes::disable),
        write("POST /admin/codes/{id}/enable", Admin, codes::enable),
        read("GET /admin/campaigns", Staff, campaigns::list),
        write("POST /admin/campaigns", Admin, campaigns::create).or("GET /admin/campaigns/new"),
        read("GET /admin/campaigns/new", Admin, campaigns::new),
        read("GET /admin/campaigns/{id}", Staff, campaigns::show),
        write("POST /admin/campaigns/{id}", Admin, campaigns::save).or("GET /admin/campaigns/{id}/edit"),
        read("GET /admin/campaigns/{id}/edit", Admin, campaigns::edit),
        write("POST /admin/campaigns/{id}/delete", Admin, campaigns::delete),
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

/// The partners' own.
fn portal() -> Vec<Page> {
    vec![
        read("GET /portal", Partner, overview::show),
        alone("GET /portal/live", Partner, live::listen),
        read("GET /portal/touchpoints", Partner, overview::touchpoints),
        read("GET /portal/conversions", Partner, overview::conversions),
        read("GET /portal/conversions/{id}", Partner, conversions::show),
        read("GET /portal/links", Partner, links::list),
        write("POST /portal/links", Partner, links::create).or("GET /portal/links"),
        read("GET /portal/links/{id}", Partner, links::show),
        read("GET /portal/links/{id}/qr.svg", Partner, links::qr_svg),
        read("GET /portal/links/{id}/qr.png", Partner, links::qr_png),
    ]
}
