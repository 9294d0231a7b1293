//! Takes e-mail addresses out of what is kept of a request: of a report that cannot be used, and of the page it came from.

use std::borrow::Cow;

use crate::domain::conversion::{EMAIL_NAMES, Source};

/// What stands for an address.
pub(super) const HIDDEN: &str = "(address)";
/// How an `@` is written in texts, URLs and JSON.
const MARKS: [&str; 3] = ["@", "%40", "\\u0040"];

/// Whether there is an `@` in it, however that is written.
pub fn has_mark(text: &str) -> bool {
    MARKS.iter().any(|mark| text.contains(mark))
}

/// The text with `(address)` in the place of every word that has an `@` in it.
pub fn addresses(text: &str) -> Cow<'_, str> {
    if !has_mark(text) {
        return Cow::Borrowed(text);
    }
    let between = |c: char| c.is_whitespace() || "&=?\"',;:<>(){}[]/#|".contains(c);
    let words = text.split_inclusive(between).map(|word| {
        let end = word.strip_suffix(between).unwrap_or(word);
        if has_mark(end) { format!("{HIDDEN}{}", &word[end.len()..]) } else { word.to_owned() }
    });
    Cow::Owned(words.collect())
}

/// The parameters of a report without the value of its address, however that is written, and without any other address.
pub fn parameters(source: Source, query: &str) -> String {
    let named = match source {
        Source::Tag => without_members(query),
        _ => query.split('&').map(without_value).collect::<Vec<_>>().join("&"),
    };
    addresses(&named).into_owned()
}

fn without_value(pair: &str) -> Cow<'_, str> {
    let name = form_urlencoded::parse(pair.as_bytes()).next().map(|(name, _)| name);
    match pair.split_once('=') {
        Some((written, value)) if !value.is_empty() && name.is_some_and(|name| EMAIL_NAMES.contains(&name.as_ref())) => {
            Cow::Owned(format!("{written}={HIDDEN}"))
        }
        _ => Cow::Borrowed(pair),
    }
}

fn without_members(text: &str) -> String {
    let Ok(mut object) = serde_json::from_str::<serde_json::Map<_, _>>(text) else { return text.to_owned() };
    let named: Vec<_> = EMAIL_NAMES.iter().filter(|name| object.contains_key(**name)).collect();
    if named.is_empty() {
        return text.to_owned();
    }
    for name in named {
        object.insert((*name).to_owned(), HIDDEN.into());
    }
    serde_json::Value::Object(object).to_string()
}

/// Bytes of a record that nobody could read: every word with an `@` in it is blanked.
pub fn bytes(raw: &[u8]) -> Vec<u8> {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || b"@%._+-\\!#$*/^`|~".contains(&byte) || byte >= 0x80;
    let mut out = raw.to_vec();
    let mut at = 0;
    for part in raw.split(|byte| !word(*byte)) {
        let has = |mark: &str| part.windows(mark.len()).any(|window| window == mark.as_bytes());
        if MARKS.iter().any(|mark| has(mark)) {
            out[at..at + part.len()].fill(b'*');
        }
        at += part.len() + 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn no_address_is_left() {
        for (source, raw, expected) in [
            (Source::Pixel, "email=Sam%40example.com&amount=x", "email=(address)&amount=x"),
            (Source::Pixel, "e%6dail=sam%2540example.com", "e%6dail=(address)"),
            (Source::Pixel, "sub1=to+sam@example.com&sub2=a", "sub1=(address)&sub2=a"),
            (Source::Pixel, "amount=x&currency=EUR", "amount=x&currency=EUR"),
            (Source::Tag, r#"{"amount":"x","email":"sam"}"#, r#"{"amount":"x","email":"(address)"}"#),
            (Source::Tag, r#"{"email":"sam@example.com""#, r#"{"email":"(address)""#),
            (Source::Tag, r#"{"email":"sam\u0040example.com""#, r#"{"email":"(address)""#),
            (Source::Tag, r#"{ "amount": 1 }"#, r#"{ "amount": 1 }"#),
        ] {
            assert_eq!(parameters(source, raw), expected);
        }
        assert_eq!(addresses("https://a.example/thanks?mail=sam@example.com#x"), "https://a.example/thanks?mail=(address)#x");
        assert_eq!(bytes(b"\x01\x05email=sam@example.com\x02ok"), b"\x01\x05email=***************\x02ok");
    }

    proptest! {
        #[test]
        fn any_text_and_bytes_are_read_without_panic(text: String, raw: Vec<u8>) {
            let shown = addresses(&text);
            prop_assert!(!shown.contains('@'));
            prop_assert!(!parameters(Source::Tag, &text).contains('@') && !parameters(Source::Pixel, &text).contains('@'));
            let blanked = bytes(&raw);
            prop_assert_eq!(blanked.len(), raw.len());
            prop_assert!(!blanked.contains(&b'@'));
        }
    }
}
