//! Any path is routed, any query makes a clean `Location`, any destination is judged: without a panic.
#![no_main]

use kudos::domain::destination::{Ids, check_destination, redirect};
use kudos::http::route::route;
use libfuzzer_sys::fuzz_target;
use uuid::Uuid;

fuzz_target!(|input: (&str, &str, &str)| {
    let (path, query, destination) = input;
    let _ = route(&hyper::Method::GET, path);
    if let Ok(destination) = check_destination(destination, &[]) {
        let ids = Ids { click: "tp_1", partner: Uuid::nil().into(), link: Uuid::nil().into() };
        let target = redirect(&destination, "utm_source=a", query, Some("kudos_id"), ids);
        assert!(target.bytes().all(|b| b.is_ascii_graphic()), "{target}");
    }
});
