//! What the rest of the program says in English, beside its translations. Read by [`saying`](crate::pages::saying), which also says
//! what may stand in the slots. A sentence may be made of several of these clauses. `"pattern" => "text"` is one that speaks to
//! programs, of fields and minor units, and that pages say otherwise in English too; `| "text", "text"` tells others, in English and German, what the pattern tells a
//! partner of itself.

/// A clause as it is said, with its translations: another language is another field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    /// The pattern.
    pub english: &'static str,
    /// How pages say it in English, where the pattern speaks to programs.
    pub on_pages: Option<&'static str>,
    /// The same in German; `{1}` is the first slot of the pattern.
    pub german: &'static str,
    /// Where the pattern speaks to a partner, how others are told of it, in English and German.
    pub of_another: Option<(&'static str, &'static str)>,
}

macro_rules! sayings {
    ($(#[$about:meta])* pub const $NAME:ident = { $($english:literal $(=> $on_pages:literal)?, $german:literal $(| $they:literal, $sie:literal)?;)+ }) => {
        $(#[$about])*
        pub const $NAME: &[$crate::pages::texts::sayings::Said] = &[$($crate::pages::texts::sayings::Said {
            english: $english,
            on_pages: sayings!(@ $($on_pages)?),
            german: $german,
            of_another: sayings!(@ $($they, $sie)?),
        },)+];
    };
    (@) => { None };
    (@ $on_pages:literal) => { Some($on_pages) };
    (@ $they:literal, $sie:literal) => { Some(($they, $sie)) };
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
