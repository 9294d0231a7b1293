//! What a pixel, a tag or a damaged journal may hold is interpreted without a panic.
#![no_main]

use kudos::domain::conversion::Source;
use kudos::domain::hit::{Body, Hit};
use kudos::domain::interpret::{Agent, interpret};
use kudos::domain::time::Time;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&[u8], &str)| {
    let (payload, query) = input;
    if let Ok(hit) = Hit::decode(payload) {
        let _ = interpret(hit, &Agent::default());
    }
    for source in [Source::Pixel, Source::Tag, Source::Postback] {
        let hit = Hit {
            id: Default::default(),
            at: Time::EPOCH,
            visitor: None,
            client: None,
            country: None,
            user_agent: "".into(),
            referrer: None,
            mark: None,
            body: Body::Params { source, query: query.into() },
        };
        let _ = interpret(hit, &Agent::default());
    }
});
