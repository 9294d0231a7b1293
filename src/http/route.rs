//! The table of contents of the server: a method and a path become one of a closed set.

use hyper::Method;

use crate::http::pages::is_page;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route<'a> {
    /// `GET /{slug}`: follow a link.
    Link {
        /// The first and only path segment.
        slug: &'a str,
    },
    /// `GET /pixel.gif`: a conversion, from a website's page.
    Pixel,
    /// `GET /view.gif`: a banner was shown.
    View,
    /// `GET|POST /postback`: a conversion, from a website's server.
    Postback,
    /// `POST /collect`: the tag's beacon.
    Collect,
    /// `GET /livez`: is the process alive?
    Livez,
    /// `GET /readyz`: can it record durably?
    Readyz,
    /// `GET /metrics`: for Prometheus.
    Metrics,
    /// `GET /robots.txt`
    Robots,
    /// `GET /favicon.ico`
    Icon,
    /// `/api/v1...`: the JSON API.
    Api {
        /// What follows `/api/v1`, with its slash.
        path: &'a str,
    },
    /// `/login`, `/admin..`, `/portal..` and what belongs to them.
    Page,
    /// The path exists, but not for this method.
    WrongMethod {
        /// The methods it exists for.
        allow: &'static str,
    },
    /// Nothing here.
    Nothing,
}

/// Says what is asked for. `path` is raw, without the query; never panics, whatever it holds.
pub fn route<'a>(method: &Method, path: &'a str) -> Route<'a> {
    if let Some(rest) = path.strip_prefix("/api/v1")
        && (rest.is_empty() || rest.starts_with('/'))
    {
        return Route::Api { path: rest };
    }
    if is_page(path) {
        return Route::Page;
    }
    let reads = matches!(*method, Method::GET | Method::HEAD);
    let read = |route| if reads { route } else { Route::WrongMethod { allow: "GET, HEAD" } };
    match path {
        "/pixel.gif" => read(Route::Pixel),
        "/view.gif" => read(Route::View),
        "/livez" => read(Route::Livez),
        "/readyz" => read(Route::Readyz),
        "/metrics" => read(Route::Metrics),
        "/robots.txt" => read(Route::Robots),
        "/favicon.ico" => read(Route::Icon),
        "/postback" if matches!(*method, Method::GET | Method::POST) => Route::Postback,
        "/postback" => Route::WrongMethod { allow: "GET, POST" },
        "/collect" if *method == Method::POST => Route::Collect,
        "/collect" => Route::WrongMethod { allow: "POST" },
        _ => match path.strip_prefix('/').map(|slug| slug.strip_suffix('/').unwrap_or(slug)) {
            Some(slug) if !slug.is_empty() && !slug.contains('/') => read(Route::Link { slug }),
            _ => Route::Nothing,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn paths_are_told_apart() {
        for (method, path, expected) in [
            ("GET", "/summer", Route::Link { slug: "summer" }),
            ("HEAD", "/summer/", Route::Link { slug: "summer" }),
            ("POST", "/summer", Route::WrongMethod { allow: "GET, HEAD" }),
            ("GET", "/pixel.gif", Route::Pixel),
            ("POST", "/postback", Route::Postback),
            ("HEAD", "/postback", Route::WrongMethod { allow: "GET, POST" }),
            ("GET", "/collect", Route::WrongMethod { allow: "POST" }),
            ("DELETE", "/api/v1/links/x", Route::Api { path: "/links/x" }),
            ("GET", "/api/v1", Route::Api { path: "" }),
            ("GET", "/api/v10", Route::Nothing),
            ("GET", "/login", Route::Page),
            ("GET", "/favicon.ico", Route::Icon),
            ("POST", "/admin/links", Route::Page),
            ("GET", "/adminx", Route::Link { slug: "adminx" }),
            ("GET", "/", Route::Nothing),
            ("GET", "//", Route::Nothing),
            ("GET", "", Route::Nothing),
            ("OPTIONS", "*", Route::Nothing),
        ] {
            assert_eq!(route(&method.parse().unwrap(), path), expected, "{method} {path}");
        }
    }

    proptest! {
        #[test]
        fn any_path_is_routed_without_panic(path: String, method in "[A-Z]{1,8}") {
            let _ = route(&method.parse().unwrap(), &path);
            let _ = route(&Method::GET, &format!("/{path}"));
        }
    }
}
