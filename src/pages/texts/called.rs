//! What people call things that have a name of their own in the program: events, kinds, stages. Whatever an operator named itself
//! keeps its name.

use crate::domain::touchpoint::Team;

texts! {
    /// Names of built-in things, and lengths of time.
    pub struct Called {
        // Events.
        event_lead: "Lead", "Interessent";
        event_signup: "Signup", "Registrierung";
        event_sale: "Sale", "Verkauf";
        event_renewal: "Renewal", "Verlängerung";
        event_identify: "Identification", "Erkennung";

        // Kinds of touchpoint.
        kind_click: "Click", "Klick";
        kind_view: "View", "Ansicht";
        kind_code: "Code", "Code";
        kind_self_reported: "Named by the buyer", "Vom Käufer genannt";
        kind_manual: "By hand", "Von Hand";
        kind_deal_registration: "Deal registration", "Anmeldung eines Geschäfts";
        kind_referral: "Referral", "Empfehlung";
        kind_intro: "Introduction", "Vorstellung";
        kind_demo: "Demo", "Vorführung";
        kind_webinar: "Webinar", "Webinar";
        kind_co_sell: "Co-selling", "Gemeinsamer Vertrieb";
        kind_support: "Support", "Unterstützung";
        kind_training: "Training", "Schulung";

        // Stages of deals, as every program begins with them.
        stage_new: "New", "Neu";
        stage_qualified: "Qualified", "Qualifiziert";
        stage_demo: "Demo", "Vorführung";
        stage_proposal: "Proposal", "Angebot";
        stage_negotiation: "Negotiation", "Verhandlung";
        stage_won: "Won", "Gewonnen";
        stage_lost: "Lost", "Verloren";
        stage_open: "Open", "Offen";

        // Teams.
        team_partner: "Partner", "Partner";
        team_partnerships: "Partner management", "Partnerbetreuung";
        team_sales: "Sales", "Vertrieb";
        team_marketing: "Marketing", "Marketing";

        // Devices.
        device_desktop: "Desktop", "Rechner";
        device_mobile: "Phone", "Telefon";
        device_tablet: "Tablet", "Tablet";
        device_bot: "Crawler", "Crawler";
        device_other: "Other", "Anderes";

        // Fields that no form has.
        field_account: "Account", "Firma";
        field_campaign: "Campaign", "Kampagne";
        field_closed: "Closed", "Geschlossen";
        field_customer: "Customer", "Kunde";
        field_deal: "Deal", "Geschäft";
        field_opened: "Opened", "Eröffnet";
        field_order: "Order", "Bestellung";
        field_partner: "Partner", "Partner";

        // Lengths of time.
        less_than: "less than", "weniger als";
        brief: "less than an hour", "weniger als eine Stunde";
        hours: "{1} {1:hour|hours}", "{1} {1:Stunde|Stunden}";
        days: "{1} {1:day|days}", "{1} {1:Tag|Tage}";
    }
}

/// The name that an operator gave, for people.
fn own(name: &str) -> String {
    name.replace('_', " ")
}

impl Called {
    /// Events, several in a row with commas between them.
    pub fn events(&self, names: &str) -> String {
        names.split(',').map(|name| self.event(name)).collect::<Vec<_>>().join(", ")
    }

    /// What happened: `sale`, or an event of the operator's own.
    pub fn event(&self, event: &str) -> String {
        let name = match event {
            "lead" => self.event_lead,
            "signup" => self.event_signup,
            "sale" => self.event_sale,
            "renewal" => self.event_renewal,
            "identify" => self.event_identify,
            other => return own(other),
        };
        name.to_owned()
    }

    /// What a partner or a team did: `click`, or a kind of the operator's own.
    pub fn kind(&self, kind: &str) -> String {
        let name = match kind {
            "click" => self.kind_click,
            "view" => self.kind_view,
            "code" => self.kind_code,
            "self_reported" => self.kind_self_reported,
            "manual" => self.kind_manual,
            "deal_registration" => self.kind_deal_registration,
            "referral" => self.kind_referral,
            "intro" => self.kind_intro,
            "demo" => self.kind_demo,
            "webinar" => self.kind_webinar,
            "co_sell" => self.kind_co_sell,
            "support" => self.kind_support,
            "training" => self.kind_training,
            other => return own(other),
        };
        name.to_owned()
    }

    /// Where a deal stands: a stage that every program begins with, or one that an operator named.
    pub fn stage(&self, stage: &str) -> String {
        let name = match stage {
            "new" => self.stage_new,
            "qualified" => self.stage_qualified,
            "demo" => self.stage_demo,
            "proposal" => self.stage_proposal,
            "negotiation" => self.stage_negotiation,
            "won" => self.stage_won,
            "lost" => self.stage_lost,
            "open" => self.stage_open,
            other => other,
        };
        name.to_owned()
    }

    /// Who made a touchpoint.
    pub fn team(&self, team: Team) -> &'static str {
        match team {
            Team::Partner => self.team_partner,
            Team::Partnerships => self.team_partnerships,
            Team::Sales => self.team_sales,
            Team::Marketing => self.team_marketing,
        }
    }

    /// A field as people call it, where a form has none of that name.
    pub fn field(&self, field: &str) -> String {
        let name = match field {
            "account_id" => self.field_account,
            "campaign_id" => self.field_campaign,
            "closed_at" => self.field_closed,
            "customer_id" => self.field_customer,
            "deal_id" => self.field_deal,
            "opened_at" => self.field_opened,
            "order_id" => self.field_order,
            "partner_id" => self.field_partner,
            other => return own(other),
        };
        name.to_owned()
    }

    /// What a click was made with.
    pub fn device(&self, device: &str) -> String {
        let name = match device {
            "desktop" => self.device_desktop,
            "mobile" => self.device_mobile,
            "tablet" => self.device_tablet,
            "bot" => self.device_bot,
            "other" => self.device_other,
            other => other,
        };
        name.to_owned()
    }
}
