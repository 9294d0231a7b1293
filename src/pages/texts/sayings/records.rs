//! What is stored or found out of other things than credit: registrations, discrepancies, what led to nobody.

sayings! {
    /// Clauses about records.
    pub const RECORDS = {
        // Registrations of deals.
        "another partner has a claim on this account until {date}", "ein anderer Partner hat bis {1} Anspruch auf diese Firma";
        "another partner registered this account first, on {date}", "ein anderer Partner hat diese Firma zuerst angemeldet, am {1}";
        "another partner registered this account later, on {date}", "ein anderer Partner hat diese Firma später angemeldet, am {1}";
        "yours came first and stands", "Ihre Anmeldung kam zuerst und gilt";
        "nobody decided by {time}, so it has expired", "bis {1} hat niemand entschieden, deshalb ist sie verfallen";
        "nobody decided by {date}, so it has expired", "bis {1} hat niemand entschieden, deshalb ist sie verfallen";
        "nobody decided by {date}", "bis {1} hat niemand entschieden";
        "register the deal again", "das Geschäft neu anmelden";
        "it can be submitted again", "sie lässt sich noch einmal einreichen";
        "this partner has registered this account already: {name}, {name}" => "there is a registration of this account by the same partner already", "diese Firma ist vom selben Partner schon angemeldet";
        "this registration is decided: {name}", "über diese Anmeldung ist schon entschieden";
        "another registration of this deal was approved", "eine andere Anmeldung dieses Geschäfts wurde angenommen";

        // Discrepancies.
        "the partner {text} is disabled", "der Partner {1} ist abgeschaltet";
        "the {kind} came after the conversion", "der Berührungspunkt ({1}) kam nach dem Abschluss";
        "the deal {quoted} has no touchpoint", "das Geschäft {1} hat keinen Berührungspunkt";
        "order {quoted} was recorded with {money}, then reported with {money}", "Bestellung {1} wurde mit {2} erfasst, dann mit {3} gemeldet";
        "order {quoted} was recorded with no amount, then reported with {money}", "Bestellung {1} wurde ohne Betrag erfasst, dann mit {2} gemeldet";
        "order {quoted} was recorded with {money}, then reported with no amount", "Bestellung {1} wurde mit {2} erfasst, dann ohne Betrag gemeldet";
        "order {quoted} was recorded with no amount, then reported with no amount", "Bestellung {1} wurde ohne Betrag erfasst, dann wieder ohne Betrag gemeldet";

        // What a conversion named and what led to nobody.
        "the code {text} is not known: no partner has one that is spelled so", "der Code {1} ist nicht bekannt: kein Partner hat einen, der so geschrieben wird";
        "the code {text} is disabled", "der Code {1} ist abgeschaltet";
        "the code {text} is that of {text}, who is disabled", "der Code {1} gehört {2}, und dieser Partner ist abgeschaltet";
        "the code {text} was not in use when this was recorded", "der Code {1} galt nicht, als dies erfasst wurde";
        "it counts from now on", "er zählt von jetzt an";
        "the click {name} is older than touchpoints are kept", "der Klick {1} ist älter, als Berührungspunkte aufbewahrt werden";
        "the click {name} is not known", "der Klick {1} ist nicht bekannt";
        "it may be mistyped, of another program, or still on its way", "er kann vertippt sein, aus einem anderen Programm stammen oder noch unterwegs sein";
    }
}
