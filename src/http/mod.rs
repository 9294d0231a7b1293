//! The only room that knows hyper: listening, limits, routes, the edge and the API.

pub mod api;
pub mod app;
pub mod body;
pub mod dispatch;
pub mod edge;
pub mod express;
pub mod flood;
pub mod metrics;
pub mod pages;
pub mod patience;
pub mod reply;
pub mod route;
pub mod server;
pub mod stop;
