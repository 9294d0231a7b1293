//! The pages that somebody saved: each user's own.

use crate::domain::id::ViewId;
use crate::domain::partner::check_text;
use crate::domain::user::SavedView;
use crate::error::{Code, Error, Problems, Result};
use crate::http::pages::answer::Answer;
use crate::http::pages::asked::{Asked, Visit, local, pairs};
use crate::http::reply;
use crate::pages::form::Sent;
use crate::pages::shell::Shell;
use crate::pages::{path_with, views as page};

/// The longest path and query that is kept, in bytes.
const TARGET_BYTES_MAX: usize = 2_000;
/// What a page's address says only once.
const PASSING: [&str; 3] = ["done", "undo", "csv"];

/// The page to come back to, as a view; none for what is no page of the user's.
pub(super) fn target(here: &str, base: &str) -> Option<String> {
    let target = lasting(here)?;
    let path = target.split('?').next()?;
    let inside = path == base || path.strip_prefix(base).is_some_and(|rest| rest.starts_with('/'));
    inside.then_some(target)
}

/// A path and query of this server without what a page says only once.
pub(super) fn lasting(here: &str) -> Option<String> {
    let here = local(here).filter(|here| here.len() <= TARGET_BYTES_MAX)?;
    let (path, query) = here.split_once('?').unwrap_or((&here, ""));
    let kept = pairs(query).into_iter().filter(|(name, value)| !PASSING.contains(&name.as_str()) && !value.is_empty());
    let kept: Vec<(String, String)> = kept.collect();
    let kept: Vec<(&str, &str)> = kept.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    (!path.contains("..")).then(|| path_with(path, &kept))
}

pub(super) async fn list(visit: Visit<'_>) -> Result<Answer> {
    let (asked, signed) = (visit.asked, visit.asked.signed()?);
    let views = visit.tx.views(signed.user.id).await?;
    Ok(Answer::page(asked.shell, &page::content(asked.shell, &views, page::Again::Renamed(asked.id), asked.sent())))
}

fn name(asked: &Asked<'_>) -> Result<String> {
    let mut problems = Problems::default();
    check_text(&mut problems, "name", asked.field("name"));
    problems.finish()?;
    Ok(asked.field("name").to_owned())
}

pub(super) async fn save(visit: Visit<'_>) -> Result<Answer> {
    let (asked, signed) = (visit.asked, visit.asked.signed()?);
    let target = target(asked.field("target"), asked.shell.base()).ok_or_else(|| Error::new(Code::NotFound, ""))?;
    let joint = if target.contains('?') { '&' } else { '?' };
    let done = format!("{target}{joint}done=view_saved");
    let view =
        name(asked).map(|name| SavedView { id: ViewId::mint(asked.at), name, target: target.clone(), created_at: asked.at });
    let saved = match view {
        Ok(view) => visit.tx.save_view(asked.by(), signed.user.id, &view).await,
        Err(error) => Err(error),
    };
    match saved {
        Ok(()) => Ok(Answer::go(done)),
        Err(error) if [Code::Invalid, Code::Conflict].contains(&error.code) => {
            let views = visit.tx.views(signed.user.id).await?;
            Ok(again(asked, &views, &target, &error))
        }
        Err(error) => Err(error),
    }
}

/// The list with the form that was refused. The route names no page for that: the form stands on many, and whoever is signed out
/// when sending it is to come back to the one it stood on.
fn again(asked: &Asked<'_>, views: &[SavedView], target: &str, error: &Error) -> Answer {
    let shell = Shell { refused: true, ..asked.shell.clone() };
    let sent = Sent { fields: asked.form, problems: &error.fields };
    let content = page::content(&shell, views, page::Again::Saved(target), sent);
    Answer::page(&shell, &content).with_status(reply::status(error.code))
}

pub(super) async fn rename(visit: Visit<'_>) -> Result<Answer> {
    let (asked, signed) = (visit.asked, visit.asked.signed()?);
    let renamed = visit.tx.rename_view(signed.user.id, asked.read_id()?, &name(asked)?).await?;
    done(renamed, "saved".to_owned())
}

pub(super) async fn delete(visit: Visit<'_>) -> Result<Answer> {
    let (asked, signed) = (visit.asked, visit.asked.signed()?);
    let id: ViewId = asked.read_id()?;
    done(visit.tx.remove_view(signed.user.id, id, Some(asked.at)).await?, format!("view_removed&undo={id}"))
}

pub(super) async fn restore(visit: Visit<'_>) -> Result<Answer> {
    let (asked, signed) = (visit.asked, visit.asked.signed()?);
    done(visit.tx.remove_view(signed.user.id, asked.read_id()?, None).await?, "restored".to_owned())
}

fn done(found: bool, what: String) -> Result<Answer> {
    if found { Ok(Answer::go(format!("/account/views?done={what}"))) } else { Err(Error::new(Code::NotFound, "")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_ones_own_are_kept_without_what_they_say_once() {
        for (here, base, kept) in [
            ("/admin?from=2026-01-01&done=saved&csv=", "/admin", Some("/admin?from=2026-01-01")),
            ("/admin/links?links.q=a%20b", "/admin", Some("/admin/links?links.q=a+b")),
            ("/admin", "/portal", None),
            ("/administration", "/admin", None),
            ("//evil.example/admin", "/admin", None),
            ("/admin/../logout", "/admin", None),
            ("javascript:alert(1)", "/admin", None),
        ] {
            assert_eq!(target(here, base).as_deref(), kept, "{here}");
        }
    }
}
