//! Why a touchpoint has its share or none, and the outcome of a conversion in a sentence.

sayings! {
    /// Reasons and summaries of credit.
    pub const REASONS = {
        // Models.
        "{model}", "{1}";
        "the only touchpoint that counts", "der einzige Berührungspunkt, der zählt";
        "{percent}", "{1}";
        "the earliest of {count} touchpoints that count", "der früheste von {1} zählenden Berührungspunkten";
        "not the earliest of {count} touchpoints that count", "nicht der früheste von {1} zählenden Berührungspunkten";
        "the latest of {count} touchpoints that count", "der späteste von {1} zählenden Berührungspunkten";
        "not the latest of {count} touchpoints that count", "nicht der späteste von {1} zählenden Berührungspunkten";
        "one of {count} touchpoints that count", "einer von {1} zählenden Berührungspunkten";
        "1/{count} each", "je 1/{1}";
        "{roles} of {count} touchpoints", "{1} von {2} Berührungspunkten";
        "no lead is known", "kein Interessent bekannt";
        "no opportunity is known", "keine Eröffnung eines Geschäfts bekannt";
        "no lead and no opportunity is known", "weder Interessent noch Eröffnung eines Geschäfts bekannt";
        "the lead came before the first touchpoint", "Interessent schon vor dem ersten Berührungspunkt";
        "the opportunity came before the first touchpoint", "Geschäft schon vor dem ersten Berührungspunkt eröffnet";
        "the lead and the opportunity came before the first touchpoint", "Interessent und Geschäft schon vor dem ersten Berührungspunkt";
        "kind {kind} weighs {decimal}", "Gewicht der Art „{1}“: {2}";
        "{percent} over {count} touchpoints", "{1} bei {2} Berührungspunkten";
        "so {percent}", "also {1}";
        "at the conversion", "beim Abschluss selbst";
        "{span} before the conversion", "{1} vor dem Abschluss";
        "half-life {decimal} [days|day]", "Halbwertszeit {1} {1:Tag|Tage}";
        "its {dimension} was not seen in the period learned from and counts as the average", "im gelernten Zeitraum nicht vorgekommen ({1}) und deshalb wie der Durchschnitt gezählt";
        "its {dimension} at position {count} is worth {decimal} conversions of the period learned from", "an dieser Stelle ({1}, Platz {2}) im gelernten Zeitraum {3} Abschlüsse wert";
        "its {dimension} is worth {decimal} conversions of the period learned from", "im gelernten Zeitraum {2} Abschlüsse wert ({1})";
        "without its {dimension} the period learned from would have {percent} fewer conversions", "ohne ihn ({1}) hätte der gelernte Zeitraum {2} weniger Abschlüsse";
        "{percent} of {count} touchpoints", "{1} bei {2} Berührungspunkten";
        "renewed {time}", "erneuert am {1}";
        "the code given with the conversion wins: it takes all", "der beim Abschluss genannte Code gewinnt: er bekommt alles";
        "the code given with the conversion wins", "der beim Abschluss genannte Code gewinnt";

        // Beside the model.
        "given by hand: {text}", "von Hand gegeben: {1}";
        "it shares the {percent} that was not given by hand", "er teilt sich die {1}, die nicht von Hand gegeben wurden";
        "as for the customer's first sale, order {text}", "wie beim ersten Verkauf an den Kunden, Bestellung {1}";
        "as for the customer's first sale, {name}", "wie beim ersten Verkauf an den Kunden, {1}";
        "all of the credit was given by hand", "alles wurde von Hand gegeben";
        "this renewal goes by the customer's first sale, order {text}, in which it has no part", "diese Verlängerung richtet sich nach dem ersten Verkauf an den Kunden, Bestellung {1}, an dem er keinen Anteil hat";
        "this renewal goes by the customer's first sale, {name}, in which it has no part", "diese Verlängerung richtet sich nach dem ersten Verkauf an den Kunden, {1}, an dem er keinen Anteil hat";
        "no part of the credit as it was last assigned", "kein Anteil an der letzten Zurechnung";
        "no policy was in force at the time of this conversion", "zur Zeit dieses Abschlusses galt kein Regelwerk";

        // What does not count.
        "bot: a crawler or tool made it, not a person" => "crawler: a program made it, not a person", "Crawler: von einem Programm, nicht von einem Menschen";
        "prefetch: the browser fetched ahead; nobody had clicked yet" => "fetched ahead: by the browser; nobody had clicked yet", "vorab geladen: der Browser lud voraus; noch hatte niemand geklickt";
        "embedded: the link was loaded as an image, frame or script, not followed", "eingebettet: der Link wurde als Bild, Rahmen oder Skript geladen, nicht angeklickt";
        "withdrawn: it was entered by mistake and taken back" => "taken back: it was entered by mistake", "zurückgenommen: versehentlich eingetragen und zurückgenommen";
        "duplicate: the same visitor followed the same link within 30 minutes; it renews that touchpoint" => "repeated: the same visitor followed the same link within 30 minutes; it renews that touchpoint", "wiederholt: derselbe Besucher folgte demselben Link binnen 30 Minuten; das erneuert jenen Berührungspunkt";
        "duplicate: the same visitor followed the same link within 30 minutes; it renews touchpoint {name}" => "repeated: the same visitor followed the same link within 30 minutes; it renews touchpoint {1}", "wiederholt: derselbe Besucher folgte demselben Link binnen 30 Minuten; das erneuert den Berührungspunkt {1}";
        "duplicate: it repeats a touchpoint, but none before this conversion that it could renew" => "repeated: a touchpoint once more, but none before this conversion that it could renew", "wiederholt: ein Berührungspunkt noch einmal, doch keiner vor diesem Abschluss, den er erneuern könnte";
        "self_referral: the buyer is the partner" => "own purchase: the buyer is the partner", "Eigenkauf: der Käufer ist der Partner";
        "self-referral: the buyer is the partner" => "own purchase: the buyer is the partner", "Eigenkauf: der Käufer ist der Partner";
        "flood: one client address sent more than the limit", "Flut: eine Adresse hat mehr gesendet als erlaubt";
        "superseded: what the buyer said is another partner's name by now, or nobody's", "überholt: was der Käufer nannte, meint inzwischen einen anderen Partner oder niemanden";
        "valid: it counts", "gültig: er zählt";
        "after the conversion", "nach dem Abschluss";
        "outside the lookback: more than {count} [days|day] before the conversion, the limit for kind {kind}", "außerhalb des Rückblicks: mehr als {1} {1:Tag|Tage} vor dem Abschluss, die Grenze für die Art „{2}“";
        "outside the lookback: only the code given with the conversion itself counts", "außerhalb des Rückblicks: nur der beim Abschluss selbst genannte Code zählt";
        "kind {kind} does not take part under the policy", "die Art „{1}“ nimmt nach dem Regelwerk nicht teil";
        "team {team} does not take part under the policy", "Team „{1}“ nimmt nach dem Regelwerk nicht teil";
        "the policy leaves out this partner", "das Regelwerk lässt diesen Partner aus";
        "the policy leaves out this link", "das Regelwerk lässt diesen Link aus";
        "the policy leaves out this campaign", "das Regelwerk lässt diese Kampagne aus";
        "too close: less than {count} [seconds|second] before the conversion, the least for a click", "zu kurz davor: weniger als {1} {1:Sekunde|Sekunden} vor dem Abschluss, das Mindeste für einen Klick";
        "the buyer named this partner; under the policy that is reported, not credited", "der Käufer nannte diesen Partner; nach dem Regelwerk wird das berichtet, nicht zugerechnet";
        "no partner: it is reported, but there is nobody to credit", "kein Partner: es wird berichtet, aber niemandem zugerechnet";
        "no partner: the work of our own {team} team is reported, but earns nothing", "kein Partner: die Arbeit des eigenen Teams ({1}) wird berichtet, bringt aber nichts ein";
        "kind {kind} has no weight under the policy", "die Art „{1}“ hat nach dem Regelwerk kein Gewicht";

        // The outcome.
        "no touchpoint is known for this conversion", "zu diesem Abschluss ist kein Berührungspunkt bekannt";
        "no touchpoint counts", "kein Berührungspunkt zählt";
        "{count} [touchpoints count|touchpoint counts]", "{1} {1:Berührungspunkt zählt|Berührungspunkte zählen}";
        "credited by {model}", "zugerechnet nach {1}";
        "as when its journey was whole", "wie damals, als sein Weg noch vollständig war";
        "it follows the customer's first sale, order {text}, for which nobody has credit", "er folgt dem ersten Verkauf an den Kunden, Bestellung {1}, der niemandem zugerechnet ist";
        "it follows the customer's first sale, {name}, for which nobody has credit", "er folgt dem ersten Verkauf an den Kunden, {1}, der niemandem zugerechnet ist";
        "{percent} was given by hand, but nobody has the rest, and a part alone is not credited: take it back and give all of it", "{1} wurden von Hand gegeben, doch niemand hat den Rest, und ein Teil allein wird nicht zugerechnet: ihn zurücknehmen und alles geben";
        "all of it was given by hand", "alles wurde von Hand gegeben";
        "without that", "sonst";
        "{count} [credits|credit] given by hand", "{1} {1:Zurechnung|Zurechnungen} von Hand";

        // How many do not count, and why.
        "{count} [are bots|is a bot]" => "{1} by {1:a crawler|crawlers}", "{1} von {1:einem Programm|Programmen}";
        "{count} [are prefetches|is a prefetch]" => "{1} {1:was|were} fetched ahead", "{1} vorab geladen";
        "{count} [were|was] embedded, not followed", "{1} eingebettet";
        "{count} [belong|belongs] to a flood", "{1} aus einer Flut";
        "{count} [are|is] superseded", "{1} überholt";
        "{count} [do|does] not count", "{1} {1:zählt|zählen} nicht";
        "{count} [were|was] taken back", "{1} zurückgenommen";
        "{count} [are duplicates|is a duplicate]" => "{1} {1:is|are} repeated", "{1} wiederholt";
        "{count} [are self-referrals|is a self-referral]" => "{1} {1:is an own purchase|are own purchases}", "{1} {1:Eigenkauf|Eigenkäufe}";
        "{count} [are|is] the buyer's word only", "{1} nur nach Worten des Käufers";
        "{count} came after the conversion", "{1} nach dem Abschluss";
        "{count} [were|was] outside the lookback", "{1} außerhalb des Rückblicks";
        "{count} [are codes|is a code] from before the conversion", "{1} {1:Code|Codes} von vor dem Abschluss";
        "{count} [are of kinds that take|is of a kind that takes] no part", "{1} von {1:einer Art, die nicht teilnimmt|Arten, die nicht teilnehmen}";
        "{count} [are of teams that take|is of a team that takes] no part", "{1} von {1:einem Team, das nicht teilnimmt|Teams, die nicht teilnehmen}";
        "{count} [are|is] left out by the policy", "{1} vom Regelwerk ausgelassen";
        "{count} came too shortly before the conversion", "{1} zu kurz vor dem Abschluss";
        "{count} [have|has] no partner", "{1} ohne Partner";
        "{count} [are of kinds|is of a kind] without weight", "{1} von {1:einer Art|Arten} ohne Gewicht";
        "{count} [give|gives] way to the code", "{1} {1:weicht|weichen} dem Code";
    }
}
