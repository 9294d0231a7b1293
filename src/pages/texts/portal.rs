//! Words of the partners' own pages: snippets, codes, rules, profile.

texts! {
    /// What the partners' own pages say.
    pub struct Portal {
        program: "The program", "Das Programm";

        // Snippets.
        snippets: "Ready-made", "Fertig zum Einsetzen";
        snippets_hint: "Each of these carries your link. Take the one that fits the place.", "Jedes davon enthält Ihren Link. Nehmen Sie, was zum Ort passt.";
        snippet_html: "Link for a web page (HTML)", "Link für eine Webseite (HTML)";
        snippet_qr: "QR code for a web page (HTML)", "QR-Code für eine Webseite (HTML)";
        snippet_qr_hint: "The picture is inside: nothing is loaded from elsewhere. For print, take the SVG.", "Das Bild steckt darin: Es wird nichts von anderswo geladen. Für den Druck das SVG nehmen.";
        snippet_banner: "Counting a banner that is shown (HTML)", "Das Zeigen eines Banners zählen (HTML)";
        snippet_banner_hint: "Put it beside your banner: seeing it then counts as well, not only the click.", "Neben das Banner setzen: Dann zählt auch das Sehen, nicht nur der Klick.";
        snippet_mail: "For an e-mail", "Für eine E-Mail";
        snippet_post: "For a post", "Für einen Beitrag";
        mail_text: "Hello, I can recommend this to you: {1}", "Hallo, das kann ich Ihnen empfehlen: {1}";
        post_text: "Worth a look: {1}", "Ein Blick lohnt sich: {1}";
        link_text: "Have a look", "Hier ansehen";

        // Codes.
        codes: "Codes", "Codes";
        code: "Code", "Code";
        codes_hint: "People type your code at checkout, upper or lower case: so you are found where nobody clicks, in a talk, in print or on the phone.", "Man gibt Ihren Code beim Bestellen ein, groß oder klein geschrieben: So werden Sie auch gefunden, wo niemand klickt, im Vortrag, im Druck oder am Telefon.";
        no_codes: "You have no code yet. Ask the team of the program for one: people type it at checkout, so it works where nobody can click.", "Sie haben noch keinen Code. Bitten Sie die Betreuung des Programms um einen: Man gibt ihn beim Bestellen ein, er wirkt also, wo niemand klicken kann.";
        code_conversions: "Conversions", "Abschlüsse";

        // Rules.
        rules: "The rules", "Die Regeln";
        rules_lead: "How credit is given, as the program computes it today.", "Wie zugerechnet wird, so wie das Programm heute rechnet.";
        no_rules: "No rules are in force yet: conversions are kept, and shared once there are some.", "Noch gelten keine Regeln: Abschlüsse werden aufbewahrt und geteilt, sobald es welche gibt.";
        in_force: "In force since {1}", "In Kraft seit {1}";
        in_force_always: "In force from the beginning", "Von Anfang an in Kraft";
        was_in_force: "from {1} to {2}", "von {1} bis {2}";
        was_in_force_until: "from the beginning to {1}", "von Anfang an bis {1}";
        earlier_rules: "Earlier rules", "Frühere Regeln";
        earlier_rules_hint: "A conversion keeps to the rules that were in force when it happened; its page names them.", "Ein Abschluss folgt den Regeln, die galten, als er geschah; seine Seite nennt sie.";
        most_special: "Where several of these fit a conversion, the most special one decides.", "Passen mehrere davon auf einen Abschluss, entscheidet die speziellste.";

        // Profile.
        profile: "Profile", "Profil";
        profile_lead: "What the program knows of you as a partner.", "Was das Programm von Ihnen als Partner weiß.";
        other_names: "Also known as", "Auch bekannt als";
        other_names_none: "No other names", "Keine weiteren Namen";
        no_group: "No group", "Keine Gruppe";
        partner_since: "Partner since", "Partner seit";
        profile_ask: "The team of the program looks after these, as credit depends on them: the address keeps your own purchases apart, and the other names tell whom buyers mean when they say where they heard of us. Something is wrong? Tell them.", "Die Betreuung des Programms pflegt diese Angaben, denn die Zurechnung hängt davon ab: Die Adresse trennt Eigenkäufe ab, und die weiteren Namen sagen, wen Käufer meinen, wenn sie sagen, woher sie uns kennen. Stimmt etwas nicht? Sagen Sie Bescheid.";
        your_account: "Your own name, language and password", "Ihr eigener Name, Sprache und Passwort";
    }
}
