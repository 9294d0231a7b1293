//! Takes e-mail addresses out of a request before it is written to the journal: the buyer's own becomes the id under which it is
//! known, any other is masked where nothing needs it.
//!
//! Texts without an address are handed on as they are, so that the usual click costs a search for an `@`.

use std::borrow::Cow;

use crate::domain::conversion::{EMAIL_NAMES, HEARD_NAMES, Report, Source, is_report_field};
use crate::domain::customer::Email;
use crate::domain::hiding::{self, HIDDEN, has_mark};
use crate::domain::interpret::KEPT_PARAMS;

/// The secret under which addresses are hashed. None where they are to be kept as they are, or as long as it is not known.
pub type Secret = Option<[u8; 32]>;

/// What takes the place of the value of an address parameter: its id; what is no address is masked.
fn address(value: &str, secret: &Secret) -> Option<String> {
    match (value.parse::<Email>(), secret) {
        (Ok(email), Some(secret)) => Some(email.id(secret)),
        (Ok(_), None) => None,
        (Err(_), _) => Some(HIDDEN.to_owned()),
    }
}

/// What takes the place of the value of a parameter; none where it stays.
fn sealed(name: &str, value: &str, secret: &Secret) -> Option<String> {
    match name {
        _ if value.trim().is_empty() => None,
        _ if EMAIL_NAMES.contains(&name) => address(value, secret),
        _ if !has_mark(value) => None,
        _ if HEARD_NAMES.contains(&name) || !is_report_field(name) => Some(hiding::addresses(value).into_owned()),
        _ => None,
    }
}

/// The parameters of a report, as they came but for addresses.
pub fn parameters<'a>(source: Source, query: Cow<'a, str>, secret: &Secret) -> Cow<'a, str> {
    // Every name of an address has this word in it; in a query it could also be written in percent signs.
    let may_hide_one = has_mark(&query) || query.contains("mail") || query.contains(['%', '\\']);
    match source {
        _ if !may_hide_one => query,
        Source::Tag => object(query, secret),
        _ => pairs(query, |name, value| sealed(name, value, secret)),
    }
}

/// The query of a click or view: an address stays only in what is kept beside the touchpoint.
pub fn click(query: &str) -> Cow<'_, str> {
    if !has_mark(query) {
        return Cow::Borrowed(query);
    }
    let masked = |name: &str, value: &str| {
        let masks = has_mark(value) && !KEPT_PARAMS.contains(&name);
        masks.then(|| hiding::addresses(value).into_owned())
    };
    pairs(Cow::Borrowed(query), masked)
}

/// What a website states by the API.
pub fn report(report: &mut Report, secret: &Secret) {
    for (name, value) in &mut report.params {
        if let Some(instead) = sealed(name, value, secret) {
            *value = instead;
        }
    }
}

fn pairs<'a>(query: Cow<'a, str>, instead: impl Fn(&str, &str) -> Option<String>) -> Cow<'a, str> {
    let all = || form_urlencoded::parse(query.as_bytes());
    if !all().any(|(name, value)| has_mark(&name) || instead(&name, &value).is_some()) {
        return query;
    }
    let mut sealed = form_urlencoded::Serializer::new(String::with_capacity(query.len()));
    for (name, value) in all() {
        let value = instead(&name, &value).map_or(value, Cow::Owned);
        sealed.append_pair(&hiding::addresses(&name), &value);
    }
    sealed.finish().into()
}

fn object<'a>(text: Cow<'a, str>, secret: &Secret) -> Cow<'a, str> {
    let Ok(mut object) = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&text) else {
        // Nobody can use it; it is kept to show what was wrong.
        return hiding::addresses(&text).into_owned().into();
    };
    for (name, value) in &mut object {
        let instead = match value {
            serde_json::Value::String(text) => sealed(name, text, secret).map(Into::into),
            // A list or an object makes the whole of no use.
            serde_json::Value::Array(_) | serde_json::Value::Object(_) => {
                has_mark(&value.to_string()).then(|| serde_json::Value::Array(Vec::new()))
            }
            _ => None,
        };
        if let Some(instead) = instead {
            *value = instead;
        }
    }
    let object: serde_json::Map<_, _> =
        object.into_iter().map(|(name, value)| (hiding::addresses(&name).into_owned(), value)).collect();
    serde_json::Value::Object(object).to_string().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECRET: Secret = Some([7; 32]);

    #[test]
    fn an_address_becomes_its_id_and_everything_else_stays() {
        let sam = "sam@example.com".parse::<Email>().unwrap().id(&[7; 32]);
        let encoded = sam.replace(':', "%3A");
        for (source, raw, expected) in [
            (Source::Pixel, "order_id=1&email=+Sam%40Example.com", format!("order_id=1&email={encoded}")),
            (Source::Pixel, "e%6dail=sam@example.com&_=5", format!("email={encoded}&_=5")),
            (Source::Postback, "customer_email=sam@example.com", format!("customer_email={encoded}")),
            (Source::Pixel, &format!("email={sam}"), format!("email={encoded}")),
            (Source::Pixel, "email=sam", "email=%28address%29".into()),
            (Source::Pixel, "email=&order_id=a%20b", "email=&order_id=a%20b".into()),
            (Source::Pixel, "customer_id=sam@example.com", "customer_id=sam@example.com".into()),
            (Source::Pixel, "heard_from=my+friend+kim@example.com", "heard_from=my+friend+%28address%29".into()),
            (Source::Pixel, "order_id=1&x=kim%40example.com", "order_id=1&x=%28address%29".into()),
            (
                Source::Tag,
                r#"{"email":"sam\u0040example.com","amount":49.90}"#,
                format!(r#"{{"amount":49.9,"email":"{sam}"}}"#),
            ),
            (Source::Tag, r#"{ "amount": 1 }"#, r#"{ "amount": 1 }"#.into()),
            (Source::Tag, r#"{"email":"sam@example.com""#, r#"{"email":"(address)""#.into()),
            (Source::Tag, r#"{"items":["sam@example.com"]}"#, r#"{"items":[]}"#.into()),
        ] {
            assert_eq!(parameters(source, raw.into(), &SECRET), expected, "{raw}");
        }
        assert_eq!(parameters(Source::Pixel, "email=sam@example.com".into(), &None), "email=sam@example.com");
        assert_eq!(click("utm_source=a%20b&mail=sam%40example.com&sub1=x@y"), "utm_source=a+b&mail=%28address%29&sub1=x%40y");
        assert_eq!(click("utm_source=a%20b"), "utm_source=a%20b");
    }

    proptest! {
        #[test]
        fn what_has_no_address_means_the_same(values in prop::collection::vec("[a-z %&=+\\\\\"]{0,12}", 8)) {
            let names = ["event", "order_id", "amount", "currency", "customer", "sub1", "x", "heard_from"];
            let told: Vec<_> = names.into_iter().zip(&values).collect();
            let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(&told).finish();
            let sealed = parameters(Source::Pixel, query.as_str().into(), &SECRET);
            prop_assert_eq!(
                form_urlencoded::parse(sealed.as_bytes()).collect::<Vec<_>>(),
                form_urlencoded::parse(query.as_bytes()).collect::<Vec<_>>()
            );
        }

        #[test]
        fn any_text_is_read_without_panic_and_sealed_once(text: String) {
            for source in [Source::Pixel, Source::Tag] {
                let once = parameters(source, text.as_str().into(), &SECRET).into_owned();
                prop_assert_eq!(parameters(source, once.as_str().into(), &SECRET), once.as_str());
            }
            let _ = click(&text);
        }
    }
}
