//! The words about codes, campaigns, the live feed, saved views, imports and notes.

texts! {
    /// What the pages about that say.
    pub struct Promotion {
        // The overview.
        compare: "Compare with", "Vergleichen mit";
        compare_before: "the period before", "dem Zeitraum davor";
        compare_year: "the same days a year before", "denselben Tagen ein Jahr davor";
        compare_none: "nothing", "nichts";
        period_cut: "Shown from {1} on, not from {2}: a page shows at most {3} days.", "Gezeigt ab {1}, nicht schon ab {2}: Eine Seite zeigt höchstens {3} Tage.";
        period_before: "Period before", "Zeitraum davor";
        year_before: "Year before", "Jahr davor";
        against_year: "against a year before", "gegenüber dem Vorjahr";
        to_decide: "What needs a decision", "Was eine Entscheidung braucht";
        registrations_open: "{1:Deal registration|Deal registrations} to approve", "{1:angemeldetes Geschäft|angemeldete Geschäfte} zu entscheiden";
        rejected_week: "{1:Rejected hit|Rejected hits} in 7 days", "{1:abgewiesene Meldung|abgewiesene Meldungen} in 7 Tagen";
        discrepancies: "{1:Discrepancy|Discrepancies} in 7 days", "{1:Unstimmigkeit|Unstimmigkeiten} in 7 Tagen";
        nothing_to_decide: "Nothing waits for you.", "Nichts wartet auf Sie.";
        or_more: "or more", "oder mehr";
        live: "Live", "Live";
        live_none: "No touchpoint in the last day. Open one of the links: its click shows here within a second or two.", "Kein Berührungspunkt am letzten Tag. Einen der Links öffnen: Der Klick erscheint hier nach ein, zwei Sekunden.";
        live_on: "New ones appear by themselves.", "Neue erscheinen von selbst.";
        live_full: "Too many live feeds are open. Close one in another window, then load this page again.", "Zu viele Live-Ansichten sind offen. Eine in einem anderen Fenster schließen und diese Seite neu laden.";

        // Saved views.
        save_view: "Save this view", "Diese Ansicht merken";
        saved_views: "Saved views", "Gemerkte Ansichten";
        saved_views_lead: "Pages with their period, filters and order, under names of your own. Only you see them.", "Seiten mit Zeitraum, Filtern und Sortierung, unter eigenen Namen. Nur Sie sehen sie.";
        view_name: "Name of the view", "Name der Ansicht";
        view_saved: "The view is saved. It stands in the menu.", "Die Ansicht ist gemerkt. Sie steht im Menü.";
        view_removed: "The view is deleted.", "Die Ansicht ist gelöscht.";
        restored: "It is back.", "Es ist wieder da.";
        no_views: "No saved views yet. Choose a period or filter on any page, then save it under a name beside its title.", "Noch keine gemerkten Ansichten. Auf einer Seite Zeitraum oder Filter wählen und neben dem Titel unter einem Namen merken.";
        manage_views: "Manage views", "Ansichten verwalten";
        rename: "Rename", "Umbenennen";
        undo: "Undo", "Rückgängig";
        delete: "Delete", "Löschen";
        cancel: "Cancel", "Abbrechen";

        // Codes.
        codes: "Codes", "Codes";
        code: "Code", "Code";
        new_code: "New code", "Neuer Code";
        mint_code: "Mint code", "Code prägen";
        code_hint: "What people type at the checkout, such as SAM20; made up when empty.", "Was Leute an der Kasse eingeben, etwa SAM20; leer: wird ausgedacht.";
        code_to_hand_out: "The code to hand out", "Der Code zum Weitergeben";
        code_use_hint: "It counts when a sale is reported with it, or when a visitor comes with it in the address.", "Er zählt, wenn ein Verkauf mit ihm gemeldet wird oder jemand mit ihm in der Adresse kommt.";
        code_minted: "The code is ready.", "Der Code ist bereit.";
        edit_code: "Edit code", "Code bearbeiten";
        no_codes: "No codes yet. A code is for podcasts, print and everything else that nobody clicks on. Mint the first with “New code”.", "Noch keine Codes. Ein Code ist für Podcasts, Gedrucktes und alles, worauf niemand klickt. Den ersten über „Neuer Code“ prägen.";
        code_unused: "Nobody has used this code in the last {1} days. Hand it out: people type it at checkout.", "In den letzten {1} Tagen hat niemand diesen Code benutzt. Weitergeben: Man gibt ihn beim Bestellen ein.";
        no_partner_for_code: "A code belongs to a partner. Create one first.", "Ein Code gehört einem Partner. Zuerst einen anlegen.";
        uses: "Uses", "Nutzungen";
        uses_30: "Uses, 30 days", "Nutzungen, 30 Tage";
        code_sales: "Conversions with this code", "Abschlüsse mit diesem Code";

        // Campaigns.
        campaigns: "Campaigns", "Kampagnen";
        new_campaign: "New campaign", "Neue Kampagne";
        edit_campaign: "Edit campaign", "Kampagne bearbeiten";
        campaign_lead: "A campaign groups links and codes.", "Eine Kampagne fasst Links und Codes zusammen.";
        campaign_utm_hint: "For links of this campaign that set none of their own.", "Für Links dieser Kampagne, die selbst nichts setzen.";
        no_campaigns: "No campaigns yet. A campaign groups links and codes, so that their numbers add up in one place.", "Noch keine Kampagnen. Eine Kampagne fasst Links und Codes zusammen, damit sich ihre Zahlen an einem Ort summieren.";
        remove_campaign: "Only a campaign that no link, code or click belongs to can be removed.", "Nur eine Kampagne, zu der kein Link, Code oder Klick gehört, lässt sich entfernen.";
        campaign_used: "Links, codes, clicks or credits belong to this campaign; only an unused one can be removed.", "Links, Codes, Klicks oder Zurechnungen gehören zu dieser Kampagne; nur eine unbenutzte lässt sich entfernen.";
        campaign_empty: "No link of this campaign yet. Choose the campaign when you edit a link.", "Noch kein Link in dieser Kampagne. Beim Bearbeiten eines Links die Kampagne wählen.";

        // The UTM builder.
        utm_builder: "UTM parameters", "UTM-Parameter";
        preview: "Preview", "Vorschau";
        preview_lead: "Where the link will lead", "Wohin der Link führen wird";
        preview_hint: "Each click also gets its own id.", "Jeder Klick bekommt zudem eine eigene Kennung.";

        // Imports.
        bulk_import: "Import from a file", "Aus einer Datei einlesen";
        import: "Import", "Import";
        import_lead: "Up to 1,000 rows at once. Nothing is written before you have seen what would become of each row.", "Bis zu 1.000 Zeilen auf einmal. Nichts wird geschrieben, bevor Sie gesehen haben, was aus jeder Zeile würde.";
        import_what: "What the rows are", "Was die Zeilen sind";
        import_rows: "Rows", "Zeilen";
        import_paste: "Paste the rows, the first of which names the columns, by these names or as the forms do. Commas, semicolons and tabs all do.", "Die Zeilen einfügen; die erste nennt die Spalten, mit diesen Namen oder wie in den Formularen. Kommas, Semikolons und Tabulatoren gehen alle.";
        import_file: "Or choose a CSV file", "Oder eine CSV-Datei wählen";
        import_file_hint: "At most 1 MB, in UTF-8, UTF-16 or Windows-1252, as spreadsheets write them.", "Höchstens 1 MB, in UTF-8, UTF-16 oder Windows-1252, wie Tabellenprogramme sie schreiben.";
        import_columns: "Columns", "Spalten";
        import_partners: "name (needed), email, external_id, group", "name (nötig), email, external_id, group";
        import_links: "destination (needed), partner (needed: name, external_id or id), slug, campaign, fallback_url, utm_source, utm_medium, utm_campaign, utm_term, utm_content", "destination (nötig), partner (nötig: Name, external_id oder Kennung), slug, campaign, fallback_url, utm_source, utm_medium, utm_campaign, utm_term, utm_content";
        import_campaigns: "name (needed), utm_source, utm_medium, utm_campaign, utm_term, utm_content", "name (nötig), utm_source, utm_medium, utm_campaign, utm_term, utm_content";
        import_codes: "partner (needed: name, external_id or id), code, campaign", "partner (nötig: Name, external_id oder Kennung), code, campaign";
        import_check: "Check the rows", "Zeilen prüfen";
        import_result: "What would become of the rows", "Was aus den Zeilen würde";
        import_done: "What became of the rows", "Was aus den Zeilen wurde";
        unused_columns: "Columns that are not used", "Spalten, die nicht gebraucht werden";
        import_read_as: "The file is not UTF-8. See that letters such as ä and é are right: it was read as", "Die Datei ist nicht UTF-8. Bitte prüfen, ob Buchstaben wie ä und é stimmen: Gelesen wurde sie als";
        import_lost_letters: "Some letters are lost (\u{fffd}): the file was read as UTF-8 and is none. Choose the file anew, or save it as CSV UTF-8.", "Einige Buchstaben sind verloren (\u{fffd}): Die Datei wurde als UTF-8 gelesen und ist es nicht. Die Datei neu wählen oder als CSV UTF-8 speichern.";
        import_open: "A quote is opened in row {1} and not closed. Close it, or write two where one is meant.", "In Zeile {1} wird ein Anführungszeichen geöffnet und nicht geschlossen. Bitte schließen, oder zwei schreiben, wo eines gemeint ist.";
        doubled_columns: "a column is there twice", "eine Spalte steht zweimal da";
        surplus_cells: "has more cells than there are columns", "hat mehr Zellen, als es Spalten gibt";
        email_address: "E-mail address", "E-Mail-Adresse";
        no_such_partner: "names no partner, or several: use the id, the external_id or the exact name", "nennt keinen Partner oder mehrere: Kennung, external_id oder genauen Namen verwenden";
        no_such_campaign: "names no campaign", "nennt keine Kampagne";
        partner_is_there: "is the name of a partner already", "ist schon der Name eines Partners";
        import_none: "There is no row to read.", "Es gibt keine Zeile zu lesen.";
        import_confirm: "Create the rows that fit", "Die passenden Zeilen anlegen";
        import_dry: "Nothing is written yet.", "Noch ist nichts geschrieben.";
        import_again: "Another import", "Noch ein Import";
        import_change: "Change the rows", "Zeilen ändern";
        import_left_out: "Correct the rows left out", "Ausgelassene Zeilen berichtigen";
        row: "Row", "Zeile";
        outcome: "Outcome", "Ergebnis";
        problem: "What is wrong", "Was nicht stimmt";
        would_create: "Would be created", "Würde angelegt";
        was_created: "Created", "Angelegt";
        left_out: "Left out", "Ausgelassen";
        ready_rows: "{1} {1:fits|fit}", "{1} {1:passt|passen}";
        bad_rows: "{1} {1:does|do} not fit", "{1} {1:passt|passen} nicht";
        needs_columns: "a column is missing", "eine Spalte fehlt";
        too_many_rows: "There are more than 1,000 rows; import them in parts.", "Es sind mehr als 1.000 Zeilen; bitte in Teilen einlesen.";

        // A partner's page.
        notes: "Notes", "Notizen";
        note: "Note", "Notiz";
        note_hint: "Only your organisation sees notes, never the partner.", "Nur Ihre Organisation sieht Notizen, nie der Partner.";
        add_note: "Add note", "Notiz hinzufügen";
        note_saved: "The note is saved.", "Die Notiz ist gespeichert.";
        note_removed: "The note is deleted.", "Die Notiz ist gelöscht.";
        no_notes: "No notes yet.", "Noch keine Notizen.";
        partner_rests: "Nothing here. This partner is disabled: once it is enabled again, links and codes can be made for it.", "Hier ist nichts. Dieser Partner ist abgeschaltet: Ist er wieder eingeschaltet, lassen sich Links und Codes für ihn anlegen.";
        latest_credits: "Latest conversions credited", "Zuletzt zugerechnete Abschlüsse";
        no_credits: "No conversion of the last 90 days was credited to this partner.", "In den letzten 90 Tagen wurde diesem Partner kein Abschluss zugerechnet.";
        share: "Share", "Anteil";
    }
}

impl Promotion {
    /// What was just done, by the name that a redirect carries.
    pub fn notice(&self, done: &str) -> Option<&'static str> {
        Some(match done {
            "view_saved" => self.view_saved,
            "view_removed" => self.view_removed,
            "restored" => self.restored,
            "code_minted" => self.code_minted,
            "note_saved" => self.note_saved,
            "note_removed" => self.note_removed,
            _ => return None,
        })
    }
}
