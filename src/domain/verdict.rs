//! Verdicts: why a touchpoint counts or not. Nothing is deleted: it is marked.

use crate::domain::named;

named! {
    /// Why a touchpoint counts or not.
    pub enum Verdict {
        /// It counts.
        Valid = "valid",
        /// The user agent is a known crawler, monitor or tool.
        Bot = "bot",
        /// The browser fetched ahead; nobody has clicked yet.
        Prefetch = "prefetch",
        /// The link was loaded as an image, frame or script: nobody saw it (cookie stuffing).
        Embedded = "embedded",
        /// The same visitor and link within 30 minutes of one that counts.
        Duplicate = "duplicate",
        /// The buyer is the partner.
        SelfReferral = "self_referral",
        /// One client address sent more than the limit.
        Flood = "flood",
        /// It stands for something that is known better by now.
        Superseded = "superseded",
        /// Whoever entered it took it back.
        Withdrawn = "withdrawn",
    }
}

impl Verdict {
    /// A clause that explains it to a person, as in "not counted: ...".
    pub fn explain(self) -> &'static str {
        match self {
            Verdict::Valid => "it counts",
            Verdict::Bot => "a crawler or tool made it, not a person",
            Verdict::Prefetch => "the browser fetched ahead; nobody had clicked yet",
            Verdict::Embedded => "the link was loaded as an image, frame or script, not followed",
            Verdict::Duplicate => "the same visitor followed the same link within 30 minutes; it renews that touchpoint",
            Verdict::SelfReferral => "the buyer is the partner",
            Verdict::Flood => "one client address sent more than the limit",
            Verdict::Superseded => "what the buyer said is another partner's name by now, or nobody's",
            Verdict::Withdrawn => "it was entered by mistake and taken back",
        }
    }
}
