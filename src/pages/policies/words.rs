//! The options of a policy in the reader's words.

use crate::domain::policy::{CodePriority, Dimension, Model, PolicyScope, RenewalFollows, SelfReported, SourcedBy};
use crate::domain::touchpoint::Team;
use crate::pages::texts::policies::Policies;

/// How credit is shared.
pub fn model(t: &'static Policies, model: Model) -> &'static str {
    match model {
        Model::First => t.model_first,
        Model::Last => t.model_last,
        Model::Linear => t.model_linear,
        Model::TimeDecay => t.model_time_decay,
        Model::Position => t.model_position,
        Model::Custom => t.model_custom,
        Model::WShaped => t.model_w_shaped,
        Model::FullPath => t.model_full_path,
        Model::JShaped => t.model_j_shaped,
        Model::InverseJ => t.model_inverse_j,
        Model::Markov => t.model_markov,
        Model::Shapley => t.model_shapley,
    }
}

pub(super) fn dimension(t: &'static Policies, dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Partner => t.by_partner,
        Dimension::Group => t.by_group,
        Dimension::Link => t.by_link,
        Dimension::Campaign => t.by_campaign,
        Dimension::Channel => t.by_channel,
        Dimension::Kind => t.by_kind,
    }
}

/// Who made a touchpoint.
pub fn team(t: &'static Policies, team: Team) -> &'static str {
    match team {
        Team::Partner => t.team_partner,
        Team::Partnerships => t.team_partnerships,
        Team::Sales => t.team_sales,
        Team::Marketing => t.team_marketing,
    }
}

pub(super) fn code_priority(t: &'static Policies, worth: CodePriority) -> &'static str {
    match worth {
        CodePriority::Touch => t.code_touch,
        CodePriority::Wins => t.code_wins,
    }
}

pub(super) fn self_reported(t: &'static Policies, worth: SelfReported) -> &'static str {
    match worth {
        SelfReported::Ignore => t.self_ignore,
        SelfReported::Count => t.self_count,
    }
}

pub(super) fn scope(t: &'static Policies, scope: PolicyScope) -> &'static str {
    match scope {
        PolicyScope::Partners => t.scope_partners,
        PolicyScope::Teams => t.scope_teams,
    }
}

pub(super) fn renewal(t: &'static Policies, follows: RenewalFollows) -> &'static str {
    match follows {
        RenewalFollows::FirstSale => t.renewal_first_sale,
        RenewalFollows::Fresh => t.renewal_fresh,
    }
}

pub(super) fn sourced_by(t: &'static Policies, by: SourcedBy) -> &'static str {
    match by {
        SourcedBy::FirstTouch => t.sourced_first,
        SourcedBy::LastTouchBeforeOpen => t.sourced_last,
        SourcedBy::Registration => t.sourced_registration,
    }
}
