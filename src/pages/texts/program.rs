//! The words of the program's settings: kinds of touchpoint, groups, keys, stages of deals.

texts! {
    /// What the pages of the program's settings say.
    pub struct Program {
        sure_remove: "Remove for good", "Endgültig entfernen";
        remove: "Remove", "Entfernen";
        take_back: "Take back", "Zurücknehmen";
        rename: "Rename", "Umbenennen";

        // The navigation.
        kinds_short: "Touchpoint kinds", "Arten";
        groups_short: "Groups", "Gruppen";
        stages_short: "Deal stages", "Phasen";

        // Kinds.
        kinds: "Kinds of touchpoint", "Arten von Berührungspunkten";
        kinds_lead: "What partners and teams do that may count. Weight and lookback hold where a policy says nothing of the kind; a change counts for what is credited from then on.", "Was Partner und Teams tun und zählen kann. Gewicht und Rückblick gelten, wo ein Regelwerk nichts zur Art sagt; eine Änderung gilt für alles, was danach zugerechnet wird.";
        new_kind: "New kind", "Neue Art";
        kind_name_hint: "Lower-case letters, digits and _, such as webinar.", "Kleinbuchstaben, Ziffern und _, etwa webinar.";
        team: "Team", "Team";
        team_hint: "Where a touchpoint names none.", "Wo ein Berührungspunkt keines nennt.";
        weight: "Weight", "Gewicht";
        weight_hint: "The model's weight is multiplied with it; 0: it never counts.", "Damit wird das Gewicht des Modells malgenommen; 0: zählt nie.";
        lookback: "Lookback, days", "Rückblick, Tage";
        lookback_hint: "How many days before the conversion it may lie. Empty: what the policy says.", "Wie viele Tage vor dem Abschluss er liegen darf. Leer: was das Regelwerk sagt.";
        as_policy: "As the policy says", "Wie das Regelwerk sagt";
        built_in: "Built in", "Eingebaut";
        built_in_text: "Kudos records this kind by itself: its team stays, and it cannot be disabled.", "Kudos erfasst diese Art selbst: Ihr Team bleibt, und sie lässt sich nicht abschalten.";
        kind_disabled_text: "Disabled: no more of it is entered. What there is goes on counting.", "Abgeschaltet: Es wird keiner mehr eingetragen. Was es gibt, zählt weiter.";
        kind_remove_sure: "Only a kind that was never used can be removed: no touchpoint is of it and no policy names it. To let no more of it in, disable it.", "Nur eine nie benutzte Art lässt sich entfernen: Kein Berührungspunkt ist von ihr, und kein Regelwerk nennt sie. Damit keine mehr dazukommen, abschalten.";

        // Groups.
        groups: "Groups of partners", "Partnergruppen";
        groups_lead: "A group, such as a tier, gathers partners that policies may treat alike.", "Eine Gruppe, etwa eine Stufe, fasst Partner zusammen, die Regeln gleich behandeln können.";
        new_group: "New group", "Neue Gruppe";
        no_groups: "No groups yet. Make one above, then choose it on a partner's page.", "Noch keine Gruppen. Oben eine anlegen, dann auf der Seite eines Partners wählen.";
        partners_in_it: "Partners in it", "Partner darin";
        group_remove_sure: "Only a group without partners can be removed.", "Nur eine Gruppe ohne Partner lässt sich entfernen.";
        group_in_use: "Partners belong to this group: move them to another one first.", "Zu dieser Gruppe gehören Partner: sie zuerst in eine andere verschieben.";

        // Keys.
        keys: "API keys", "API-Schlüssel";
        keys_lead: "Programs show a key to use the API. Give each its own, with no wider reach than it needs, so that you can revoke one without the others.", "Programme zeigen einen Schlüssel, um die API zu nutzen. Jedem einen eigenen geben, der nicht weiter reicht als nötig, damit sich einer ohne die anderen widerrufen lässt.";
        new_key: "New key", "Neuer Schlüssel";
        key_name_hint: "What it is for, such as: shop, production.", "Wofür er ist, etwa: Shop, Produktion.";
        scope: "Reach", "Reichweite";
        scope_track: "Track: report conversions and touchpoints", "Erfassen: Abschlüsse und Berührungspunkte melden";
        scope_read: "Read: look at everything", "Lesen: alles ansehen";
        scope_admin: "Admin: everything", "Admin: alles";
        short_track: "Track", "Erfassen";
        short_read: "Read", "Lesen";
        short_admin: "Admin", "Admin";
        begins_with: "Begins with", "Beginnt mit";
        last_used: "Last used", "Zuletzt benutzt";
        never: "Never", "Nie";
        revoked: "Revoked", "Widerrufen";
        revoke: "Revoke", "Schlüssel widerrufen";
        revoke_sure: "Programs that show this key are refused at once, for good. It cannot be taken back; make a new key first if one is still needed.", "Programme, die diesen Schlüssel zeigen, werden sofort und für immer abgewiesen. Das lässt sich nicht zurücknehmen; zuerst einen neuen anlegen, wenn noch einer gebraucht wird.";
        key_made: "The new key", "Der neue Schlüssel";
        key_made_hint: "Keep it now: only its hash is stored, so it is never shown again.", "Jetzt aufbewahren: Nur sein Hash wird gespeichert, er wird nie wieder gezeigt.";
        key_how: "Programs send it with every request, in this header:", "Programme senden ihn mit jeder Anfrage, in dieser Kopfzeile:";
        no_keys: "No keys.", "Keine Schlüssel.";

        // Stages.
        stages: "Stages of deals", "Phasen von Geschäften";
        stages_lead: "The stages that a deal goes through, in their order. There is always at least one that is open, one that is won and one that is lost.", "Die Phasen, die ein Geschäft durchläuft, in ihrer Reihenfolge. Es gibt immer mindestens eine offene, eine gewonnene und eine verlorene.";
        new_stage: "New stage", "Neue Phase";
        stage_kind: "A deal in it is", "Ein Geschäft darin ist";
        stage_open: "Open", "Offen";
        stage_won: "Won", "Gewonnen";
        stage_lost: "Lost", "Verloren";
        place: "Place", "Platz";
        place_hint: "Stages are ordered by it. Empty: after all others.", "Danach sind die Phasen geordnet. Leer: nach allen anderen.";
        stage_remove_sure: "Only a stage that no deal has ever been in can be removed.", "Nur eine Phase, in der nie ein Geschäft war, lässt sich entfernen.";
    }
}
