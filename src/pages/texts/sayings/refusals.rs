//! Why something is refused: what is wrong with a field of a form, or with a hit.

sayings! {
    /// Clauses of refusals.
    pub const REFUSALS = {
        // Any field.
        "is missing", "fehlt";
        "is given twice", "steht zweimal da";
        "must not be empty", "darf nicht leer sein";
        "must not hold control characters" => "holds letters that cannot be seen; type it anew", "enthält unsichtbare Zeichen; bitte neu eintippen";
        "must be at most {count} bytes long" => "is too long: {1} letters fit, of which those with accents count twice", "ist zu lang: {1} Zeichen passen, wobei Umlaute doppelt zählen";
        "must be at least {count} characters long", "muss mindestens {1} Zeichen lang sein";
        "must be {count} to {count} bytes of text without control characters" => "must be {1} to {2} letters long, of which those with accents count twice", "muss {1} bis {2} Zeichen lang sein, wobei Umlaute doppelt zählen";
        "must be {count} to {count} letters, digits, - or _", "muss aus {1} bis {2} Buchstaben, Ziffern, - oder _ bestehen";
        "must be {count} to {count} lower-case letters, digits, _ - or . such as sale", "muss aus {1} bis {2} Kleinbuchstaben, Ziffern, _ - oder . bestehen, etwa sale";
        "must be between {decimal} and {decimal}", "muss zwischen {1} und {2} liegen";
        "must be between {count} and {count} minor units" => "is more than an amount can be", "ist mehr, als ein Betrag sein kann";
        "must be {count} to {count} links", "müssen {1} bis {2} Links sein";
        "must be {count} to {count}", "muss {1} bis {2} sein";
        "must be at least {count}", "muss mindestens {1} sein";
        "must be at most {count}", "darf höchstens {1} sein";
        "must be at most {count} days", "darf höchstens {1} Tage sein";
        "must be at most {count}, a day", "darf höchstens {1} sein, ein Tag";
        "must be at most {count} endings; name others by their ids", "dürfen höchstens {1} Endungen sein; andere über ihre Kennung nennen";
        "must be a number such as 30 or 0.5", "muss eine Zahl sein wie 30 oder 0,5";
        "must be a whole number such as 30", "muss eine ganze Zahl sein wie 30";
        "there is no link that ends in {quoted}", "es gibt keinen Link mit der Endung {1}";
        "invalid type: null, expected a string" => "is missing", "fehlt";
        "unknown variant {text}, expected one of {text}" => "is not one of {2}", "ist nicht vorgesehen; es gibt {2}";
        "must name at least one, or be left out for all", "muss mindestens eines nennen, oder für alle leer bleiben";
        "must lie after from" => "must not lie before the beginning", "darf nicht vor dem Beginn liegen";
        "lies in the future", "liegt in der Zukunft";
        "lies before 2000", "liegt vor dem Jahr 2000";
        "is neither a date (2026-01-05) nor an RFC 3339 time (2026-01-05T09:30:00Z)" => "is no date such as 2026-01-05", "ist kein Datum wie 2026-01-05";
        "is no date and time such as 2026-01-05T09:30", "ist kein Zeitpunkt wie 2026-01-05T09:30";
        "is not an RFC 3339 time such as 2026-01-05T09:30:00Z" => "is no time such as 2026-01-05T09:30:00Z", "ist keine Zeit wie 2026-01-05T09:30:00Z";
        "is not an id of the form {name} and {count} characters", "ist keine Kennung der Form {1} mit {2} Zeichen";
        "{quoted} is not an id of the form {name} and {count} characters", "{1} ist keine Kennung der Form {2} mit {3} Zeichen";
        "must be {count} to {count} lower-case letters, digits or _ such as webinar", "muss aus {1} bis {2} Kleinbuchstaben, Ziffern oder _ bestehen, etwa webinar";
        "{quoted} is not one of {text}", "{1} ist nicht vorgesehen; es gibt {2}";
        "holds bytes that are not UTF-8; encode it as UTF-8 before it is percent-encoded", "enthält Bytes, die kein UTF-8 sind; erst als UTF-8 kodieren, dann mit Prozentzeichen";
        "is not a JSON object: {text}", "ist kein JSON-Objekt: {1}";
        "holds a list or object in {text}; texts and numbers are expected", "enthält in {1} eine Liste oder ein Objekt; erwartet werden Texte und Zahlen";
        "there is no [partner|account|campaign|deal|link|group] {name}" => "is not there any more", "gibt es nicht mehr";
        "something with that name exists already", "etwas mit diesem Namen gibt es schon";
        "something still refers to it, or what it refers to does not exist", "etwas verweist noch darauf, oder worauf es verweist, gibt es nicht";
        "{count} fields do not fit; see errors", "{1} Felder passen nicht";

        // Partners and users.
        "is not an e-mail address such as sam@example.com", "ist keine E-Mail-Adresse wie sam@example.com";
        "there is no group with the id or name {quoted}; make it first: POST /groups" => "there is no group {1}; make it first", "es gibt keine Gruppe {1}; zuerst anlegen";
        "must hold a letter or a digit: names are compared by these", "muss einen Buchstaben oder eine Ziffer enthalten: danach werden Namen verglichen";
        "another partner has that external_id" => "another partner has that id", "ein anderer Partner hat diese Kennung";
        "another partner has that name: {name}" => "another partner has that name", "ein anderer Partner hat diesen Namen";
        "another partner, who is disabled, has that name: {name}" => "another partner, who is disabled, has that name", "ein anderer Partner, der abgeschaltet ist, hat diesen Namen";
        "another user has that e-mail address", "ein anderer Benutzer hat diese E-Mail-Adresse";
        "choose the partner that this user belongs to", "den Partner wählen, zu dem dieser Benutzer gehört";
        "is only for the role partner", "ist nur für die Rolle Partner";
        "is too easy to guess", "ist zu leicht zu erraten";
        "this partner is disabled", "dieser Partner ist abgeschaltet";
        "is disabled; enable that partner first, or name another", "ist abgeschaltet; diesen Partner zuerst einschalten oder einen anderen nennen";
        "another saved view has that name", "eine andere gemerkte Ansicht hat diesen Namen";
        "delete that one first, or choose another name", "zuerst jene löschen oder einen anderen Namen wählen";
        "there are {count} saved views already; delete one first", "es gibt schon {1} gemerkte Ansichten; zuerst eine löschen";

        // Links, codes, campaigns, groups, kinds, stages.
        "is not a URL such as https://example.com/page: {text}" => "is no web address such as https://example.com/page", "ist keine Webadresse wie https://example.com/seite";
        "must begin with http:// or https://, not {text}:", "muss mit http:// oder https:// beginnen, nicht mit {1}:";
        "has no host", "hat keinen Host";
        "must not hold a user name or password", "darf weder Benutzername noch Passwort enthalten";
        "must not hold a macro in its host", "darf im Host keinen Platzhalter enthalten";
        "must not hold a macro: nothing is filled in there", "darf keinen Platzhalter enthalten: dort wird nichts eingesetzt";
        "leads back to this server", "führt auf diesen Server zurück";
        "must not hold {text}, under which each click gets its own id: remove it", "darf {1} nicht enthalten, worunter jeder Klick seine eigene Kennung bekommt: entfernen";
        "holds {text}, which is no macro; there are {text}", "enthält {1}, was kein Platzhalter ist; es gibt {2}";
        "{quoted} is reserved; choose another", "{1} ist vorbehalten; bitte etwas anderes wählen";
        "{quoted} is the slug of another link; choose another" => "{1} is the ending of another link; choose another", "{1} ist die Endung eines anderen Links; bitte etwas anderes wählen";
        "{quoted} is the slug of {name} too; choose another" => "{1} is the ending of another of the links too; choose another", "{1} ist auch die Endung eines anderen der Links; bitte etwas anderes wählen";
        "another link answers under that slug" => "another link has that ending", "ein anderer Link hat diese Endung";
        "the link is too long for a QR code", "der Link ist zu lang für einen QR-Code";
        "that code exists already", "diesen Code gibt es schon";
        "another campaign has that name", "eine andere Kampagne hat diesen Namen";
        "another group has that name", "eine andere Gruppe hat diesen Namen";
        "another kind has that name", "eine andere Art hat diesen Namen";
        "another stage has that name", "eine andere Phase hat diesen Namen";
        "links, codes, clicks or credits refer to this campaign; only an unused one can be removed", "Links, Codes, Klicks oder Zurechnungen verweisen auf diese Kampagne; nur eine unbenutzte lässt sich entfernen";
        "partners belong to this group; move them first", "zu dieser Gruppe gehören Partner; sie zuerst verschieben";
        "touchpoints are of this kind: it stays, as what happened does", "von dieser Art gibt es Berührungspunkte: sie bleibt, wie alles, was geschehen ist";
        "version {count} of policy {quoted} names this kind, and versions stay", "Fassung {1} des Regelwerks {2} nennt diese Art, und Fassungen bleiben";
        "there are {count} kinds, the most there may be", "es gibt {1} Arten, mehr dürfen es nicht sein";
        "{name} is built in, and stays", "{1} ist eingebaut und bleibt";
        "must not look like the id of a group", "darf nicht wie die Kennung einer Gruppe aussehen";
        "must not look like the id of a stage", "darf nicht wie die Kennung einer Phase aussehen";
        "must be a weight from 0 to {count}", "muss ein Gewicht von 0 bis {1} sein";
        "deals have been in this stage; make another, and move deals there", "in dieser Phase waren Geschäfte; eine andere anlegen und die Geschäfte dorthin verschieben";
        "this is the only stage of kind {stage}; make another first", "das ist die einzige Phase dieser Art ({1}); zuerst eine andere anlegen";
        "{quoted} is not a stage: {text}; make it first: POST /deal-stages" => "{1} is none of the stages", "{1} ist keine der Phasen";

        // Money.
        "{quoted} is not an ISO 4217 currency code such as EUR" => "{1} is no currency such as EUR", "{1} ist kein Währungskürzel wie EUR";
        "{quoted} has more decimals than {name} has ({count})", "{1} hat mehr Nachkommastellen als {2} ({3})";
        "{quoted} may mean thousands or decimals; write thousands without a mark", "{1} kann Tausender oder Nachkommastellen meinen; Tausender ohne Zeichen schreiben";
        "{quoted} is too large", "{1} ist zu groß";
        "{quoted} is not a decimal in major units such as 49.90" => "{1} is no amount such as 49.90", "{1} ist kein Betrag wie 49,90";
        "{quoted} is not an amount such as 1,234.50 or 1.234,50" => "{1} is no amount such as 1,234.50", "{1} ist kein Betrag wie 1.234,50";
        "{quoted} is below zero" => "{1} is less than 0", "{1} ist kleiner als 0";
        "{quoted} is in {name}, but the row's currency is {name}" => "{1} is in {2}, but the currency here is {3}", "{1} ist in {2}, die Währung hier aber {3}";
        "an amount needs its ISO 4217 currency" => "an amount needs its currency, such as EUR", "ein Betrag braucht seine Währung, etwa EUR";
        "a currency needs the amount, in minor units" => "a currency needs an amount", "eine Währung braucht den Betrag";
        "cannot be refunded: the conversion has no amount", "lässt sich nicht erstatten: der Abschluss hat keinen Betrag";
        "cannot be refunded: nothing is left of the conversion's amount", "lässt sich nicht erstatten: vom Betrag ist nichts mehr übrig";
        "must be more than 0 minor units" => "must be more than 0", "muss mehr als 0 sein";
        "is more than what is left, {money} ({count} minor units)" => "is more than what is left, {1}", "ist mehr als noch übrig: {1}";

        // Credit by hand.
        "must be a share of more than 0 and at most 1, such as 0.25" => "must be more than 0 and at most 100 percent", "muss mehr als 0 und höchstens 100 Prozent sein";
        "give either a weight or all: true" => "say how much", "angeben, wie viel";
        "must be at least 0.000000001" => "must be more than 0", "muss mehr als 0 sein";
        "is more than is left: what was given by hand before leaves {share}; take some of it back first", "ist mehr als noch übrig: was schon von Hand gegeben wurde, lässt {1}; zuerst etwas zurücknehmen";
        "must be all of it: nobody else has credit for this conversion, and what nobody has cannot be left over; send \"all\": true instead of a weight, or record with POST /touchpoints what each partner did before it, which they then share" => "must be all of it: nobody else has credit for this conversion, and what nobody has cannot be left over; give 100 percent, or first enter what each partner did before it", "muss alles sein: dieser Abschluss ist sonst niemandem zugerechnet, und was niemand hat, kann nicht übrig bleiben; 100 Prozent geben, oder zuvor eintragen, was jeder Partner getan hat";
        "cannot be credited: no policy was in force at the time of this conversion; publish one that applies from then on, then try again", "lässt sich nicht zurechnen: zur Zeit dieses Abschlusses galt kein Regelwerk; eines veröffentlichen, das von da an gilt, dann noch einmal versuchen";
        "credit by hand is switched off on this server (manual_credit_days is 0)", "Zurechnung von Hand ist auf diesem Server abgeschaltet (manual_credit_days ist 0)";
        "this conversion of {time} can no longer be credited by hand: that ended on {time}, {count} days after it (manual_credit_days)", "dieser Abschluss vom {1} lässt sich nicht mehr von Hand zurechnen: das ging bis {2}, {3} Tage danach (manual_credit_days)";

        // Deals, accounts, customers.
        "must not lie before opened_at" => "must not lie before it was opened", "darf nicht vor der Eröffnung liegen";
        "must not lie before its last move, at {time}", "darf nicht vor dem letzten Schritt liegen, am {1}";
        "the deal is in another stage by now", "das Geschäft ist inzwischen in einer anderen Phase";
        "the deal has been in no other stage", "das Geschäft war in keiner anderen Phase";
        "belongs to a deal that is won or lost; move it to such a stage", "gehört zu einem gewonnenen oder verlorenen Geschäft; es in eine solche Phase verschieben";
        "belongs to a deal that is won: move it to such a stage, or take the order off with \"order_id\": null" => "belongs to a deal that is won: move it to such a stage, or leave the order empty", "gehört zu einem gewonnenen Geschäft: es in eine solche Phase verschieben, oder die Bestellung leeren";
        "belongs to a stage; send the stage too", "gehört zu einer Phase; sie auch angeben";
        "belongs to the stage; send one of the two", "gehört zur Phase; eines von beiden angeben";
        "must be of kind open: the deal begins", "muss eine offene Phase sein: das Geschäft beginnt";
        "is for a deal that is made; this one has its stage", "gilt für ein neues Geschäft; dieses hat seine Phase";
        "another deal has that external id", "ein anderes Geschäft hat diese Kennung";
        "another account has that domain", "eine andere Firma hat diese Domain";
        "{quoted} is not a domain such as acme.example", "{1} ist keine Domain wie acme.example";
        "that account is this one, or a part of it", "diese Firma ist es selbst oder ein Teil davon";
        "is this customer, or a part of it", "ist dieser Kunde selbst oder ein Teil davon";
        "there is no customer {quoted}", "es gibt keinen Kunden {1}";
        "is this customer itself", "ist dieser Kunde selbst";
        "this customer was merged with no other", "dieser Kunde wurde mit keinem anderen zusammengeführt";

        // Reports of websites.
        "a {event} needs the order id that makes it unique", "{1} braucht die Bestellnummer, die den Abschluss eindeutig macht";
        "a {event} needs an order_id, a customer_id or an email", "{1} braucht order_id, customer_id oder email";
        "who is the visitor? An email will do", "wer ist der Besucher? Eine E-Mail-Adresse genügt";
        "is not the slug of a link that is in use" => "is not the ending of a link that is in use", "ist nicht die Endung eines benutzten Links";
        "whose touchpoint is it?", "wessen Berührungspunkt ist es?";
        "identify is not a conversion; send it to the pixel, the postback or the tag", "identify ist kein Abschluss; es an Pixel, Postback oder Tag senden";

        // Policies.
        "must be more than 0 and at most {decimal}", "muss mehr als 0 und höchstens {1} sein";
        "must be a share from 0 to 1", "muss ein Anteil von 0 bis 1 sein";
        "first and last together must not be more than 1", "erster und letzter zusammen dürfen nicht mehr als 1 sein";
        "first and last must not both be 0", "erster und letzter dürfen nicht beide 0 sein";
        "the custom model needs at least one kind with a weight above 0", "eigene Gewichte brauchen mindestens eine Art mit einem Gewicht über 0";
        "is missing: {model} learns from a period, {text}" => "say which period {1} is to learn from", "angeben, aus welchem Zeitraum {1} lernen soll";
        "no conversion from {time} to {time} has a touchpoint that counts; choose another period", "kein Abschluss vom {1} bis zum {2} hat einen Berührungspunkt, der zählt; einen anderen Zeitraum wählen";
        "the period has more than {count} of them; tell touchpoints apart by something coarser", "der Zeitraum hat mehr als {1} davon; Berührungspunkte gröber unterscheiden";
        "there are more than {count} different touchpoints", "es gibt mehr als {1} verschiedene Berührungspunkte";
        "markov: there are more than {count} different steps; use a lower order or fewer keys" => "there are more than {1} different steps; look back fewer steps, or tell touchpoints apart by something coarser", "es gibt mehr als {1} verschiedene Schritte; weniger Schritte zurückblicken oder Berührungspunkte gröber unterscheiden";
        "are learned from the period trained_on; leave them out", "werden aus dem Zeitraum gelernt; weglassen";
        "is for markov and shapley; leave it out" => "is for Markov and Shapley only; leave it empty", "ist nur für Markow und Shapley; leer lassen";
        "must not hold valid: nothing would be left" => "must not be all that is valid: nothing would be left", "darf gültige nicht enthalten: es bliebe nichts";
        "{quoted} is not a kind of touchpoint: {text}" => "there is no kind of touchpoint {1} any more", "die Art von Berührungspunkt {1} gibt es nicht mehr";
        "is not a {name}" => "is not there any more", "gibt es nicht mehr";
        "somebody changed or published this draft meanwhile; look at it again", "jemand hat diesen Entwurf inzwischen geändert oder veröffentlicht; bitte neu ansehen";
        "other simulations are running; try again in a moment", "andere Probeläufe sind im Gang; bitte gleich noch einmal versuchen";
        "must be false: nothing follows a retired policy", "darf nicht gesetzt sein: einem Regelwerk außer Kraft folgt nichts";
        "must be partners: nobody is paid by the policy of the teams; see /reports/teams", "muss für Partner sein: nach dem Regelwerk der Teams wird niemand bezahlt";
        "there are more than {count} conversions in this period; up to {text} there are fewer: go through it in parts, or use kudos reattribute --dry-run", "in diesem Zeitraum gibt es mehr als {1} Abschlüsse; bis {2} sind es weniger: in Teilen vorgehen, oder kudos reattribute --dry-run benutzen";
        "say which policy this is a version of, such as standard, and its model, such as linear", "sagen, von welchem Regelwerk dies eine Fassung ist, etwa standard, und nach welchem Modell, etwa linear";
        "needs what no policy version has yet", "braucht, was noch keine Fassung eines Regelwerks hat";
        "{text} is the only policy of the scope {name} without filters: conversions that do not fit these filters would follow no policy, and nobody would have credit for them. Give these rules a name of their own, and {text} stays for all others; if the others are to have none, retire {text}" => "{1} is the only policy for {2} without filters: conversions that do not fit these filters would follow no policy, and nobody would have credit for them. Give these rules a name of their own, and {1} stays for all others; if the others are to have none, retire {1} then", "{1} ist das einzige Regelwerk dieses Bereichs ohne Filter: Abschlüsse, auf die diese Filter nicht passen, folgten keinem Regelwerk und wären niemandem zugerechnet. Den Regeln einen eigenen Namen geben, dann bleibt {1} für alle anderen";
        "{text} is the only policy of the scope {name} without filters: conversions of that scope would follow no policy, and nobody would have credit for them. Give these rules a name of their own, and {text} stays for all others; if the others are to have none, retire {text}" => "{1} is the only policy for {2} without filters: conversions would follow no policy, and nobody would have credit for them. Give these rules a name of their own, and {1} stays for all others; if the others are to have none, retire {1} then", "{1} ist das einzige Regelwerk dieses Bereichs ohne Filter: Abschlüsse folgten keinem Regelwerk mehr und wären niemandem zugerechnet. Den Regeln einen eigenen Namen geben, dann bleibt {1} für alle anderen";
    }
}
