//! The only room that knows hyper: listening, limits, routes, the edge and the API.

pub mod api;
pub mod app;
pub mod reply;
