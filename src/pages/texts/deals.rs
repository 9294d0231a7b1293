//! Words of the pipeline, deals, accounts and registrations.

use crate::domain::deal::DealStatus;
use crate::domain::pipeline::Part;
use crate::domain::touchpoint::Team;

texts! {
    /// What the pages of deals say.
    pub struct Deals {
        pipeline: "Pipeline", "Pipeline";
        deals: "Deals", "Geschäfte";
        deal: "Deal", "Geschäft";
        accounts: "Accounts", "Firmen";
        account: "Account", "Firma";
        registrations: "Registrations", "Anmeldungen";

        // The pipeline.
        pipeline_lead: "Deals by the day they were opened. Days begin at midnight UTC.", "Geschäfte nach dem Tag, an dem sie eröffnet wurden. Tage beginnen um Mitternacht UTC.";
        pipeline_empty: "No deal was opened in this period. Choose a longer one above, or enter the first deal; a CRM can send them by the API.", "In diesem Zeitraum wurde kein Geschäft eröffnet. Oben einen längeren wählen oder das erste Geschäft anlegen; ein CRM kann sie über die API schicken.";
        opened: "Opened", "Eröffnet";
        worth: "Worth", "Wert";
        part_sourced: "Sourced", "Vermittelt";
        part_influenced: "Influenced", "Mitgewirkt";
        part_neither: "Neither", "Ohne Partner";
        part: "Partners' part", "Anteil der Partner";
        parts_title: "What partners change", "Was Partner bewirken";
        parts_hint: "Sourced: a partner brought the deal. Influenced: a partner helped. The second line of a number compares it with deals without a partner.", "Vermittelt: Ein Partner hat das Geschäft gebracht. Mitgewirkt: Ein Partner hat geholfen. Die zweite Zeile einer Zahl vergleicht sie mit Geschäften ohne Partner.";
        win_rate: "Won of closed", "Gewonnen von beendeten";
        average: "Average won", "Gewonnen im Mittel";
        days_to_close: "Days to close", "Tage bis zum Abschluss";
        stalled: "Stalled", "Stockt";
        stalled_hint: "Stalled: open, and in the same stage for 30 days or longer.", "Stockt: offen und seit 30 Tagen oder länger in derselben Phase.";
        by_stage: "Deals by stage", "Geschäfte nach Phase";
        stays: "Days in each stage", "Tage in jeder Phase";
        stays_hint: "How long deals stayed on average; those that are still there count up to now.", "Wie lange Geschäfte im Mittel blieben; die noch dort sind, zählen bis jetzt.";
        days_n: "{1} {1:day|days}", "{1} {1:Tag|Tage}";
        activities: "What goes with winning", "Was mit Erfolg einhergeht";
        activities_hint: "Deals with an activity against those without it. It shows what goes together, not what is the cause.", "Geschäfte mit einer Aktivität gegen solche ohne. Das zeigt, was zusammen vorkommt, nicht die Ursache.";
        activities_empty: "No activity counts for a deal of this period. Enter calls, demos or introductions as touchpoints of a deal, and they show here.", "Für kein Geschäft dieses Zeitraums zählt eine Aktivität. Gespräche, Vorführungen oder Empfehlungen als Berührungspunkte eines Geschäfts eintragen, dann erscheinen sie hier.";
        activity: "Activity", "Aktivität";
        in_words: "In words", "In Worten";
        with_it: "Deals with it", "Geschäfte damit";
        more_won: "won more often", "öfter gewonnen";
        less_won: "won less often", "seltener gewonnen";
        faster: "closed faster", "schneller beendet";
        slower: "closed slower", "langsamer beendet";
        bigger: "bigger", "größer";
        smaller: "smaller", "kleiner";
        less_stalled: "stalled less", "stockten seltener";
        more_stalled: "stalled more", "stockten öfter";
        no_difference: "No difference to speak of.", "Kein nennenswerter Unterschied.";
        too_few: "Too few closed deals to tell.", "Zu wenige beendete Geschäfte, um etwas zu sagen.";

        open_now: "Open now", "Jetzt offen";
        open_now_hint: "Every deal that is open today, whenever it was opened.", "Jedes heute offene Geschäft, wann immer es eröffnet wurde.";
        nothing_open: "No deal is open.", "Kein Geschäft ist offen.";

        // Deals.
        new_deal: "New deal", "Neues Geschäft";
        edit_deal: "Edit deal", "Geschäft bearbeiten";
        no_deals: "No deals yet. A deal is an opportunity that goes through stages; enter one, approve a registration, or let your CRM send them.", "Noch keine Geschäfte. Ein Geschäft ist eine Verkaufschance, die Phasen durchläuft: eines anlegen, eine Anmeldung annehmen oder das CRM schicken lassen.";
        no_deal_fits: "No deal fits these filters.", "Kein Geschäft passt zu diesen Filtern.";
        newest_deals: "The 1,000 that were opened last are searched; choose a shorter period for others.", "Gesucht wird unter den 1.000 zuletzt eröffneten; für andere einen kürzeren Zeitraum wählen.";
        stage: "Stage", "Phase";
        state: "State", "Stand";
        owner: "Owner", "Zuständig";
        owner_hint: "Who works on it.", "Wer daran arbeitet.";
        product: "Product", "Produkt";
        currency: "Currency", "Währung";
        currency_hint: "Three letters, such as EUR.", "Drei Buchstaben, etwa EUR.";
        amount_hint: "Such as 4900 or 4,900.50.", "Etwa 4900 oder 4.900,50.";
        external: "Id in your CRM", "Kennung im CRM";
        customer_hint: "Your own id of the buyer: their touchpoints then belong to the deal.", "Ihre eigene Kennung des Käufers: Dessen Berührungspunkte gehören dann zum Geschäft.";
        order_hint: "The order it became, once it is won.", "Die Bestellung, zu der es wurde, sobald es gewonnen ist.";
        note: "Note", "Notiz";
        closed: "Closed", "Beendet";
        is_open: "Open", "Offen";
        is_won: "Won", "Gewonnen";
        is_lost: "Lost", "Verloren";
        is_closed: "Won or lost", "Gewonnen oder verloren";
        any: "Any", "Alle";
        with_activity: "With", "Mit";
        without_activity: "Without", "Ohne";
        filter: "Filter", "Filtern";
        opened_from: "Opened from", "Eröffnet von";
        opened_to: "Opened to", "Eröffnet bis";
        history: "Its way so far", "Sein bisheriger Weg";
        after_days: "after {1} {1:day|days}", "nach {1} {1:Tag|Tagen}";
        move_on: "Move to another stage", "In eine andere Phase setzen";
        moved_on: "On the day", "Am Tag";
        moved_on_hint: "Empty: now.", "Leer: jetzt.";
        move_hint: "The stages it has been in stay in its history.", "Die bisherigen Phasen bleiben in seinem Verlauf.";
        move_back: "Take back its last move", "Letzten Schritt zurücknehmen";
        move_back_sure: "It came to the stage {1} by mistake: that leaves its history, and the deal is again in the stage before. The audit log keeps both.", "In die Phase {1} kam es aus Versehen: Das verschwindet aus seinem Verlauf, und das Geschäft ist wieder in der Phase davor. Das Protokoll behält beides.";
        moved_back: "The move is taken back.", "Der Schritt ist zurückgenommen.";
        why_registered: "Sourced by {1}: its registration of this deal was approved.", "Vermittelt von {1}: Die Anmeldung dieses Geschäfts wurde angenommen.";
        why_first: "Sourced by {1}: its {2} on {3} was the first touchpoint that counts before the deal was opened.", "Vermittelt von {1}: {2} am {3} war der erste zählende Berührungspunkt vor der Eröffnung.";
        why_last: "Sourced by {1}: its {2} on {3} was the last touchpoint that counts before the deal was opened.", "Vermittelt von {1}: {2} am {3} war der letzte zählende Berührungspunkt vor der Eröffnung.";
        also_helped: "Also helped: {1}.", "Auch mitgewirkt: {1}.";
        why_influenced: "Influenced by {1}, who helped along the way; by the policy in force when it was opened, nobody sourced it.", "Mitgewirkt: {1}. Nach den bei der Eröffnung geltenden Regeln hat niemand das Geschäft vermittelt.";
        why_neither: "No partner has a touchpoint that counts for this deal. Enter one below, or name its customer, and their clicks and codes count as well.", "Für dieses Geschäft zählt kein Berührungspunkt eines Partners. Unten einen eintragen oder den Kunden nennen: Dann zählen auch dessen Klicks und Codes.";
        counts: "Counts", "Zählt";
        does_not_count: "Does not count", "Zählt nicht";
        team: "By", "Von";
        team_partner: "Partner", "Partner";
        team_partnerships: "Our partner managers", "Unsere Partnerbetreuung";
        team_sales: "Our sales people", "Unser Vertrieb";
        team_marketing: "Our marketing", "Unser Marketing";
        no_touchpoints: "Nothing has happened around this deal yet. Touchpoints that name it, and those of its customer, show here.", "Um dieses Geschäft ist noch nichts geschehen. Berührungspunkte, die es nennen, und die seines Kunden erscheinen hier.";
        no_conversions: "Once it is won, name the order that it became: what was credited for it shows here.", "Ist es gewonnen, die Bestellung nennen, zu der es wurde: Was dafür zugerechnet wurde, erscheint hier.";
        enter_touchpoint: "Enter what was done for it", "Eintragen, was dafür getan wurde";
        enter: "Enter", "Eintragen";
        own_team: "Nobody: a team of our own", "Niemand: ein eigenes Team";
        edit_touchpoint: "Correct a touchpoint", "Berührungspunkt berichtigen";
        edit_touchpoint_lead: "Conversions that depend on it are credited anew. When it happened cannot be changed: take it back and enter it anew.", "Abschlüsse, die davon abhängen, werden neu zugerechnet. Wann es war, lässt sich nicht ändern: zurücknehmen und neu eintragen.";
        take_back_sure: "It counts no longer, and conversions that depend on it are credited anew. It stays in the list, marked. This cannot be undone.", "Er zählt nicht mehr, und Abschlüsse, die davon abhängen, werden neu zugerechnet. Er bleibt gekennzeichnet in der Liste. Das lässt sich nicht rückgängig machen.";
        moved: "Moved to its new stage.", "In die neue Phase gesetzt.";

        // Accounts.
        new_account: "New account", "Neue Firma";
        edit_account: "Edit account", "Firma bearbeiten";
        no_accounts: "No accounts yet. An account is a company that buys; one is made with each approved registration.", "Noch keine Firmen. Eine Firma ist ein Käufer; mit jeder angenommenen Anmeldung entsteht eine.";
        domain: "Domain", "Domain";
        domain_hint: "Such as acme.example; it tells companies of one name apart.", "Etwa acme.example; sie unterscheidet gleichnamige Firmen.";
        parent: "Part of", "Teil von";
        children: "Its parts", "Ihre Teile";
        no_children: "No other account is a part of this one. To make one so, edit it and choose this one.", "Keine andere Firma ist Teil von dieser. Dazu die andere bearbeiten und diese auswählen.";
        is_partner: "Is the partner", "Ist der Partner";
        is_partner_hint: "What that partner contributes to its own purchases is a self-referral.", "Was dieser Partner zu eigenen Käufen beiträgt, ist ein Eigenkauf.";
        customer_id: "Customer id", "Kundenkennung";
        claim: "Claim", "Anspruch";
        claimed: "Until {2} this account is {1}'s: its registration was approved.", "Bis {2} gehört diese Firma {1}: Die Anmeldung wurde angenommen.";
        not_claimed: "Nobody has a claim on this account: the next partner to register it can have it.", "Niemand hat einen Anspruch auf diese Firma: Der nächste Partner, der sie anmeldet, kann sie bekommen.";
        no_deals_of_account: "No deal with this account yet.", "Noch kein Geschäft mit dieser Firma.";
    }
}

impl Deals {
    /// What has become of a deal.
    pub fn status(&self, status: DealStatus) -> &'static str {
        match status {
            DealStatus::Open => self.is_open,
            DealStatus::Won => self.is_won,
            DealStatus::Lost => self.is_lost,
        }
    }

    /// A part of the deals.
    pub fn part_name(&self, part: Part) -> &'static str {
        match part {
            Part::Sourced => self.part_sourced,
            Part::Influenced => self.part_influenced,
            Part::Neither => self.part_neither,
            Part::With => self.with_activity,
            Part::Without => self.without_activity,
        }
    }

    /// What was just done, by the name that a redirect carries.
    pub fn notice(&self, done: &str) -> Option<&'static str> {
        match done {
            "moved" => Some(self.moved),
            "moved_back" => Some(self.moved_back),
            _ => None,
        }
    }

    /// Who made a contribution.
    pub fn team_name(&self, team: Team) -> &'static str {
        match team {
            Team::Partner => self.team_partner,
            Team::Partnerships => self.team_partnerships,
            Team::Sales => self.team_sales,
            Team::Marketing => self.team_marketing,
        }
    }
}
