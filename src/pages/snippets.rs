//! Ready-made pieces around a link, to be pasted where it is to work.

use askama::Template;

use crate::pages::Html;
use crate::pages::shell::Shell;
use crate::pages::texts::{Portal, Texts, fill};

struct Snippet {
    id: &'static str,
    label: &'static str,
    text: String,
    hint: &'static str,
}

#[derive(Template)]
#[template(path = "snippets.html")]
struct Shown<'a> {
    t: &'static Texts,
    words: &'static Portal,
    snippets: &'a [Snippet],
}

/// A piece of a page that links, as HTML somebody else pastes; what is put in is escaped.
#[derive(Template)]
#[template(source = r#"<a href="{{ url }}">{{ text }}</a>"#, ext = "html")]
struct Anchor<'a> {
    url: &'a str,
    text: &'a str,
}

#[derive(Template)]
#[template(
    source = r#"<a href="{{ url }}"><img src="data:image/png;base64,{{ png }}" width="200" height="200" alt="{{ alt }}"></a>"#,
    ext = "html"
)]
struct Picture<'a> {
    url: &'a str,
    png: String,
    alt: &'a str,
}

#[derive(Template)]
#[template(source = r#"<img src="{{ public }}/view.gif?link={{ slug }}" width="1" height="1" alt="">"#, ext = "html")]
struct Banner<'a> {
    public: &'a str,
    slug: &'a str,
}

/// The pieces for `{public_url}/{slug}`; `png` is the picture of its QR code.
pub fn snippets(shell: &Shell, public_url: &str, slug: &str, png: Option<&[u8]>) -> Html {
    let words = shell.words::<Portal>();
    let url = format!("{public_url}/{slug}");
    let snippet = |id, label, text, hint| Snippet { id, label, text, hint };
    let mut all = vec![
        snippet("html", words.snippet_html, Html::of(&Anchor { url: &url, text: words.link_text }).into_text(), ""),
        snippet("mail", words.snippet_mail, fill(words.mail_text, &[&url]), ""),
        snippet("post", words.snippet_post, fill(words.post_text, &[&url]), ""),
    ];
    if let Some(png) = png {
        let picture = Picture { url: &url, png: base64(png), alt: shell.texts().qr_code };
        all.push(snippet("qr", words.snippet_qr, Html::of(&picture).into_text(), words.snippet_qr_hint));
    }
    let banner = Html::of(&Banner { public: public_url, slug }).into_text();
    all.push(snippet("banner", words.snippet_banner, banner, words.snippet_banner_hint));
    Html::of(&Shown { t: shell.texts(), words, snippets: &all })
}

/// RFC 4648, 4.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let byte = |place: usize| u32::from(three.get(place).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place) & 63) as usize];
            text.push(if place > three.len() { '=' } else { char::from(letter) });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_written_as_the_rfc_has_it() {
        for (bytes, expected) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(bytes.as_bytes()), expected);
        }
    }
}
