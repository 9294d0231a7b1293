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
    use crate::domain::money::Money;
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

    /// What a journal of before e-mail addresses and self-reported sources holds: they travel in `params`, so that it stays so.
    #[test]
    fn segments_from_before_are_read() {
        let report = Report {
            event: "sale".into(),
            order_id: Some("1001".into()),
            money: Some(Money { amount: 4990, currency: "EUR".parse().unwrap() }),
            customer_id: Some("kim".into()),
            click_id: None,
            code: Some("SAM20".into()),
            occurred_at: Some(Time::from_millis(7)),
            items: Vec::new(),
            params: [("sub1".to_owned(), "a".to_owned())].into(),
        };
        let hit = Hit {
            id: Uuid::from_u128(1),
            at: Time::from_millis(5),
            visitor: None,
            client: None,
            country: None,
            user_agent: "".into(),
            referrer: None,
            mark: None,
            body: Body::Stated { report: Box::new(report), idempotency: None },
        };
        let written = "0110000000000000000000000000000000010a000000000000030473616c6501043130303101fc4d0345555201036b696d00010553414d3230\
                       010e00010473756231016100";
        let before: Vec<u8> =
            (0..written.len()).step_by(2).map(|at| u8::from_str_radix(&written[at..at + 2], 16).unwrap()).collect();
        assert_eq!(Hit::decode(&before), Ok(hit.clone()));
        assert_eq!(hit.encode(), Ok(before));
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
