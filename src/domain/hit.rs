//! Hits: raw requests to the edge, exactly as they came. This is what the journal keeps.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::conversion::{Report, Source};
use crate::domain::id::{CampaignId, LinkId, PartnerId, VisitorId};
use crate::domain::time::Time;
use crate::domain::verdict::Verdict;

/// The version of the payload's layout; a reader refuses what it does not know.
const VERSION: u8 = 1;

/// One raw request, self-contained: nothing needs to be looked up to interpret it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hit<'a> {
    /// Minted before the first write; the primary key of the row it becomes.
    pub id: Uuid,
    /// When it arrived.
    pub at: Time,
    /// The browser: from its cookie, or minted with this hit.
    pub visitor: Option<VisitorId>,
    /// A keyed hash of the client's address; none when the browser asked not to be tracked.
    pub client: Option<[u8; 16]>,
    /// ISO 3166 code from a trusted proxy.
    pub country: Option<Cow<'a, str>>,
    /// `User-Agent`, cut to the edge's limit.
    pub user_agent: Cow<'a, str>,
    /// `Referer`, cut to the edge's limit.
    pub referrer: Option<Cow<'a, str>>,
    /// What the edge saw that speaks against it: `prefetch`, `embedded` or `flood`.
    pub mark: Option<Verdict>,
    /// What was asked.
    pub body: Body<'a>,
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Body<'a> {
    /// A link was followed.
    Click(Followed<'a>),
    /// A link's banner was shown.
    View(Followed<'a>),
    /// A pixel, postback or tag: URL-encoded parameters, not yet checked.
    Params {
        /// The way it came in.
        source: Source,
        /// The raw parameters.
        query: Cow<'a, str>,
    },
    /// A report from the API, already checked.
    Stated {
        /// What the website states.
        report: Box<Report>,
        /// A hash of the caller's `Idempotency-Key` and of its request, where it sent one.
        idempotency: Option<Idempotency>,
    },
}

/// The link of a click or view, as it stood when the hit arrived.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Followed<'a> {
    /// The link.
    pub link: LinkId,
    /// Its owner.
    pub partner: PartnerId,
    /// Its campaign.
    pub campaign: Option<CampaignId>,
    /// The raw query of the request.
    pub query: Cow<'a, str>,
}

/// What makes a repeated request recognisable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Idempotency {
    /// Who sent it and under which key: `<key id>:<Idempotency-Key>`.
    pub key: String,
    /// A hash of method, path and body.
    pub request: [u8; 32],
}

impl<'a> Hit<'a> {
    /// The journal's payload: a version byte, then postcard.
    ///
    /// # Errors
    /// None in practice: every field can be written; the codec's signature has an error.
    pub fn encode(&self) -> Result<Vec<u8>, postcard::Error> {
        let mut payload = Vec::with_capacity(512);
        payload.push(VERSION);
        postcard::to_extend(self, payload)
    }

    /// Reads a payload back.
    ///
    /// # Errors
    /// An unknown version, or bytes that are not a hit.
    pub fn decode(payload: &'a [u8]) -> Result<Hit<'a>, postcard::Error> {
        match payload.split_first() {
            Some((&VERSION, rest)) => postcard::from_bytes(rest),
            _ => Err(postcard::Error::DeserializeBadEncoding),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_written_reads_back() {
        let hit = Hit {
            id: crate::domain::id::mint(Time::EPOCH),
            at: Time::from_millis(5),
            visitor: Some(VisitorId::mint(Time::EPOCH)),
            client: Some([7; 16]),
            country: Some("DE".into()),
            user_agent: "agent".into(),
            referrer: None,
            mark: Some(Verdict::Prefetch),
            body: Body::Params { source: Source::Pixel, query: "order_id=1".into() },
        };
        let payload = hit.encode().unwrap();
        assert_eq!(Hit::decode(&payload), Ok(hit));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(mut bytes: Vec<u8>) {
            let _ = Hit::decode(&bytes);
            bytes.insert(0, VERSION);
            let _ = Hit::decode(&bytes);
        }
    }
}
