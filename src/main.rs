//! Command line -> config -> run; prints the error and its causes.

use std::process::ExitCode;

#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    kudos::cli::run(std::env::args_os()).unwrap_or_else(|error| {
        eprintln!("kudos: {}", kudos::cli::explained(&*error));
        ExitCode::FAILURE
    })
}
