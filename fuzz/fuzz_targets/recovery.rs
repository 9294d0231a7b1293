//! Any bytes as a segment file: the journal opens, delivers what is sound, and closes.
#![no_main]

use std::sync::Arc;

use kudos::journal::{Options, RealDisk, open};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|segments: Vec<Vec<u8>>| {
    let dir = tempfile::tempdir().expect("a directory");
    for (number, bytes) in segments.iter().take(3).enumerate() {
        std::fs::write(dir.path().join(format!("{:016}.seg", number + 1)), bytes).expect("a file");
    }
    let options = Options { segment_bytes: 64 << 10, record_bytes_max: 4 << 10, ..Options::default() };
    let (journal, mut drain) = open(Arc::new(RealDisk), dir.path(), options).expect("any bytes can be opened");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        journal.close().await;
        while let Some(batch) = drain.next(1_000).await.expect("any bytes can be read") {
            drain.committed(batch.end).expect("a segment can be deleted");
        }
    });
});
