//! Whatever the API says of a policy has its place in the form.

use std::path::Path;

use super::*;
use crate::domain::id::{CampaignId, GroupId, PartnerId};
use crate::domain::partner::{Status, Utm};
use crate::domain::time::Time;
use crate::domain::user::Language;
use crate::pages::reader::Reader;
use crate::pages::shell::{Files, Theme};

fn shell() -> Shell {
    let none = String::new;
    Shell {
        reader: Reader::new(Language::English, None),
        theme: Theme::Auto,
        user: None,
        once: String::new(),
        csrf: none(),
        here: none(),
        files: Files { css: none(), script: none(), htmx: none(), charts: none(), echarts: none(), icon: none() },
        refused: true,
        notice: None,
        undo: None,
        views: Vec::new(),
        save: None,
    }
}

/// Something of each list to choose from.
fn offered() -> (Vec<TouchpointKind>, Vec<Partner>, Vec<Campaign>, Vec<PartnerGroup>) {
    let (name, created_at) = (String::from("Fern"), Time::EPOCH);
    let kind = |name: &str| TouchpointKind {
        name: name.into(),
        team: Team::Partner,
        weight: 1.0,
        lookback_days: None,
        status: Status::Active,
        built_in: true,
    };
    let partner = Partner {
        id: PartnerId::mint(created_at),
        name: name.clone(),
        email: None,
        group_id: None,
        external_id: None,
        aliases: Vec::new(),
        status: Status::Active,
        created_at,
    };
    let campaign = Campaign { id: CampaignId::mint(created_at), name: name.clone(), utm: Utm::default(), created_at };
    let group = PartnerGroup { id: GroupId::mint(created_at), name, created_at };
    (vec![kind("click"), kind("demo")], vec![partner], vec![campaign], vec![group])
}

/// The names of fields that are told of in a file: those of what is noted, with every place in them filled.
fn told_of(file: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(file);
    let text = std::fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]").next().unwrap();
    let mut names = Vec::new();
    let notes = ["problems.add(", "within.add(", "check_list(problems, ", "check_list(&mut problems, ", "Error::invalid("];
    for note in notes {
        names.extend(text.split(note).skip(1).filter_map(|call| {
            let literal = call.strip_prefix("format!(").unwrap_or(call).strip_prefix('"')?;
            literal.split('"').next().map(str::to_owned)
        }));
    }
    // Names that stand in lists: what a loop goes through and what is learned from.
    let listed = text.split("(\"").skip(1).filter_map(|part| part.split_once("\", ")).map(|(name, _)| name.to_owned());
    names.extend(listed.filter(|name| name.contains('.') && !name.ends_with('.') && !name.contains([' ', '{'])));
    names
}

fn filled_in(name: &str) -> Vec<String> {
    match name {
        "lookback_days.{within}{kind}" => ["click", "view", "code", "offline", "kinds.demo", "kinds.gone"]
            .map(|part| format!("lookback_days.{part}"))
            .to_vec(),
        "exclude.{field}" => ["partners", "links", "campaigns"].map(|part| format!("exclude.{part}")).to_vec(),
        "weights.{kind}" => vec!["weights.demo".into(), "weights.gone".into()],
        "{field}[{place}]" => vec!["exclude.partners[3]".into(), "filters.groups[0]".into()],
        other => vec![other.to_owned()],
    }
}

#[test]
fn whatever_is_said_of_a_policy_stands_at_a_field() {
    let files = ["domain/policy.rs", "domain/policy/parts.rs", "http/api/policies.rs", "http/api/drafts.rs", "jobs/learn.rs"];
    let mut names: Vec<String> = files.iter().flat_map(|file| told_of(file)).flat_map(|name| filled_in(&name)).collect();
    // Kinds that are named are told of by `Rules::named_kinds`, what leaves conversions without a policy by `gap`.
    let others = ["kinds[2]", "lookback_days.kinds.demo", "lookback_days.kinds.gone", "applies_from", "filters", "scope"];
    names.extend(others.map(str::to_owned));
    // What the form has no field for: never sent by it.
    names.retain(|name| name != "effects");
    for (needed, count) in [("trained_on", 2), ("filters.events", 1), ("min_click_to_conversion_seconds", 1), ("by", 1)] {
        assert!(names.iter().filter(|name| *name == needed).count() >= count, "{needed} is found among {names:?}");
    }
    let (kinds, partners, campaigns, groups) = offered();
    let around = Around { kinds: &kinds, partners: &partners, campaigns: &campaigns, groups: &groups, events: &[] };
    for name in names {
        let problems = [FieldError { field: name.clone(), message: "is odd".into() }];
        let page = html(&shell(), "/x", &Fields::new(), &problems, &around).into_text();
        assert!(!page.contains("role=\"alert\"") && page.contains("is odd"), "{name} has no place: {page}");
        assert_eq!(page.matches(" autofocus").count(), 1, "{name}");
    }
}
