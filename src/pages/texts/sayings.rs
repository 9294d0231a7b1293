//! What the rest of the program says in English, beside its translations. Read by [`saying`](crate::pages::saying), which also says
//! what may stand in the slots. A sentence may be made of several of these clauses.

/// A clause as it is said, with its translations: another language is another field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    /// The pattern.
    pub english: &'static str,
    /// The same in German; `{1}` is the first slot of the pattern.
    pub german: &'static str,
}

macro_rules! sayings {
    ($(#[$about:meta])* pub const $NAME:ident = { $($english:literal, $german:literal;)+ }) => {
        $(#[$about])*
        pub const $NAME: &[$crate::pages::texts::sayings::Said] =
            &[$($crate::pages::texts::sayings::Said { english: $english, german: $german },)+];
    };
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
