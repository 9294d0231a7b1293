//! The navigation: where each role may go, in sections.

use crate::domain::user::UserRole;
use crate::pages::shell::{Shell, base};
use crate::pages::texts::policies::Policies;
use crate::pages::texts::program::Program;
use crate::pages::texts::system::System;
use crate::pages::texts::trouble::Trouble;
use crate::pages::texts::{Deals, Journeys, Portal, Promotion};

/// One place to go.
pub(super) struct Place {
    pub(super) href: &'static str,
    pub(super) label: &'static str,
    pub(super) current: bool,
}

/// Places that belong together; the first section has no heading.
pub(super) struct Section {
    pub(super) heading: &'static str,
    /// Whether its places are shown at once: those of daily work, and those among which the page is.
    pub(super) open: bool,
    pub(super) places: Vec<Place>,
}

type Places = Vec<(&'static str, &'static str)>;

/// Where whoever is signed in may go.
pub(super) fn sections(shell: &Shell) -> Vec<Section> {
    let Some(role) = shell.user.as_ref().map(|user| user.role) else { return Vec::new() };
    let sections = match role {
        UserRole::Partner => portal(shell),
        role => staff(shell, role == UserRole::Admin),
    };
    let t = shell.texts();
    let seldom = [t.settings, t.system];
    let path = shell.here.split('?').next().unwrap_or_default();
    let inside = |href: &str| path == href || path.strip_prefix(href).is_some_and(|rest| rest.starts_with('/'));
    let current = |href: &str| if href == base(Some(role)) { path == href } else { inside(href) };
    let place = |(href, label)| Place { href, label, current: current(href) };
    let section = |(heading, places): (&'static str, Places)| {
        let places: Vec<Place> = places.into_iter().map(place).collect();
        let open = !seldom.contains(&heading) || places.iter().any(|place| place.current);
        Section { heading, open, places }
    };
    sections.into_iter().filter(|(_, places)| !places.is_empty()).map(section).collect()
}

fn staff(shell: &Shell, is_admin: bool) -> Vec<(&'static str, Places)> {
    let t = shell.texts();
    let (w, j) = (shell.words::<Promotion>(), shell.words::<Journeys>());
    let program = vec![
        ("/admin", t.overview),
        ("/admin/partners", t.partners),
        ("/admin/links", t.links),
        ("/admin/codes", w.codes),
        ("/admin/campaigns", w.campaigns),
    ];
    let credit = vec![
        ("/admin/touchpoints", t.touchpoints),
        ("/admin/conversions", t.conversions),
        ("/admin/customers", j.customers),
        ("/admin/journeys", j.journeys),
        ("/admin/models", j.models),
    ];
    let w = shell.words::<Deals>();
    let deals = vec![
        ("/admin/pipeline", w.pipeline),
        ("/admin/deals", w.deals),
        ("/admin/accounts", w.accounts),
        ("/admin/registrations", w.registrations),
    ];
    vec![
        ("", program),
        (t.credit, credit),
        (w.deals, deals),
        (t.settings, settings(shell, is_admin)),
        (t.system, system(shell, is_admin)),
    ]
}

/// The rules, and what the program is made of.
fn settings(shell: &Shell, is_admin: bool) -> Places {
    let t: &Program = shell.words();
    let mut places = vec![
        ("/admin/policies", shell.words::<Policies>().policies),
        ("/admin/kinds", t.kinds_short),
        ("/admin/groups", t.groups_short),
        ("/admin/stages", t.stages_short),
    ];
    if is_admin {
        places.extend([("/admin/keys", t.keys), ("/admin/users", shell.texts().users)]);
    }
    places
}

/// What went wrong, and how the server fares.
fn system(shell: &Shell, is_admin: bool) -> Places {
    let (t, x): (&System, &Trouble) = (shell.words(), shell.words());
    let mut places =
        vec![("/admin/rejected", x.rejected), ("/admin/discrepancies", x.discrepancies), ("/admin/self-reported", x.heard)];
    if is_admin {
        places.push(("/admin/audit", t.audit));
    }
    places.push(("/admin/health", t.health));
    places
}

fn portal(shell: &Shell) -> Vec<(&'static str, Places)> {
    let (t, w, p) = (shell.texts(), shell.words::<Deals>(), shell.words::<Portal>());
    let own = vec![
        ("/portal", t.overview),
        ("/portal/links", t.links),
        ("/portal/codes", p.codes),
        ("/portal/touchpoints", t.touchpoints),
        ("/portal/conversions", t.conversions),
        ("/portal/registrations", w.registrations),
    ];
    vec![("", own), (p.program, vec![("/portal/rules", p.rules), ("/portal/profile", p.profile)])]
}
