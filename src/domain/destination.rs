//! Where links lead: checked when a link is saved, put together when it is followed.

use std::borrow::Cow;

use url::{Host, Url};

use crate::domain::id::{LinkId, PartnerId};
use crate::domain::partner::Utm;

/// The longest destination, in bytes, as the WHATWG rules write it.
pub const DESTINATION_BYTES_MAX: usize = 2_048;

/// Parses a destination by the WHATWG rules and checks what came out of it.
///
/// `own` are the URLs under which Kudos itself answers: a link to ourselves would be a loop.
///
/// # Errors
/// A sentence that says what is wrong.
pub fn check_destination(text: &str, own: &[Url]) -> Result<String, String> {
    let url = Url::parse(text.trim()).map_err(|why| format!("is not a URL such as https://example.com/page: {why}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("must begin with http:// or https://, not {}:", url.scheme()));
    }
    let host = url.host().filter(|host| !matches!(host, Host::Domain(""))).ok_or("has no host")?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not hold a user name or password".into());
    }
    // A macro there would let the visitor choose the host.
    if url.host_str().is_some_and(|host| host.contains(['{', '}'])) {
        return Err("must not hold a macro in its host".into());
    }
    let ourselves =
        |own: &Url| own.host().is_some_and(|ours| ours == host) && own.port_or_known_default() == url.port_or_known_default();
    if own.iter().any(ourselves) {
        return Err("leads back to this server".into());
    }
    let written = String::from(url);
    if written.len() > DESTINATION_BYTES_MAX {
        return Err(format!("must be at most {DESTINATION_BYTES_MAX} bytes long"));
    }
    Ok(written)
}

/// A link's UTM defaults as URL-encoded pairs, `utm_source=news&utm_medium=mail`.
pub fn encode_utm(utm: &Utm) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(utm.pairs()).finish()
}

/// Room for what a redirect adds beside the query: joints, the name of the click parameter and the click id.
const ADDED_BYTES: usize = 64;

/// The ids that a redirect writes into the destination.
#[derive(Clone, Copy, Debug)]
pub struct Ids<'a> {
    /// The click id, as text.
    pub click: &'a str,
    /// The link's owner.
    pub partner: PartnerId,
    /// The link.
    pub link: LinkId,
}

/// Puts the target of one redirect together.
///
/// `destination` comes from [`check_destination`], `defaults` from [`encode_utm`], `query` raw from the request. The
/// destination's own parameters win over the visitor's, the visitor's over the defaults; `click_param`, when given,
/// is added last and wins over the visitor's. The result is ASCII without blanks or quotes, whatever the input holds.
pub fn redirect(destination: &str, defaults: &str, query: &str, click_param: Option<&str>, ids: Ids<'_>) -> String {
    let (base, fragment) = destination.split_once('#').map_or((destination, None), |(b, f)| (b, Some(f)));
    let (own, mut joint) = match base.split_once('?') {
        None => ("", "?"),
        Some((_, own)) if own.is_empty() || own.ends_with('&') => (own, ""),
        Some((_, own)) => (own, "&"),
    };
    let mut target = String::with_capacity(destination.len() + defaults.len() + query.len() + ADDED_BYTES);
    expand(&mut target, base, query, ids);
    let mut add = |target: &mut String, pair: &str| {
        target.push_str(std::mem::replace(&mut joint, "&"));
        push_safe(target, pair);
    };
    for pair in pairs(query).filter(|pair| !has(own, &name(pair)) && click_param.is_none_or(|param| name(pair) != param)) {
        add(&mut target, pair);
    }
    for pair in pairs(defaults).filter(|pair| !has(own, &name(pair)) && !has(query, &name(pair))) {
        add(&mut target, pair);
    }
    if let Some(param) = click_param.filter(|param| !has(own, param)) {
        add(&mut target, param);
        target.push('=');
        target.push_str(ids.click);
    }
    if let Some(fragment) = fragment {
        target.push('#');
        expand(&mut target, fragment, query, ids);
    }
    target
}

fn pairs(query: &str) -> impl Iterator<Item = &str> {
    query.split('&').filter(|pair| !pair.is_empty())
}

/// The decoded name of a raw `name=value`.
fn name(pair: &str) -> Cow<'_, str> {
    let raw = pair.split_once('=').map_or(pair, |(name, _)| name);
    if raw.bytes().any(|b| matches!(b, b'%' | b'+')) {
        form_urlencoded::parse(raw.as_bytes()).next().map_or(Cow::Borrowed(""), |(name, _)| name)
    } else {
        Cow::Borrowed(raw)
    }
}

fn has(query: &str, wanted: &str) -> bool {
    pairs(query).any(|pair| name(pair) == wanted)
}

/// Copies `text` with its macros replaced. In paths the URL parser has written `{` and `}` as `%7B` and `%7D`.
fn expand(target: &mut String, text: &str, query: &str, ids: Ids<'_>) {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|b| matches!(b, b'{' | b'%')) {
        target.push_str(&rest[..at]);
        rest = &rest[at..];
        let found = ["{", "%7B"].into_iter().find_map(|open| {
            let inner = rest.strip_prefix(open)?;
            let close = if open == "{" { "}" } else { "%7D" };
            let (word, after) = inner.split_once(close)?;
            Some((value(word, query, ids)?, after))
        });
        match found {
            Some((value, after)) => {
                target.extend(
                    form_urlencoded::byte_serialize(value.as_bytes()).map(|part| if part == "+" { "%20" } else { part }),
                );
                rest = after;
            }
            None => {
                target.push_str(&rest[..1]);
                rest = &rest[1..];
            }
        }
    }
    target.push_str(rest);
}

fn value<'a>(word: &str, query: &'a str, ids: Ids<'a>) -> Option<Cow<'a, str>> {
    match word {
        "click_id" => Some(Cow::Borrowed(ids.click)),
        "partner_id" => Some(Cow::Owned(ids.partner.to_string())),
        "link_id" => Some(Cow::Owned(ids.link.to_string())),
        "sub1" | "sub2" | "sub3" | "sub4" | "sub5" => {
            Some(form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == word).map_or(Cow::Borrowed(""), |(_, v)| v))
        }
        _ => None,
    }
}

/// Copies a raw pair; what does not belong into a `Location` header is percent-encoded.
fn push_safe(target: &mut String, pair: &str) {
    let safe =
        |b: u8| b.is_ascii_graphic() && !matches!(b, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' | b'#');
    if pair.bytes().all(safe) {
        return target.push_str(pair);
    }
    for byte in pair.bytes() {
        if safe(byte) {
            target.push(char::from(byte));
        } else {
            target.push_str(&format!("%{byte:02X}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Time;
    use proptest::prelude::*;

    #[test]
    fn destinations_are_checked_after_parsing() {
        let own = ["https://go.example.com", "http://localhost:8080"].map(|url| Url::parse(url).unwrap());
        for (text, expected) in [
            ("https://shop.example/a?b=c#d", Some("https://shop.example/a?b=c#d")),
            ("HTTP://Shop.Example:80/%7e", Some("http://shop.example/%7e")),
            (" https://shop.example ", Some("https://shop.example/")),
            ("https:/\\shop.example", Some("https://shop.example/")),
            ("https://go.example.com:444/x", Some("https://go.example.com:444/x")),
            ("https://GO.example.com/x", None),
            ("https://go.example.com:443/x", None),
            ("http://LOCALHOST:8080", None),
            ("http://localhost:8081/", Some("http://localhost:8081/")),
            ("https://{sub1}/x", None),
            ("https://shop.{sub1}.example/x", None),
            ("javascript:alert(1)", None),
            ("data:text/html,x", None),
            ("ftp://shop.example", None),
            ("https://sam@shop.example", None),
            ("https://:pw@shop.example", None),
            ("https://", None),
            ("//shop.example", None),
            ("/relative", None),
            ("", None),
        ] {
            assert_eq!(check_destination(text, &own).ok().as_deref(), expected, "{text}");
        }
        assert!(check_destination(&format!("https://a.example/{}", "x".repeat(2_048)), &[]).is_err());
    }

    fn ids(click: &str) -> Ids<'_> {
        Ids { click, partner: PartnerId::from(uuid::Uuid::nil()), link: LinkId::from(uuid::Uuid::nil()) }
    }

    #[test]
    fn targets_are_put_together() {
        let nil = "00000000000000000000000000";
        for (destination, defaults, query, expected) in [
            ("https://s.example/", "", "", "https://s.example/?kudos_id=tp_1".to_owned()),
            ("https://s.example/?a=1#top", "", "b=2", "https://s.example/?a=1&b=2&kudos_id=tp_1#top".into()),
            ("https://s.example/?a=1", "", "a=9&b=2", "https://s.example/?a=1&b=2&kudos_id=tp_1".into()),
            ("https://s.example/?", "", "b=2", "https://s.example/?b=2&kudos_id=tp_1".into()),
            (
                "https://s.example/?utm_source=own",
                "utm_source=d&utm_medium=mail&utm_term=t",
                "utm_medium=web",
                "https://s.example/?utm_source=own&utm_medium=web&utm_term=t&kudos_id=tp_1".into(),
            ),
            ("https://s.example/", "", "kudos_id=forged&&x", "https://s.example/?x&kudos_id=tp_1".into()),
            (
                "https://s.example/%7Bclick_id%7D/{nope}?p={partner_id}&s={sub1}&t={sub2}",
                "",
                "sub1=a%20b%26c",
                format!("https://s.example/tp_1/{{nope}}?p=pn_{nil}&s=a%20b%26c&t=&sub1=a%20b%26c&kudos_id=tp_1"),
            ),
            ("https://s.example/#{link_id}", "", "", format!("https://s.example/?kudos_id=tp_1#ln_{nil}")),
        ] {
            assert_eq!(
                redirect(destination, defaults, query, Some("kudos_id"), ids("tp_1")),
                expected,
                "{destination} {query}"
            );
        }
        assert_eq!(redirect("https://s.example/", "", "", None, ids("tp_1")), "https://s.example/");
    }

    proptest! {
        #[test]
        fn any_query_gives_a_clean_header_and_keeps_the_origin(query: String, path: String) {
            let destination = check_destination(&format!("https://s.example/{path}"), &[]).unwrap();
            let id = crate::domain::id::TouchpointId::mint(Time::EPOCH).to_string();
            let target = redirect(&destination, "utm_source=a", &query, Some("kudos_id"), ids(&id));
            prop_assert!(target.starts_with("https://s.example/"));
            prop_assert!(target.bytes().all(|b| b.is_ascii_graphic()), "{}", target);
        }
    }
}
