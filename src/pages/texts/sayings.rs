//! What the rest of the program says in English, beside its translations. Read by [`saying`](crate::pages::saying), which also says
//! what may stand in the slots. A sentence may be made of several of these clauses. `"pattern" => "text"` is one that speaks to
//! programs, of fields and minor units, and that pages say otherwise in English too.

/// A clause as it is said, with its translations: another language is another field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    /// The pattern.
    pub english: &'static str,
    /// How pages say it in English, where the pattern speaks to programs.
    pub on_pages: Option<&'static str>,
    /// The same in German; `{1}` is the first slot of the pattern.
    pub german: &'static str,
}

macro_rules! sayings {
    ($(#[$about:meta])* pub const $NAME:ident = { $($english:literal $(=> $on_pages:literal)?, $german:literal;)+ }) => {
        $(#[$about])*
        pub const $NAME: &[$crate::pages::texts::sayings::Said] = &[$($crate::pages::texts::sayings::Said {
            english: $english,
            on_pages: sayings!(@ $($on_pages)?),
            german: $german,
        },)+];
    };
    (@) => { None };
    (@ $on_pages:literal) => { Some($on_pages) };
}

mod credit;
mod records;
mod refusals;
mod sentences;

/// Every clause.
pub fn all() -> impl Iterator<Item = &'static Said> {
    [credit::REASONS, sentences::SENTENCES, records::RECORDS, refusals::REFUSALS].into_iter().flatten()
}

pub use sentences::{CARDINALS, ORDINALS, PARTS, ROLES};
