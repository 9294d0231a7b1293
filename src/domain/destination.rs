//! Where links lead: checked when a link is saved, put together when it is followed.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

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
    url.host().filter(|host| !matches!(host, Host::Domain(""))).ok_or("has no host")?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not hold a user name or password".into());
    }
    // A macro there would let the visitor choose the host.
    if url.host_str().is_some_and(|host| host.contains(['{', '}'])) {
        return Err("must not hold a macro in its host".into());
    }
    if own.iter().any(|own| is_same_server(own, &url)) {
        return Err("leads back to this server".into());
    }
    let written = String::from(url);
    if written.len() > DESTINATION_BYTES_MAX {
        return Err(format!("must be at most {DESTINATION_BYTES_MAX} bytes long"));
    }
    Ok(written)
}

/// Whether two URLs lead to the same server, as far as they tell: of a name in all its spellings, on the same port, where that
/// of http and that of https are one, as the first leads to the second nearly everywhere.
fn is_same_server(own: &Url, other: &Url) -> bool {
    let port = |url: &Url| url.port_or_known_default().map(|port| if port == 80 { 443 } else { port });
    let name = |url: &Url| match url.host() {
        Some(Host::Domain(name)) => Some(name.trim_end_matches('.').to_owned()),
        Some(Host::Ipv4(address)) => Some(local(address.into())),
        Some(Host::Ipv6(address)) => Some(local(IpAddr::from(address).to_canonical())),
        None => None,
    };
    name(own).is_some() && name(own) == name(other) && port(own) == port(other)
}

/// An address as text; "any address" of this machine is where the machine talks to itself.
fn local(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) if v4.is_unspecified() => Ipv4Addr::LOCALHOST.to_string(),
        IpAddr::V6(v6) if v6.is_unspecified() => Ipv6Addr::LOCALHOST.to_string(),
        _ => address.to_string(),
    }
}

/// Checks the macros of a destination from [`check_destination`], and that it leaves the click id to us, where `click_param`
/// names the parameter under which it is appended.
///
/// # Errors
/// A sentence that says what is wrong.
pub fn check_macros(destination: &str, click_param: Option<&str>) -> Result<(), String> {
    let base = destination.split('#').next().unwrap_or_default();
    let query = base.split_once('?').map_or("", |(_, query)| query);
    let fixed = |param: &str| pairs(query).any(|pair| name(pair) == param && !pair.contains("{click_id}"));
    if let Some(param) = click_param.filter(|param| fixed(param)) {
        return Err(format!("must not hold {param}, under which each click gets its own id: remove it"));
    }
    let readable = destination.replace("%7B", "{").replace("%7D", "}");
    for word in readable.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(word, _)| word)) {
        let is_word = !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if is_word && !MACROS.contains(&word) {
            return Err(format!("holds {{{word}}}, which is no macro; there are {{{}}}", MACROS.join("}, {")));
        }
    }
    Ok(())
}

/// Whether a URL holds a macro: where none is replaced, as in a fallback, it would go out as it is.
pub fn has_macro(url: &str) -> bool {
    MACROS.iter().any(|word| [format!("{{{word}}}"), format!("%7B{word}%7D")].iter().any(|written| url.contains(written)))
}

/// What is replaced in a destination when a link is followed.
const MACROS: [&str; 8] = ["click_id", "partner_id", "link_id", "sub1", "sub2", "sub3", "sub4", "sub5"];

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
        let own =
            ["https://go.example.com", "http://localhost:8080", "http://127.0.0.1:8080"].map(|url| Url::parse(url).unwrap());
        for (text, expected) in [
            ("https://shop.example/a?b=c#d", Some("https://shop.example/a?b=c#d")),
            ("HTTP://Shop.Example:80/%7e", Some("http://shop.example/%7e")),
            (" https://shop.example ", Some("https://shop.example/")),
            ("https:/\\shop.example", Some("https://shop.example/")),
            ("https://go.example.com:444/x", Some("https://go.example.com:444/x")),
            ("https://GO.example.com/x", None),
            ("https://go.example.com:443/x", None),
            ("http://LOCALHOST:8080", None),
            ("http://go.example.com/x", None),
            ("https://go.example.com./x", None),
            ("https://go.example.com%2e/", None),
            ("http://localhost.:8080/", None),
            ("http://0.0.0.0:8080/", None),
            ("http://[::ffff:127.0.0.1]:8080/", None),
            ("http://[::]:8080/", Some("http://[::]:8080/")),
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

    #[test]
    fn a_macro_that_is_none_and_a_click_id_of_before_are_refused() {
        for (destination, fits) in [
            ("https://s.example/{click_id}?a={sub1}&b={partner_id}#{link_id}", true),
            ("https://s.example/?q={\"a\":1}&r={}&s={a-b}", true),
            ("https://s.example/?c={clickid}", false),
            ("https://s.example/{sub6}", false),
            ("https://s.example/#{CLICK_ID}", false),
            ("https://s.example/?kudos_id=tp_1", false),
            ("https://s.example/?a=1&kudos%5Fid=tp_1", false),
            ("https://s.example/?kudos_id={click_id}", true),
            ("https://s.example/?kudos_id2=tp_1", true),
        ] {
            let written = check_destination(destination, &[]).unwrap();
            assert_eq!(check_macros(&written, Some("kudos_id")).is_ok(), fits, "{written}");
        }
        assert!(check_macros("https://s.example/?kudos_id=tp_1", None).is_ok(), "a link that appends none");
        assert!(has_macro("https://s.example/%7Bsub1%7D") && has_macro("https://s.example/?a={click_id}"));
        assert!(!has_macro("https://s.example/?a={b}"));
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
