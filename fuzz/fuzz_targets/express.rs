//! Whatever bytes come, what the express lane takes is a request that hyper would have read the same way.
#![no_main]

use hyper::Uri;
use kudos::http::express::{Read, read_click};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let read = read_click(bytes, |slug, query, _| Some((slug.to_owned(), query.to_owned())));
    if let Read::Click((slug, query), used) = read {
        let head = &bytes[..used];
        assert!(head.ends_with(b"\n"), "{head:?}");
        let line = head.split(|byte| *byte == b'\n').find(|line| line.starts_with(b"GET ")).unwrap();
        let target = line.split(|byte| *byte == b' ').nth(1).unwrap();
        let uri: Uri = std::str::from_utf8(target).unwrap().parse().unwrap();
        assert_eq!(uri.path(), format!("/{slug}"));
        assert_eq!(uri.query().unwrap_or_default(), query);
    }
});
