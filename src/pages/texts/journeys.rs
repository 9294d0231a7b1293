//! Words of conversions, customers, journeys and models.

use crate::domain::policy::{Dimension, Model};

texts! {
    /// What the pages of journeys and models say.
    pub struct Journeys {
        // Places.
        customers: "Customers", "Kunden";
        journeys: "Journeys", "Kundenwege";
        models: "Models", "Modelle";

        // One conversion.
        order: "Order", "Bestellung";
        refunded: "Refunded", "Erstattet";
        kept: "Left after refunds", "Nach Erstattungen";
        recorded: "Reported", "Gemeldet";
        came_by: "Came in by", "Eingang";
        code: "Code", "Code";
        heard_from: "Says they heard of you by", "Nach eigenen Worten gehört durch";
        state: "State", "Stand";
        credited_at: "Credited", "Zugerechnet am";
        credit_due: "Credit is being assigned; this is how it will come out.", "Die Zurechnung läuft; so wird sie ausfallen.";
        anew: "Credit is being assigned anew. Until that is done, this page shows the credit from before.", "Es wird neu zugerechnet. Bis das getan ist, zeigt diese Seite die Zurechnung von zuvor.";
        by_hand_coming: "Credit by hand is on its way: {1} for {2}, given by {3}. Until it applies, this page shows the credit from before.", "Eine Zurechnung von Hand ist unterwegs: {1} für {2}, gegeben von {3}. Bis sie gilt, zeigt diese Seite die Zurechnung von zuvor.";
        by_hand_going: "Credit by hand is on its way back: {1} for {2}, given by {3}, was taken back. Until that applies, this page shows the credit from before.", "Eine Zurechnung von Hand wird zurückgenommen: {1} für {2}, gegeben von {3}. Bis das gilt, zeigt diese Seite die Zurechnung von zuvor.";
        policy: "Policy", "Regelwerk";
        pinned: "chosen by hand for this conversion", "für diesen Abschluss von Hand gewählt";
        timeline: "The way to it", "Der Weg dorthin";
        timeline_hint_own: "From left to right in time. The larger a dot of yours, the larger its share; hollow ones do not count. Dots of others are small and dashed, whatever their share: it is not told.", "Von links nach rechts in der Zeit. Je größer einer Ihrer Punkte, desto größer sein Anteil; hohle zählen nicht. Punkte anderer sind klein und gestrichelt, was auch ihr Anteil ist: Er wird nicht gesagt.";
        timeline_hint: "From left to right in time. The larger a dot, the larger its share; hollow dots do not count.", "Von links nach rechts in der Zeit. Je größer ein Punkt, desto größer sein Anteil; hohle Punkte zählen nicht.";
        no_journey: "No touchpoint is known of this buyer. Send click ids or codes with conversions, so that they can be tied to partners.", "Von diesem Käufer ist kein Berührungspunkt bekannt. Mit Abschlüssen Klick-Kennungen oder Codes senden, damit sie Partnern zugeordnet werden können.";
        lead: "Lead", "Interessent";
        deal_opened: "Deal opened", "Geschäft eröffnet";
        won: "Won", "Gewonnen";
        lost: "Lost", "Verloren";
        our_teams: "Our own teams", "Eigene Teams";
        others: "Others", "Andere";
        another_partner: "Another partner", "Ein anderer Partner";
        you: "You", "Sie";
        under: "See it under", "Ansehen nach";
        as_credited: "As credited", "Wie zugerechnet";
        what_if: "This is how it would be shared under this model, without credit given by hand. Nothing is changed by looking.", "So würde nach diesem Modell geteilt, ohne Zurechnung von Hand. Ansehen ändert nichts.";
        counts: "Counts", "Zählt";
        counts_not: "Does not count", "Zählt nicht";
        share: "Share", "Anteil";
        why_each: "Why, partner by partner", "Warum, Partner für Partner";
        every_model: "Shares under every model", "Anteile nach jedem Modell";
        cut: "Only the most important touchpoints are shown here:", "Hier stehen nur die wichtigsten Berührungspunkte:";
        of: "of", "von";
        yours_of_all: "Touchpoints that count: {2}. Of these {1} {1:is|are} yours, the others are other partners'.", "Zählende Berührungspunkte: {2}. Davon {1:ist|sind} {1} von Ihnen, die übrigen von anderen Partnern.";
        it: "It", "Er";
        your_part: "Your part", "Ihr Anteil";
        customer_timeline: "All of this customer", "Alles von diesem Kunden";

        // What an admin does to it.
        refunds: "Refunds", "Erstattungen";
        refund: "Refund", "Erstatten";
        refund_lead: "A refund is recorded with the conversion and cannot be undone. Credits are shown as before; what is left of the amount is told beside them.", "Eine Erstattung wird beim Abschluss vermerkt und lässt sich nicht rückgängig machen. Zurechnungen stehen da wie zuvor; was vom Betrag übrig ist, steht daneben.";
        refund_hint: "Left to refund:", "Noch erstattbar:";
        nothing_left: "Nothing is left to refund.", "Es ist nichts mehr zu erstatten.";
        by_hand: "Credit given by hand", "Zurechnung von Hand";
        give: "Give credit by hand", "Von Hand zurechnen";
        give_lead: "A fixed share for one partner; the others share the rest as before. Credit is assigned anew a moment later.", "Ein fester Anteil für einen Partner; die anderen teilen den Rest wie zuvor. Gleich darauf wird neu zugerechnet.";
        choose_partner: "choose who gets it", "wählen, wer es bekommt";
        percent: "Share in percent", "Anteil in Prozent";
        percent_hint: "More than 0, at most 100.", "Mehr als 0, höchstens 100.";
        percent_wrong: "must be a number such as 25 or 12.5", "muss eine Zahl sein wie 25 oder 12,5";
        reason_hint: "The partner reads it.", "Der Partner liest es.";
        take_back: "Take back", "Zurücknehmen";
        take_back_sure: "{1} loses the {2} given by hand (“{3}”). Credit is then assigned anew, as if they had never been given.", "{1} verliert die von Hand gegebenen {2} („{3}“). Danach wird neu zugerechnet, als wären sie nie gegeben worden.";
        credit_given: "The credit is given; the conversion is assigned anew a moment later.", "Es ist zugerechnet; der Abschluss wird gleich darauf neu verteilt.";
        credit_taken_back: "The credit given by hand is taken back; the conversion is assigned anew a moment later.", "Die Zurechnung von Hand ist zurückgenommen; der Abschluss wird gleich darauf neu verteilt.";
        taken_back: "Taken back", "Zurückgenommen";
        given_by: "By", "Von";

        // Customers.
        find_customer: "Your own id of the customer, or an e-mail address", "Ihre Kennung des Kunden oder eine E-Mail-Adresse";
        find: "Find", "Finden";
        no_customer: "There is no customer with this id or address. Ids are compared exactly, capitals too.", "Es gibt keinen Kunden mit dieser Kennung oder Adresse. Kennungen werden genau verglichen, auch in der Großschreibung.";
        no_customers: "No customer is known yet. Send customer_id with your conversions, and each buyer's way stands here.", "Noch ist kein Kunde bekannt. Mit Abschlüssen customer_id senden, und der Weg jedes Käufers steht hier.";
        newest_of: "The newest {1} of {2} are shown here.", "Hier stehen die neuesten {1} von {2}.";
        newest_of_more: "The newest {1} of this period are shown here.", "Hier stehen die neuesten {1} dieses Zeitraums.";
        look_among: "They are what is sorted and searched; the filters above and the CSV file reach all of the period, the file up to its newest {1}.", "Sortiert und gesucht wird unter diesen; die Filter oben und die CSV-Datei erfassen den ganzen Zeitraum, die Datei bis zu dessen neuesten {1}.";
        newest_customers: "The newest 200 customers; any other is found by its id.", "Die neuesten 200 Kunden; jeder andere findet sich über seine Kennung.";
        first_seen: "First seen", "Zuerst gesehen";
        browsers: "Browsers", "Browser";
        merged_into: "Goes on as", "Geht auf in";
        known_as: "Known as", "Bekannt als";
        part_of: "Part of", "Teil von";
        is_partner: "Is the partner", "Ist der Partner";
        emails: "E-mail addresses", "E-Mail-Adressen";
        deals: "Deals", "Geschäfte";
        stage: "Stage", "Stufe";
        nothing_of_customer: "Nothing of this customer yet.", "Von diesem Kunden noch nichts.";

        // Journeys.
        journeys_lead: "The ways that led to conversions: what people met, in which order, and how long it took.", "Die Wege zu Abschlüssen: was Menschen begegnete, in welcher Folge, und wie lange es dauerte.";
        step_is: "A step is a", "Ein Schritt ist";
        such_lead: "Those of the conversions looked at whose journeys are such.", "Die angesehenen Abschlüsse mit solchen Wegen.";
        any_partner: "Any", "Jeder";
        with_partner: "With the partner", "Mit dem Partner";
        no_ways: "No conversion of this period had a touchpoint that counts. Choose a longer period above.", "Kein Abschluss dieses Zeitraums hatte einen zählenden Berührungspunkt. Oben lässt sich ein längerer wählen.";
        newest_only: "To be quick, only the newest conversions of the period are looked at:", "Um schnell zu sein, werden nur die neuesten Abschlüsse des Zeitraums angesehen:";
        look_at_all: "Look at all of them; that takes longer", "Alle ansehen; das dauert länger";
        with_way: "Conversions with touchpoints", "Abschlüsse mit Berührungspunkten";
        without_way: "Without any", "Ohne";
        median_days: "Half of them within", "Die Hälfte binnen";
        mean_days: "On average", "Im Mittel";
        days: "days", "Tagen";
        of_commonest: "{1} of {2} conversions: those of the {3} commonest paths", "{1} von {2} Abschlüssen: die auf den {3} häufigsten Wegen";
        paths_chart: "From first touch to conversion", "Von der ersten Berührung zum Abschluss";
        paths: "Commonest paths", "Häufigste Wege";
        path: "Path", "Weg";
        steps: "Steps", "Schritte";
        part: "Part", "Anteil";
        length: "Touchpoints on the way", "Berührungspunkte auf dem Weg";
        touches: "Touchpoints", "Berührungspunkte";
        time_to_convert: "Days from first touch to conversion", "Tage von der ersten Berührung zum Abschluss";
        day_class: "Days", "Tage";
        or_more: "or more", "oder mehr";
        first_last: "First and last touch", "Erste und letzte Berührung";
        first_last_lead: "How many conversions began with the row and ended with the column.", "Wie viele Abschlüsse mit der Zeile begannen und mit der Spalte endeten.";
        first: "First", "Erste";
        last: "Last", "Letzte";
        transitions: "What follows what", "Was worauf folgt";
        from_step: "From", "Von";
        to_step: "To", "Zu";
        times: "Times", "Male";
        conversion: "Conversion", "Abschluss";
        led_to: "Led to", "Führte zu";
        more_steps: "more …", "weitere …";

        // Models.
        models_lead: "The same conversions under other models, beside the policy in force. Nothing is changed by looking.", "Dieselben Abschlüsse nach anderen Modellen, neben dem geltenden Regelwerk. Ansehen ändert nichts.";
        compare: "Compare", "Vergleichen";
        row_for: "A row for each", "Eine Zeile für";
        in_force: "In force", "Geltend";
        comparison: "Credited conversions by model", "Zugerechnete Abschlüsse nach Modell";
        difference: "Difference to the policy in force, in conversions", "Unterschied zum geltenden Regelwerk, in Abschlüssen";
        revenue_by_model: "Credited amounts by model", "Zugerechnete Beträge nach Modell";
        learned_hint: "Markov and Shapley can be chosen once a policy has learned from a period.", "Markov und Shapley sind wählbar, sobald ein Regelwerk aus einem Zeitraum gelernt hat.";

        // What things are called.
        model_first: "First touch", "Erste Berührung";
        model_last: "Last touch", "Letzte Berührung";
        model_linear: "Linear", "Linear";
        model_time_decay: "Time decay", "Zeitverfall";
        model_position: "Position-based", "Nach Position";
        model_custom: "Custom weights", "Eigene Gewichte";
        model_w_shaped: "W-shaped", "W-Form";
        model_full_path: "Full path", "Ganzer Weg";
        model_j_shaped: "J-shaped", "J-Form";
        model_inverse_j: "Inverse J", "Umgekehrte J-Form";
        model_markov: "Markov", "Markow";
        model_shapley: "Shapley", "Shapley";
        by_partner: "Partner", "Partner";
        by_group: "Group", "Gruppe";
        by_link: "Link", "Link";
        by_campaign: "Campaign", "Kampagne";
        by_channel: "Channel", "Kanal";
        by_kind: "Kind", "Art";
    }
}

impl Journeys {
    /// What was just done, by the name that a redirect carries.
    pub fn notice(&self, done: &str) -> Option<&'static str> {
        Some(match done {
            "credit_given" => self.credit_given,
            "credit_taken_back" => self.credit_taken_back,
            _ => return None,
        })
    }

    /// What people call a model.
    pub fn model(&self, model: Model) -> &'static str {
        match model {
            Model::First => self.model_first,
            Model::Last => self.model_last,
            Model::Linear => self.model_linear,
            Model::TimeDecay => self.model_time_decay,
            Model::Position => self.model_position,
            Model::Custom => self.model_custom,
            Model::WShaped => self.model_w_shaped,
            Model::FullPath => self.model_full_path,
            Model::JShaped => self.model_j_shaped,
            Model::InverseJ => self.model_inverse_j,
            Model::Markov => self.model_markov,
            Model::Shapley => self.model_shapley,
        }
    }

    /// What people call that by which touchpoints are told apart.
    pub fn dimension(&self, by: Dimension) -> &'static str {
        match by {
            Dimension::Partner => self.by_partner,
            Dimension::Group => self.by_group,
            Dimension::Link => self.by_link,
            Dimension::Campaign => self.by_campaign,
            Dimension::Channel => self.by_channel,
            Dimension::Kind => self.by_kind,
        }
    }
}
