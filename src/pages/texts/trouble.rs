//! The words of what went wrong: rejected hits, discrepancies, what buyers say otherwise.

use crate::domain::heard::HeardMatch;

texts! {
    /// What the pages of what went wrong say.
    pub struct Trouble {
        // Rejected hits.
        rejected: "Rejected hits", "Abgewiesene Meldungen";
        rejected_lead: "Reports of websites that could not be used, each with every reason. Nothing of them is counted; mend the website, and have it report again. Days begin at midnight UTC.", "Meldungen von Websites, die nicht zu gebrauchen waren, jede mit allen Gründen. Nichts davon wird gezählt; die Website berichtigen und neu melden lassen. Tage beginnen um Mitternacht UTC.";
        none_rejected: "Nothing was rejected in this period.", "In diesem Zeitraum wurde nichts abgewiesen.";
        way: "Way", "Weg";
        any_way: "Any way", "Jeder Weg";
        way_pixel: "Pixel", "Pixel";
        way_postback: "Postback", "Postback";
        way_tag: "Website tag", "Website-Tag";
        way_api: "API", "API";
        way_import: "Import", "Import";
        way_view: "View pixel", "Ansichts-Pixel";
        reasons: "Reasons", "Gründe";
        sent: "What was sent", "Was gesendet wurde";
        page_that_sent: "Page", "Seite";
        client: "Browser or server", "Browser oder Server";

        // Discrepancies.
        discrepancies: "Discrepancies", "Unstimmigkeiten";
        discrepancies_lead: "What is stored soundly, but odd enough to be looked at. Days begin at midnight UTC.", "Was sauber gespeichert, aber seltsam genug ist, um hinzusehen. Tage beginnen um Mitternacht UTC.";
        all_sound: "Nothing is odd in this period.", "In diesem Zeitraum ist nichts seltsam.";
        without_journey: "Conversions without a journey", "Abschlüsse ohne Weg";
        without_journey_what: "Nobody earned a part of these. Most buyers come by themselves; but where a partner asks for one, look whether the website passes the click id or the code on.", "Niemand hat daran Anteil. Die meisten Käufer kommen von selbst; fragt aber ein Partner nach einem, prüfen, ob die Website Klick-Kennung oder Code weitergibt.";
        to_disabled: "Credit of disabled partners", "Zurechnung an abgeschaltete Partner";
        to_disabled_what: "These credits stand, though their partner is disabled now. Decide whether they are still owed; if not, give the credit by hand, or leave the partner out by a policy.", "Diese Zurechnungen stehen, obwohl der Partner inzwischen abgeschaltet ist. Entscheiden, ob sie noch geschuldet sind; wenn nicht, von Hand zurechnen oder den Partner in einem Regelwerk auslassen.";
        too_late: "Touchpoints after the conversion", "Berührungspunkte nach dem Abschluss";
        too_late_what: "They came after what they would have led to, and so count for nothing. Look at the clock of the website's server, and at who entered them.", "Sie kamen nach dem, wozu sie geführt hätten, und zählen deshalb nicht. Die Uhr des Website-Servers prüfen, und wer sie eingetragen hat.";
        bare_deals: "Deals without touchpoints", "Geschäfte ohne Berührungspunkte";
        bare_deals_what: "No touchpoint names them and their customer has none, so no partner is seen in them. If one had a part, enter what they did.", "Kein Berührungspunkt nennt sie, und ihr Kunde hat keinen: Kein Partner ist darin zu sehen. Hatte einer Anteil, eintragen, was er getan hat.";
        other_amount: "Orders reported with another amount", "Bestellungen mit anderem Betrag gemeldet";
        other_amount_what: "The first report counts. Were they refunds, report them as such; else look which of two places of the website reports wrongly.", "Die erste Meldung zählt. Waren es Erstattungen, sie als solche melden; sonst prüfen, welche von zwei Stellen der Website falsch meldet.";
        what_is_odd: "What is odd", "Was seltsam ist";
        conversion: "Conversion", "Abschluss";
        show_it: "Show", "Ansehen";
        about: "About", "Betrifft";
        more_than: "The newest 1,000 are shown; choose a shorter period for others.", "Die neuesten 1.000 werden gezeigt; für andere einen kürzeren Zeitraum wählen.";

        // Self-reported.
        heard: "What buyers say", "Was Käufer sagen";
        heard_lead: "Where buyers say they heard of you, beside what was tracked. Days begin at midnight UTC.", "Woher Käufer Sie nach eigenen Worten kennen, neben dem, was erfasst wurde. Tage beginnen um Mitternacht UTC.";
        said_matched: "Named a partner", "Nannten einen Partner";
        said_ambiguous: "Named several at once", "Nannten mehrere zugleich";
        said_unknown: "Named nobody known", "Nannten niemand Bekannten";
        said: "Named by buyers", "Von Käufern genannt";
        tracked: "Tracked", "Erfasst";
        both: "Both", "Beides";
        disagreements: "Named, but not tracked", "Genannt, aber nicht erfasst";
        disagreements_what: "Buyers named a partner for whom nothing was tracked. Where you believe them, give the credit by hand, or let a policy count what buyers say.", "Käufer nannten einen Partner, für den nichts erfasst wurde. Wo Sie ihnen glauben, von Hand zurechnen oder ein Regelwerk zählen lassen, was Käufer sagen.";
        words_of_buyer: "The buyer's words", "Worte des Käufers";
        means: "Means", "Meint";
        tracked_for: "Tracked for", "Erfasst für";
        nobody: "Nobody", "Niemand";
        unknown_names: "Names nobody goes by", "Namen, die niemand trägt";
        unknown_names_what: "If one of them is a partner, add the name to its other names.", "Ist einer davon ein Partner, den Namen zu seinen weiteren Namen hinzufügen.";
        none_unknown: "Every name in this period was known.", "Jeder Name in diesem Zeitraum war bekannt.";
        times: "Times", "Anzahl";
        none_odd: "Where a partner was named, that partner was tracked.", "Wo ein Partner genannt wurde, war er auch erfasst.";
        nobody_known_said: "No buyer named one partner we know in this period.", "In diesem Zeitraum hat kein Käufer einen bestimmten Partner genannt.";
        nothing_said: "No buyer said anything in this period. Websites pass it on as heard_from.", "In diesem Zeitraum hat kein Käufer etwas gesagt. Websites geben es als heard_from weiter.";
    }
}

impl Trouble {
    /// What became of a buyer's own words.
    pub fn heard_match(&self, heard: HeardMatch) -> &'static str {
        match heard {
            HeardMatch::Partner => self.said_matched,
            HeardMatch::Ambiguous => self.said_ambiguous,
            HeardMatch::Unknown => self.said_unknown,
        }
    }
}
