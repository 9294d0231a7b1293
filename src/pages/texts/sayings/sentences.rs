//! What one partner is told of a conversion, and words that stand in sentences.

sayings! {
    /// Sentences for partners.
    pub const SENTENCES = {
        "you were the only partner whose touchpoints count", "Sie waren der einzige Partner, dessen Berührungspunkte zählen" | "it was the only partner whose touchpoints count", "er war der einzige Partner, dessen Berührungspunkte zählen";
        "you were the {ordinal} of {cardinal} partners", "Sie waren der {1} von {2} Partnern" | "it was the {1} of {2} partners", "er war der {1} von {2} Partnern";
        "you get all of it", "Sie bekommen alles" | "it gets all of it", "er bekommt alles";
        "you get nothing of it", "Sie bekommen nichts davon" | "it gets nothing of it", "er bekommt nichts davon";
        "why", "Grund";
        "{percent} was given by hand, and you get the rest, {percent}", "{1} wurden von Hand gegeben, und Sie bekommen den Rest, {2}" | "{1} was given by hand, and it gets the rest, {2}", "{1} wurden von Hand gegeben, und er bekommt den Rest, {2}";
        "under {title} each gets {part}", "nach dem Modell {1} bekommt jeder {2}";
        "under {title} you get nothing of it", "nach dem Modell {1} bekommen Sie nichts davon" | "under {1} it gets nothing of it", "nach dem Modell {1} bekommt er nichts davon";
        "under {title} you get all of it", "nach dem Modell {1} bekommen Sie alles" | "under {1} it gets all of it", "nach dem Modell {1} bekommt er alles";
        "under {title} you get {percent}", "nach dem Modell {1} bekommen Sie {2}" | "under {1} it gets {2}", "nach dem Modell {1} bekommt er {2}";
        "as before each gets {part}", "wie zuvor bekommt jeder {1}";
        "as before you get nothing of it", "wie zuvor bekommen Sie nichts davon" | "as before it gets nothing of it", "wie zuvor bekommt er nichts davon";
        "as before you get all of it", "wie zuvor bekommen Sie alles" | "as before it gets all of it", "wie zuvor bekommt er alles";
        "as before you get {percent}", "wie zuvor bekommen Sie {1}" | "as before it gets {1}", "wie zuvor bekommt er {1}";
        "{percent} was given by hand, and of the rest under {title} each gets {part}, {percent} of the whole", "{1} wurden von Hand gegeben, und vom Rest bekommt nach dem Modell {2} jeder {3}, {4} vom Ganzen";
        "{percent} was given by hand, and of the rest as before each gets {part}, {percent} of the whole", "{1} wurden von Hand gegeben, und vom Rest bekommt wie zuvor jeder {2}, {3} vom Ganzen";
        "{percent} was given by hand, and of the rest under {title} you get {percent} of the whole", "{1} wurden von Hand gegeben, und vom Rest bekommen Sie nach dem Modell {2} {3} vom Ganzen" | "{1} was given by hand, and of the rest under {2} it gets {3} of the whole", "{1} wurden von Hand gegeben, und vom Rest bekommt er nach dem Modell {2} {3} vom Ganzen";
        "{percent} was given by hand, and of the rest under {title} you get nothing of it", "{1} wurden von Hand gegeben, und vom Rest bekommen Sie nach dem Modell {2} nichts" | "{1} was given by hand, and of the rest under {2} it gets nothing of it", "{1} wurden von Hand gegeben, und vom Rest bekommt er nach dem Modell {2} nichts";
        "{percent} was given by hand, and of the rest as before you get {percent} of the whole", "{1} wurden von Hand gegeben, und vom Rest bekommen Sie wie zuvor {2} vom Ganzen" | "{1} was given by hand, and of the rest as before it gets {2} of the whole", "{1} wurden von Hand gegeben, und vom Rest bekommt er wie zuvor {2} vom Ganzen";
        "{percent} was given by hand, and of the rest as before you get nothing of it", "{1} wurden von Hand gegeben, und vom Rest bekommen Sie wie zuvor nichts" | "{1} was given by hand, and of the rest as before it gets nothing of it", "{1} wurden von Hand gegeben, und vom Rest bekommt er wie zuvor nichts";
        "an admin gave you all of it by hand: {text}", "ein Admin hat Ihnen alles von Hand gegeben: {1}" | "it was given all of it by hand, by an admin: {1}", "er hat von einem Admin alles von Hand bekommen: {1}";
        "an admin gave you {percent} by hand: {text}", "ein Admin hat Ihnen {1} von Hand gegeben: {2}" | "it was given {1} by hand, by an admin: {2}", "er hat von einem Admin {1} von Hand bekommen: {2}";
        "the rest is shared under {title}", "der Rest wird nach dem Modell {1} geteilt";
        "the rest is shared as before", "der Rest wird wie zuvor geteilt";
    }
}

sayings! {
    /// The places of partners.
    pub const ORDINALS = {
        "first", "erste";
        "second", "zweite";
        "third", "dritte";
        "fourth", "vierte";
        "fifth", "fünfte";
        "sixth", "sechste";
        "seventh", "siebte";
        "eighth", "achte";
        "ninth", "neunte";
        "tenth", "zehnte";
    }
}

sayings! {
    /// Small numbers.
    pub const CARDINALS = {
        "one", "einem";
        "two", "zwei";
        "three", "drei";
        "four", "vier";
        "five", "fünf";
        "six", "sechs";
        "seven", "sieben";
        "eight", "acht";
        "nine", "neun";
        "ten", "zehn";
    }
}

sayings! {
    /// Equal parts.
    pub const PARTS = {
        "half", "die Hälfte";
        "a third", "ein Drittel";
        "a quarter", "ein Viertel";
        "a fifth", "ein Fünftel";
        "a sixth", "ein Sechstel";
        "a seventh", "ein Siebtel";
        "an eighth", "ein Achtel";
        "a ninth", "ein Neuntel";
        "a tenth", "ein Zehntel";
    }
}

sayings! {
    /// What a touchpoint is among the others; models with milestones give several to one.
    pub const ROLES = {
        "first", "der erste";
        "last", "der letzte";
        "first and last", "erster und letzter";
        "in the middle", "einer in der Mitte";
        "between the milestones", "einer zwischen den Meilensteinen";
        "lead", "der zum Interessenten";
        "opportunity", "der zur Eröffnung des Geschäfts";
        "close", "der zum Abschluss";
        "first and lead", "erster und der zum Interessenten";
        "first and opportunity", "erster und der zur Eröffnung des Geschäfts";
        "first and close", "erster und der zum Abschluss";
        "lead and opportunity", "der zum Interessenten und zur Eröffnung des Geschäfts";
        "lead and close", "der zum Interessenten und zum Abschluss";
        "opportunity and close", "der zur Eröffnung des Geschäfts und zum Abschluss";
        "first and lead and opportunity", "erster und der zum Interessenten und zur Eröffnung des Geschäfts";
        "first and lead and close", "erster und der zum Interessenten und zum Abschluss";
        "first and opportunity and close", "erster und der zur Eröffnung des Geschäfts und zum Abschluss";
        "lead and opportunity and close", "der zum Interessenten, zur Eröffnung des Geschäfts und zum Abschluss";
        "first and lead and opportunity and close", "erster und der zum Interessenten, zur Eröffnung des Geschäfts und zum Abschluss";
    }
}
