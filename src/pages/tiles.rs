//! Numbers at a glance, each with its change and a way to what makes it up.

use askama::Template;

use crate::pages::Html;

/// One number.
pub struct Tile {
    /// What it counts.
    pub label: &'static str,
    /// The number.
    pub value: String,
    /// Its change against the period before.
    pub change: Option<String>,
    /// Where to see what makes it up.
    pub href: String,
}

#[derive(Template)]
#[template(path = "tiles.html")]
struct Shown<'a> {
    tiles: &'a [Tile],
    against: &'a str,
}

/// Tiles in a row; `against` says what the changes compare with.
pub fn tiles(tiles: &[Tile], against: &str) -> Html {
    Html::of(&Shown { tiles, against })
}
