//! From a raw hit to what it means: a pure function, so a segment can be replayed whole.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::domain::conversion::{IDENTIFY, Report, Source};
use crate::domain::customer::Email;
use crate::domain::hiding;
use crate::domain::hit::{Body, Followed, Hit, Idempotency};
use crate::domain::id::{ConversionId, RejectedId, TouchpointId, VisitorId};
use crate::domain::time::Time;
use crate::domain::touchpoint::{self, Device, Team, Touchpoint};
use crate::domain::verdict::Verdict;
use crate::error::FieldError;

/// Parameters of a click that are worth keeping beside the touchpoint.
pub const KEPT_PARAMS: &[&str] =
    &["sub1", "sub2", "sub3", "sub4", "sub5", "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"];

/// The longest parameter value that is kept, in characters.
const PARAM_CHARS_MAX: usize = 255;

/// What a user agent tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agent {
    /// True for a crawler, a preview fetcher, an HTTP library, and when there is no user agent at all.
    pub bot: bool,
    /// Families of browser and system in the words of uap-core (`Mobile Safari`, `Mac OS X`), none where it knows none.
    pub device: Device,
}

/// What a hit means.
#[derive(Clone, Debug, PartialEq)]
pub enum Meaning {
    /// A click or view.
    Touchpoint(Box<Followup>),
    /// A conversion.
    Conversion(Box<Reported>),
    /// A visitor is a customer.
    Identity(Identity),
    /// It cannot be used, and why.
    Rejected(Box<Rejected>),
}

/// A click or view, with what only the store needs to know.
#[derive(Clone, Debug, PartialEq)]
pub struct Followup {
    /// The touchpoint; whether it is a duplicate is for intake to find out.
    pub touchpoint: Touchpoint,
    /// A keyed hash of the client's address.
    pub client: Option<[u8; 16]>,
}

/// A conversion as it was reported.
#[derive(Clone, Debug, PartialEq)]
pub struct Reported {
    /// Its id.
    pub id: ConversionId,
    /// The way it came in.
    pub source: Source,
    /// When it was reported.
    pub recorded_at: Time,
    /// The browser's cookie.
    pub visitor: Option<VisitorId>,
    /// What the website states.
    pub report: Report,
    /// The buyer's address, which is kept as a hash.
    pub email: Option<Email>,
    /// Where the buyer says they heard of us.
    pub heard_from: Option<String>,
    /// What makes a repeated request recognisable.
    pub idempotency: Option<Idempotency>,
}

impl Reported {
    /// When it happened.
    pub fn occurred_at(&self) -> Time {
        self.report.occurred_at.unwrap_or(self.recorded_at)
    }
}

/// A visitor, or the visitor of a click, is a customer.
#[derive(Clone, Debug, PartialEq)]
pub struct Identity {
    /// The website's own id of the customer.
    pub customer: Option<String>,
    /// The customer's address, which is kept as a hash; there is one where there is no id.
    pub email: Option<Email>,
    /// The browser's cookie.
    pub visitor: Option<VisitorId>,
    /// A click of that browser.
    pub click: Option<TouchpointId>,
    /// When it became known.
    pub at: Time,
}

/// A hit that cannot be used. Kept, so that an admin can see what a website does wrong.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Rejected {
    /// Its id.
    pub id: RejectedId,
    /// The way it came in.
    pub source: Source,
    /// When.
    #[serde(rename = "occurred_at")]
    pub at: Time,
    /// The raw parameters.
    pub query: String,
    /// The page that sent it.
    pub referrer: Option<String>,
    /// The browser or server that sent it.
    pub user_agent: String,
    /// Every reason.
    pub reasons: Vec<FieldError>,
}

/// Says what a hit means. Depends on nothing but its arguments.
pub fn interpret(hit: Hit<'_>, agent: &Agent) -> Meaning {
    match hit.body {
        Body::Click(ref followed) => touch(touchpoint::CLICK, &hit, followed, agent),
        Body::View(ref followed) => touch(touchpoint::VIEW, &hit, followed, agent),
        Body::Stated { report, idempotency } => reported(hit.id, hit.at, Source::Api, None, *report, idempotency),
        Body::Params { source, ref query } => params(source, query, &hit),
    }
}

fn reported(
    id: Uuid, recorded_at: Time, source: Source, visitor: Option<VisitorId>, mut report: Report,
    idempotency: Option<Idempotency>,
) -> Meaning {
    let (email, heard_from) = (report.take_email(), report.take_heard_from());
    let id = ConversionId::from(id);
    Meaning::Conversion(Box::new(Reported { id, source, recorded_at, visitor, report, email, heard_from, idempotency }))
}

fn params(source: Source, query: &str, hit: &Hit<'_>) -> Meaning {
    let rejected = |reasons| {
        Meaning::Rejected(Box::new(Rejected {
            id: RejectedId::from(hit.id),
            source,
            at: hit.at,
            query: hiding::parameters(source, query),
            referrer: hit.referrer.as_deref().map(|page| hiding::addresses(page).into_owned()),
            user_agent: hit.user_agent.to_string(),
            reasons,
        }))
    };
    if source == Source::View {
        let message = "is not the slug of a link that is in use".to_owned();
        return rejected(vec![FieldError { field: "link".into(), message }]);
    }
    let pairs: Vec<(Cow<'_, str>, Cow<'_, str>)> = match source {
        Source::Tag => match read_object(query) {
            Ok(object) => object.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
            Err(message) => return rejected(vec![FieldError { field: "body".into(), message }]),
        },
        _ => form_urlencoded::parse(query.as_bytes()).collect(),
    };
    match Report::from_params(&pairs) {
        Err(problems) => rejected(problems.into_fields()),
        Ok(mut report) if report.event == IDENTIFY => Meaning::Identity(Identity {
            email: report.take_email(),
            customer: report.customer_id,
            visitor: hit.visitor,
            click: report.click_id,
            at: hit.at,
        }),
        Ok(report) => reported(hit.id, hit.at, source, hit.visitor, report, None),
    }
}

/// Reads a JSON object of texts and numbers, as the tag sends, as parameters. `null` counts as absent.
///
/// # Errors
/// A clause that says what is wrong with the text.
pub fn read_object(text: &str) -> Result<Vec<(String, String)>, String> {
    let object: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(text).map_err(|why| format!("is not a JSON object: {why}"))?;
    let pair = |(name, value): (String, serde_json::Value)| match value {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) => Some(Ok((name, text))),
        serde_json::Value::Number(number) => Some(Ok((name, number.to_string()))),
        serde_json::Value::Bool(truth) => Some(Ok((name, truth.to_string()))),
        _ => Some(Err(format!("holds a list or object in {name}; texts and numbers are expected"))),
    };
    object.into_iter().filter_map(pair).collect()
}

fn touch(kind: &str, hit: &Hit<'_>, followed: &Followed<'_>, agent: &Agent) -> Meaning {
    let verdict = match hit.mark {
        Some(mark) => mark,
        None if agent.bot => Verdict::Bot,
        None => Verdict::Valid,
    };
    let mut params: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(followed.query.as_bytes()) {
        if KEPT_PARAMS.contains(&name.as_ref()) && !value.is_empty() {
            // Of one given twice the first, as in the macros of the destination.
            params.entry(name.into_owned()).or_insert_with(|| value.chars().take(PARAM_CHARS_MAX).collect());
        }
    }
    let touchpoint = Touchpoint {
        id: TouchpointId::from(hit.id),
        kind: kind.to_owned(),
        team: Team::Partner,
        occurred_at: hit.at,
        verdict,
        partner_id: Some(followed.partner),
        link_id: Some(followed.link),
        code_id: None,
        campaign_id: followed.campaign,
        // Without a cookie the click id is all that is known of the browser: a visitor of one click.
        visitor_id: Some(hit.visitor.unwrap_or(VisitorId::from(hit.id))),
        customer_id: None,
        deal_id: None,
        country: hit.country.as_deref().map(str::to_owned),
        device: agent.device.clone(),
        referrer: hit.referrer.as_deref().map(|page| hiding::addresses(page).into_owned()),
        params,
        note: None,
    };
    Meaning::Touchpoint(Box::new(Followup { touchpoint, client: hit.client }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id;

    fn hit(body: Body<'_>, mark: Option<Verdict>) -> Hit<'_> {
        Hit {
            id: id::floor(Time::from_millis(1)),
            at: Time::from_millis(1),
            visitor: None,
            client: None,
            country: None,
            user_agent: "agent".into(),
            referrer: None,
            mark,
            body,
        }
    }

    fn click(query: &str) -> Body<'_> {
        let nil = uuid::Uuid::nil();
        Body::Click(Followed { link: nil.into(), partner: nil.into(), campaign: None, query: query.into() })
    }

    #[test]
    fn the_edge_s_mark_comes_before_the_user_agent() {
        let bot = Agent { bot: true, ..Agent::default() };
        for (mark, agent, expected) in [
            (None, &Agent::default(), Verdict::Valid),
            (None, &bot, Verdict::Bot),
            (Some(Verdict::Prefetch), &bot, Verdict::Prefetch),
            (Some(Verdict::Flood), &Agent::default(), Verdict::Flood),
        ] {
            let Meaning::Touchpoint(found) = interpret(hit(click("sub1=a&x=y&sub2="), mark), agent) else { panic!() };
            assert_eq!(found.touchpoint.verdict, expected);
            assert_eq!(found.touchpoint.params, BTreeMap::from([("sub1".to_owned(), "a".to_owned())]));
            assert_eq!(found.touchpoint.visitor_id.map(VisitorId::uuid), Some(found.touchpoint.id.uuid()));
        }
    }

    #[test]
    fn parameters_become_a_conversion_an_identity_or_every_reason() {
        let read = |query: &'static str| {
            interpret(hit(Body::Params { source: Source::Pixel, query: query.into() }, None), &Agent::default())
        };
        assert!(matches!(read("order_id=1"), Meaning::Conversion(found) if found.report.order_id.as_deref() == Some("1")));
        assert!(
            matches!(read("event=identify&customer_id=c"), Meaning::Identity(found) if found.customer.as_deref() == Some("c"))
        );
        let Meaning::Rejected(found) = read("amount=x&currency=EUR") else { panic!() };
        assert_eq!(found.reasons.len(), 2);
        assert_eq!(found.query, "amount=x&currency=EUR");
    }
}
