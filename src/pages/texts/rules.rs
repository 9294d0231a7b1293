//! Words that tell the rules of a policy.

use crate::domain::policy::{Dimension, SourcedBy};

texts! {
    /// What is said of a policy.
    pub struct RuleWords {
        sharing: "How a conversion is shared", "Wie ein Abschluss geteilt wird";
        first: "The first touchpoint on the way to a conversion gets all of it.", "Der erste Berührungspunkt auf dem Weg zu einem Abschluss bekommt alles.";
        last: "The last touchpoint before a conversion gets all of it.", "Der letzte Berührungspunkt vor einem Abschluss bekommt alles.";
        linear: "Every touchpoint on the way to a conversion gets the same share.", "Jeder Berührungspunkt auf dem Weg zu einem Abschluss bekommt den gleichen Anteil.";
        time_decay: "The closer to the conversion, the greater the share: it halves with every {1} before it.", "Je näher am Abschluss, desto größer der Anteil: Er halbiert sich mit je {1} davor.";
        time_decay_steps: "The closer to the conversion, the greater the share: it halves in steps, after each whole {1} before it.", "Je näher am Abschluss, desto größer der Anteil: Er halbiert sich in Stufen, nach je vollen {1} davor.";
        position: "The first touchpoint gets {1}, the last {2}; those in between share {3} equally.", "Der erste Berührungspunkt bekommt {1}, der letzte {2}; die dazwischen teilen sich {3} zu gleichen Teilen.";
        position_ends: "The first touchpoint gets {1}, the last {2}; those in between get nothing.", "Der erste Berührungspunkt bekommt {1}, der letzte {2}; die dazwischen bekommen nichts.";
        custom: "Each kind of touchpoint has a weight, and shares go by it. A kind that is not listed gets nothing.", "Jede Art von Berührungspunkt hat ein Gewicht, und danach richten sich die Anteile. Eine nicht genannte Art bekommt nichts.";
        w_shaped: "30 % each go to the first touchpoint, to the one before the buyer became a lead, and to the one before the deal was opened; the others share 10 %.", "Je 30 % bekommen der erste Berührungspunkt, der vor dem ersten Kontakt als Interessent und der vor der Eröffnung des Geschäfts; die übrigen teilen sich 10 %.";
        full_path: "22.5 % each go to the first touchpoint, to the one before the buyer became a lead, to the one before the deal was opened, and to the last; the others share 10 %.", "Je 22,5 % bekommen der erste Berührungspunkt, der vor dem ersten Kontakt als Interessent, der vor der Eröffnung des Geschäfts und der letzte; die übrigen teilen sich 10 %.";
        j_shaped: "The last touchpoint gets 60 %, the first 20 %; those in between share 20 %.", "Der letzte Berührungspunkt bekommt 60 %, der erste 20 %; die dazwischen teilen sich 20 %.";
        inverse_j: "The first touchpoint gets 60 %, the last 20 %; those in between share 20 %.", "Der erste Berührungspunkt bekommt 60 %, der letzte 20 %; die dazwischen teilen sich 20 %.";
        markov: "Shares go by what the journeys of a period have shown: how many conversions would be missing without each {1}.", "Die Anteile richten sich danach, was die Wege eines Zeitraums gezeigt haben: wie viele Abschlüsse ohne {1} jeweils fehlen würden.";
        markov_order: "What comes next on such a way is judged by the {1} touchpoints before it.", "Was auf einem solchen Weg als Nächstes kommt, wird nach den {1} Berührungspunkten davor beurteilt.";
        shapley: "Shares go by what the journeys of a period have shown: how much each {1} added to the conversions it had a part in.", "Die Anteile richten sich danach, was die Wege eines Zeitraums gezeigt haben: wie viel von den Abschlüssen jeweils auf {1} zurückgeht.";
        shapley_ordered: "The place on the way to the conversion counts too.", "Auch die Stelle auf dem Weg zum Abschluss zählt.";
        trained: "That period went from {1} to {2}.", "Dieser Zeitraum ging vom {1} bis zum {2}.";
        by_partner: "partner", "den Partner";
        by_group: "group of partners", "die Partnergruppe";
        by_link: "link", "den Link";
        by_campaign: "campaign", "die Kampagne";
        by_channel: "channel", "den Kanal";
        by_kind: "kind of touchpoint", "die Art von Berührungspunkt";
        sum: "All shares of a conversion add up to exactly the whole, to the cent.", "Alle Anteile eines Abschlusses ergeben zusammen genau das Ganze, auf den Cent.";
        weight: "{1} counts {2} times.", "{1} zählt {2}-fach.";
        weight_none: "{1} counts for nothing.", "{1} zählt nicht.";

        lookback: "How far back touchpoints count", "Wie weit zurück Berührungspunkte zählen";
        clicks: "A click", "Ein Klick";
        views: "A banner that was shown", "Ein gezeigtes Banner";
        codes: "A code", "Ein Code";
        offline: "Anything else, such as an introduction or a demo,", "Alles andere, etwa eine Empfehlung oder Vorführung,";
        counts_days: "{1} counts for {2}.", "{1} zählt {2} lang.";
        counts_at_once: "{1} counts only at the very moment of the conversion.", "{1} zählt nur im Augenblick des Abschlusses.";
        code_at_conversion: "A code counts when it is used at the conversion itself.", "Ein Code zählt, wenn er beim Abschluss selbst benutzt wird.";
        days: "{1} {1:day|days}", "{1} {1:Tag|Tage}";
        in_days: "{1} {1:day|days}", "{1} {1:Tag|Tagen}";
        min_seconds: "A click less than {1} {1:second|seconds} before the conversion takes no part.", "Ein Klick weniger als {1} {1:Sekunde|Sekunden} vor dem Abschluss nimmt nicht teil.";

        code_title: "Referral codes", "Empfehlungscodes";
        code_touch: "A code at the conversion is one more touchpoint, beside clicks and the others.", "Ein Code beim Abschluss ist ein weiterer Berührungspunkt neben Klicks und den anderen.";
        code_wins: "A code at the conversion wins: its partner gets all of it, whatever came before.", "Ein Code beim Abschluss gewinnt: Sein Partner bekommt alles, was auch davor war.";

        taking_part: "What takes part", "Was teilnimmt";
        all_kinds: "Touchpoints of every kind take part.", "Berührungspunkte jeder Art nehmen teil.";
        only_kinds: "Only these kinds of touchpoint take part: {1}.", "Nur diese Arten von Berührungspunkten nehmen teil: {1}.";
        only_teams: "Only touchpoints made by these take part: {1}.", "Nur Berührungspunkte von diesen nehmen teil: {1}.";
        among_teams: "Credit is shared among partners and our own teams, for reports. Nobody is paid for it.", "Zugerechnet wird unter Partnern und eigenen Teams, für Berichte. Niemand wird danach bezahlt.";
        heard_ignored: "What buyers answer when asked where they heard of us is noted, and earns nothing.", "Was Käufer auf die Frage antworten, woher sie uns kennen, wird notiert und bringt nichts ein.";
        heard_counts: "When a buyer names a partner as where they heard of us, that is one more touchpoint.", "Nennt ein Käufer auf die Frage, woher er uns kennt, einen Partner, ist das ein weiterer Berührungspunkt.";

        left_out: "What does not count", "Was nicht zählt";
        machines: "Crawlers, browsers that fetch ahead, links loaded as images, and floods from one address do not count.", "Crawler, vorausladende Browser, als Bild geladene Links und Fluten von einer Adresse zählen nicht.";
        repeats: "A repeated click of the same person on the same link within 30 minutes is the same touchpoint.", "Ein wiederholter Klick derselben Person auf denselben Link innerhalb von 30 Minuten ist derselbe Berührungspunkt.";
        repeats_ignored: "A repeated click of the same person on the same link within 30 minutes is as if it had not happened.", "Ein wiederholter Klick derselben Person auf denselben Link innerhalb von 30 Minuten gilt als nicht geschehen.";
        no_self: "A partner earns nothing from its own purchases.", "Ein Partner verdient nichts an eigenen Käufen.";
        self_counts: "A partner may earn from its own purchases.", "Ein Partner darf an eigenen Käufen verdienen.";
        you_are_out: "Your touchpoints take no part under these rules; ask the team of the program why.", "Ihre Berührungspunkte nehmen nach diesen Regeln nicht teil; fragen Sie die Betreuung des Programms nach dem Grund.";
        partners_out: "Touchpoints of these partners take no part: {1}.", "Berührungspunkte dieser Partner nehmen nicht teil: {1}.";
        links_out: "These links take no part: {1}.", "Diese Links nehmen nicht teil: {1}.";
        campaigns_out: "These campaigns take no part: {1}.", "Diese Kampagnen nehmen nicht teil: {1}.";
        and_others: "{1} {1:other|others}", "{1} {1:weiterer|weitere}";

        which: "Which conversions these rules are for", "Für welche Abschlüsse diese Regeln gelten";
        every_event: "They are for every conversion for which there are no rules of its own.", "Sie gelten für jeden Abschluss, für den es keine eigenen Regeln gibt.";
        events: "They are for these events: {1}.", "Sie gelten für diese Ereignisse: {1}.";
        products: "They are for conversions with one of these products: {1}.", "Sie gelten für Abschlüsse mit einem dieser Produkte: {1}.";
        campaigns: "They are for conversions to which one of these campaigns led: {1}.", "Sie gelten für Abschlüsse, zu denen eine dieser Kampagnen geführt hat: {1}.";
        groups: "They are for conversions in which a partner of one of these groups had a part: {1}.", "Sie gelten für Abschlüsse, an denen ein Partner einer dieser Gruppen Anteil hatte: {1}.";
        renewal_first: "A renewal is shared as the customer's first sale was.", "Eine Verlängerung wird wie der erste Verkauf an den Kunden geteilt.";
        renewal_fresh: "A renewal is shared by what led to it, as any other conversion.", "Eine Verlängerung wird wie jeder andere Abschluss nach ihrem eigenen Weg geteilt.";
        retired: "They are retired: no conversion follows them any more.", "Sie sind außer Kraft: Kein Abschluss richtet sich mehr danach.";

        deals: "Deals", "Geschäfte";
        sourced_first: "A deal is sourced by the partner whose touchpoint was the first that counts before it was opened.", "Ein Geschäft gilt als vermittelt von dem Partner, dessen Berührungspunkt der erste zählende vor der Eröffnung war.";
        sourced_last: "A deal is sourced by the partner whose touchpoint was the last that counts before it was opened.", "Ein Geschäft gilt als vermittelt von dem Partner, dessen Berührungspunkt der letzte zählende vor der Eröffnung war.";
        sourced_registration: "A deal is sourced by the partner whose registration of it was approved.", "Ein Geschäft gilt als vermittelt von dem Partner, dessen Anmeldung angenommen wurde.";
        influenced: "Every other partner with a touchpoint that counts has influenced it.", "Jeder andere Partner mit einem zählenden Berührungspunkt hat daran mitgewirkt.";
    }
}

impl RuleWords {
    /// What a data-driven model tells touchpoints apart by.
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

    /// Which partner sources a deal.
    pub fn sourcing(&self, by: SourcedBy) -> &'static str {
        match by {
            SourcedBy::FirstTouch => self.sourced_first,
            SourcedBy::LastTouchBeforeOpen => self.sourced_last,
            SourcedBy::Registration => self.sourced_registration,
        }
    }
}
