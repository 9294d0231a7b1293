//! Every word of the pages, in every language. Another language is another column here and in the parts below, and a
//! variant of [`Language`].

use crate::domain::user::Language;
use crate::domain::verdict::Verdict;

/// The words of one part of the pages.
pub trait Words: 'static {
    /// Those of a language.
    fn in_language(language: Language) -> &'static Self;
}

macro_rules! texts {
    ($(#[$about:meta])* pub struct $Part:ident { $($name:ident: $english:literal, $german:literal;)+ }) => {
        $(#[$about])*
        #[derive(Debug)]
        #[expect(missing_docs, reason = "each name says what it is in English")]
        pub struct $Part { $(pub $name: &'static str,)+ }

        impl $crate::pages::texts::Words for $Part {
            fn in_language(language: $crate::domain::user::Language) -> &'static $Part {
                static ENGLISH: $Part = $Part { $($name: $english,)+ };
                static GERMAN: $Part = $Part { $($name: $german,)+ };
                match language {
                    $crate::domain::user::Language::English => &ENGLISH,
                    $crate::domain::user::Language::German => &GERMAN,
                }
            }
        }

        #[cfg(test)]
        #[test]
        fn every_text_is_there_in_every_language() {
            for (name, english, german) in [$((stringify!($name), $english, $german),)+] {
                assert!(!english.is_empty() && !german.is_empty(), "{name}");
                assert_eq!(english.ends_with('.'), german.ends_with('.'), "{name}");
            }
        }
    };
}

mod called;
mod deals;
mod journeys;

pub mod policies;
mod portal;
pub mod program;
mod promotion;
mod registrations;
mod rules;
pub mod sayings;
pub mod system;
pub mod trouble;

pub use called::Called;
pub use deals::Deals;
pub use journeys::Journeys;
pub use portal::Portal;
pub use promotion::Promotion;
pub use registrations::Registrations;
pub use rules::RuleWords;

/// What was just done, by the name that a redirect carries.
pub fn notice(language: Language, done: &str) -> Option<&'static str> {
    let said = Texts::in_language(language).notice(done);
    said.or_else(|| Promotion::in_language(language).notice(done))
        .or_else(|| Registrations::in_language(language).notice(done))
        .or_else(|| Deals::in_language(language).notice(done))
        .or_else(|| Journeys::in_language(language).notice(done))
}

/// A text with values in the places `{1}`, `{2}` .., and words that go by how many a value is: `{1} {1:click|clicks}` has the first
/// where the value is 1. What a value holds stays as it is.
pub fn fill(text: &str, values: &[&str]) -> String {
    let value = |place: &str| values.get(place.parse::<usize>().ok()?.checked_sub(1)?).copied();
    let filled_in = |inside: &str| match inside.split_once(':') {
        None => value(inside).map(str::to_owned),
        Some((place, words)) => {
            let (one, many) = words.split_once('|')?;
            value(place).map(|value| if value == "1" { one.to_owned() } else { many.to_owned() })
        }
    };
    let mut parts = text.split('{');
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once('}').and_then(|(inside, rest)| Some((filled_in(inside)?, rest))) {
            Some((value, rest)) => filled.extend([value.as_str(), rest]),
            None => filled.extend(["{", part]),
        }
    }
    filled
}

texts! {
    /// What most pages say.
    pub struct Texts {
        // Around every page.
        menu: "Menu", "Menü";
        skip_to_content: "Skip to the content", "Zum Inhalt springen";
        overview: "Overview", "Übersicht";
        partners: "Partners", "Partner";
        partner: "Partner", "Partner";
        links: "Links", "Links";
        link: "Link", "Link";
        touchpoints: "Touchpoints", "Berührungspunkte";
        conversions: "Conversions", "Abschlüsse";
        users: "Users", "Benutzer";
        credit: "Credit", "Zurechnung";
        settings: "Settings", "Einstellungen";
        system: "System", "System";
        sign_out: "Sign out", "Abmelden";
        dark_colours: "Dark colours", "Dunkle Farben";
        light_colours: "Light colours", "Helle Farben";
        previous: "Previous", "Zurück";
        next: "Next", "Weiter";
        search: "Search", "Suchen";
        search_in: "Search in", "Suchen in";
        pages_of: "Pages of", "Seiten von";
        show_all: "Show all", "Alle zeigen";
        not_narrowed: "The address of this page says “{1}”, which means nothing here: the list is not narrowed down by it.", "In der Adresse dieser Seite steht „{1}“, was hier nichts bedeutet: Die Liste ist danach nicht eingegrenzt.";
        nothing_found: "Nothing matches this search.", "Nichts passt zu dieser Suche.";
        none: "None", "Keine";
        choose: "Choose", "Bitte wählen";
        unknown: "Unknown", "Unbekannt";
        save: "Save", "Speichern";
        create: "Create", "Anlegen";
        edit: "Edit", "Bearbeiten";
        enable: "Enable", "Einschalten";
        disable: "Disable", "Abschalten";
        active: "Active", "Aktiv";
        disabled: "Disabled", "Abgeschaltet";
        name: "Name", "Name";
        email: "E-mail", "E-Mail";
        status: "Status", "Status";
        created: "Created", "Angelegt";
        copy: "Copy", "Kopieren";
        copied: "Copied", "Kopiert";
        saved: "Saved.", "Gespeichert.";
        removed: "Removed.", "Entfernt.";
        published_before: "The draft was published already: this is what it became.", "Der Entwurf war schon veröffentlicht: Das ist daraus geworden.";
        published: "Published. Conversions follow it from the moment it applies.", "Veröffentlicht. Abschlüsse folgen dem Regelwerk, sobald es gilt.";
        disabled_now: "Disabled. Its history stays; you can enable it again.", "Abgeschaltet. Die Vergangenheit bleibt; es lässt sich wieder einschalten.";
        enabled_now: "Enabled.", "Eingeschaltet.";
        link_minted: "The link is ready: copy it, or test it.", "Der Link ist bereit: kopieren oder testen.";

        // Signing in.
        sign_in: "Sign in", "Anmelden";
        password: "Password", "Passwort";
        new_password: "New password", "Neues Passwort";
        current_password: "Current password", "Bisheriges Passwort";
        change_password: "Change password", "Passwort ändern";
        set_password: "Set password", "Passwort festlegen";
        password_hint: "At least 12 characters; a sentence is easier to remember.", "Mindestens 12 Zeichen; ein Satz merkt sich leichter.";
        forgotten: "Password forgotten? Ask an admin for a new link; operators get one with: kudos login-link --email ADDRESS", "Passwort vergessen? Ein Admin kann einen neuen Link ausstellen; Betreiber bekommen einen mit: kudos login-link --email ADRESSE";
        welcome_admin: "Welcome to Kudos", "Willkommen bei Kudos";
        welcome_admin_lead: "Set up the account of an admin. This link works once.", "Ein Konto für einen Admin anlegen. Dieser Link gilt einmal.";
        session_over: "Your session had ended, so nothing was changed. Sign in, and you are back on the page you came from.", "Ihre Sitzung war beendet, deshalb wurde nichts geändert. Nach dem Anmelden sind Sie wieder auf der Seite, von der Sie kamen.";
        typed_is_kept: "What you typed is kept in this window, and stands in the form again once you have signed in.", "Was Sie eingegeben haben, bleibt in diesem Fenster und steht nach dem Anmelden wieder im Formular.";
        typed_is_kept_for_page: "What you typed is kept in this window, and stands in the form again on the page it is on.", "Was Sie eingegeben haben, bleibt in diesem Fenster und steht auf der Seite des Formulars wieder darin.";
        typed_is_back: "What you typed is in the form again. It has not been sent yet.", "Was Sie eingegeben haben, steht wieder im Formular. Gesendet ist es noch nicht.";
        wrong_password: "This e-mail address and password do not belong together.", "Diese E-Mail-Adresse und dieses Passwort gehören nicht zusammen.";
        wrong_current: "This is not your current password.", "Das ist nicht das bisherige Passwort.";
        too_many_attempts: "Too many attempts. Wait a minute, then try again.", "Zu viele Versuche. Bitte eine Minute warten und erneut versuchen.";
        password_changed: "The password is changed; every other browser is signed out.", "Das Passwort ist geändert; alle anderen Browser sind abgemeldet.";
        link_used: "This link was used or is too old", "Dieser Link wurde benutzt oder ist zu alt";
        invited_other: "You are signed in as {1}. This link is for {2}.", "Sie sind angemeldet als {1}. Dieser Link ist für {2}.";
        new_admin: "a new admin", "einen neuen Admin";
        sign_out_and_on: "Sign out and continue", "Abmelden und weiter";
        link_used_text: "Ask whoever sent it for a new one. Operators get one with: kudos login-link", "Bitte um einen neuen bitten. Betreiber bekommen einen mit: kudos login-link";

        // What cannot be shown.
        not_found: "Not found", "Nicht gefunden";
        not_found_text: "There is nothing here, or it is not yours to see.", "Hier ist nichts, oder es ist nicht für Sie bestimmt.";
        not_allowed: "Not allowed", "Nicht erlaubt";
        not_allowed_text: "Your role does not reach this far.", "Ihre Rolle reicht dafür nicht aus.";
        stale_form: "This form is out of date", "Dieses Formular ist veraltet";
        stale_form_text: "It came from another site, or you have signed in anew since. Go back, load the page again, and send it once more.", "Es kam von einer anderen Seite, oder Sie haben sich inzwischen neu angemeldet. Bitte zurückgehen, die Seite neu laden und noch einmal senden.";
        refused: "Error", "Fehler";
        not_done: "This did not work", "Das hat nicht geklappt";
        try_again: "Try again in a moment.", "Bitte gleich noch einmal versuchen.";
        to_the_form: "Back to the form", "Zurück zum Formular";
        to_the_start: "To the overview", "Zur Übersicht";

        // The overview.
        from: "From", "Von";
        to: "To", "Bis";
        show: "Show", "Anzeigen";
        days_7: "7 days", "7 Tage";
        days_30: "30 days", "30 Tage";
        days_90: "90 days", "90 Tage";
        days_365: "365 days", "365 Tage";
        days_are_utc: "Days begin at midnight UTC.", "Tage beginnen um Mitternacht UTC.";
        against_before: "against the period before", "gegenüber dem Zeitraum davor";
        clicks: "Clicks", "Klicks";
        revenue: "Revenue", "Umsatz";
        credited: "Credited", "Zugerechnet";
        leads: "Leads and signups", "Interessenten und Registrierungen";
        sales: "Sales", "Verkäufe";
        funnel: "From click to sale", "Vom Klick zum Verkauf";
        of_clicks: "of the clicks", "der Klicks";
        top_partners: "Partners in this period", "Partner in diesem Zeitraum";
        top_links: "Links in this period", "Links in diesem Zeitraum";
        top_campaigns: "Campaigns in this period", "Kampagnen in diesem Zeitraum";
        countries: "Countries", "Länder";
        country: "Country", "Land";
        devices: "Devices", "Geräte";
        device: "Device", "Gerät";
        days: "Days", "Tage";
        day: "Day", "Tag";
        campaign: "Campaign", "Kampagne";
        nothing_in_period: "Nothing in this period. Choose a longer one above.", "Nichts in diesem Zeitraum. Oben lässt sich ein längerer wählen.";
        begin_admin: "Nothing to count yet. Create a partner, mint a link for it, and hand the link out: every click shows here a moment later.", "Noch nichts zu zählen. Einen Partner anlegen, einen Link für ihn prägen und weitergeben: Jeder Klick erscheint gleich darauf hier.";
        begin_partner: "Begin with a partner", "Mit einem Partner beginnen";
        begin_portal: "You have no link yet. Mint one and hand it out: every click shows here a moment later.", "Sie haben noch keinen Link. Einen prägen und weitergeben: Jeder Klick erscheint gleich darauf hier.";
        begin_with_link: "Nothing to count yet. Mint a link for a partner and hand it out: every click shows here a moment later.", "Noch nichts zu zählen. Einen Link für einen Partner prägen und weitergeben: Jeder Klick erscheint gleich darauf hier.";
        rests_portal: "Nothing in this period. Choose a longer one above, or hand out a link: every click shows here a moment later.", "Nichts in diesem Zeitraum. Oben einen längeren wählen oder einen Link weitergeben: Jeder Klick erscheint gleich darauf hier.";
        begin_link: "Mint a link", "Einen Link prägen";

        // Partners.
        new_partner: "New partner", "Neuer Partner";
        edit_partner: "Edit partner", "Partner bearbeiten";
        group: "Group", "Gruppe";
        external_id: "Your own id", "Eigene Kennung";
        external_id_hint: "The id this partner has in your other systems; unique.", "Die Kennung dieses Partners in Ihren anderen Systemen; eindeutig.";
        other_names_hint: "Names by which buyers may know this partner, one a line: they are found in what buyers say of where they heard of you.", "Namen, unter denen Käufer diesen Partner kennen, einer je Zeile: Sie werden in dem gesucht, was Käufer sagen, wenn sie gefragt werden, woher sie Sie kennen.";
        clicks_30: "Clicks, 30 days", "Klicks, 30 Tage";
        conversions_30: "Conversions, 30 days", "Abschlüsse, 30 Tage";
        credited_30: "Credited, 30 days", "Zugerechnet, 30 Tage";
        no_partners: "No partners yet. A partner is a company or person who refers customers to you.", "Noch keine Partner. Ein Partner ist eine Firma oder Person, die Kunden empfiehlt.";

        // Links.
        new_link: "New link", "Neuer Link";
        edit_link: "Edit link", "Link bearbeiten";
        mint: "Mint link", "Link prägen";
        destination: "Destination", "Ziel";
        destination_hint: "Where the link leads, such as https://shop.example/", "Wohin der Link führt, etwa https://shop.example/";
        slug: "Ending", "Endung";
        slug_hint: "Made up when empty.", "Leer: wird ausgedacht.";
        slug_change_hint: "The old ending stops working at once.", "Die alte Endung gilt sofort nicht mehr.";
        fallback: "Fallback", "Ausweichziel";
        expires_hint: "From then on it leads to its fallback, if it has one. Empty: never.", "Von da an führt er zum Ausweichziel, wenn er eines hat. Leer: nie.";
        fallback_hint: "Where it leads once disabled or expired.", "Wohin er führt, wenn er abgeschaltet oder abgelaufen ist.";
        utm_hint: "Added to the destination where nothing else sets it.", "Kommt an das Ziel, wo nichts anderes es setzt.";
        expires: "Expires", "Läuft ab";
        test_click: "Test click", "Testklick";
        new_tab: "opens in a new tab", "öffnet sich in einem neuen Tab";
        test_click_hint: "A test click is a click like any other: load this page again a moment later, and it stands below.", "Ein Testklick ist ein Klick wie jeder andere: Diese Seite gleich darauf neu laden, und er steht unten.";
        link_rests: "It leads nowhere, or to its fallback, for now: it or its partner is disabled, or it has expired.", "Er führt zurzeit nirgendwohin oder zum Ausweichziel: Er oder sein Partner ist abgeschaltet, oder er ist abgelaufen.";
        all_touchpoints: "All touchpoints of this link", "Alle Berührungspunkte dieses Links";
        link_to_hand_out: "The link to hand out", "Der Link zum Weitergeben";
        qr_code: "QR code", "QR-Code";
        no_links: "No links yet. Mint the first with “New link”: all it takes is where it leads.", "Noch keine Links. Den ersten über „Neuer Link“ prägen: Es braucht nur ein Ziel.";
        no_partner_for_link: "A link belongs to a partner. Create one first.", "Ein Link gehört einem Partner. Zuerst einen anlegen.";
        choose_whose: "choose whose it is", "wählen, wem es gehört";
        switched_off: "You are switched off as a partner, so nothing new can be made. Please ask whoever runs this program.", "Sie sind als Partner abgeschaltet, deshalb lässt sich nichts Neues anlegen. Bitte an den Betreiber des Programms wenden.";
        foreign_destination: "must be on a site that a link made for you leads to; ask for a first link to this one", "muss auf einer Website liegen, zu der schon ein für Sie angelegter Link führt; bitte um einen ersten Link dorthin bitten";
        latest_touchpoints: "Latest touchpoints, of {1} days up to now", "Neueste Berührungspunkte, aus {1} Tagen bis jetzt";
        no_clicks: "Nobody has clicked in the last {1} days. Hand the link out: every click shows here.", "In den letzten {1} Tagen hat niemand geklickt. Den Link weitergeben: Jeder Klick erscheint hier.";

        // What happened.
        at: "When", "Wann";
        kind: "Kind", "Art";
        event: "Event", "Ereignis";
        order: "Order", "Bestellung";
        customer: "Customer", "Kunde";
        amount: "Amount", "Betrag";
        reason: "Why", "Warum";
        verdict: "Verdict", "Urteil";
        referrer: "Referrer", "Herkunft";
        newest_only: "Only the newest 1,000 of this period are shown here, however they are sorted, and in the CSV file. Choose a shorter period for others.", "Nur die neuesten 1.000 dieses Zeitraums stehen hier, wie auch immer sortiert, und in der CSV-Datei. Für andere einen kürzeren Zeitraum wählen.";
        verdict_valid: "Valid", "Gültig";
        verdict_bot: "Crawler", "Crawler";
        verdict_prefetch: "Fetched ahead", "Vorab geladen";
        verdict_embedded: "Embedded", "Eingebettet";
        verdict_duplicate: "Repeated", "Wiederholt";
        verdict_self_referral: "Own purchase", "Eigenkauf";
        verdict_flood: "Flood", "Flut";
        verdict_superseded: "Means somebody else by now", "Meint inzwischen jemand anderen";
        verdict_withdrawn: "Taken back", "Zurückgenommen";

        // Users.
        browser_on: "{1} on {2}", "{1} auf {2}";
        role: "Role", "Rolle";
        role_admin: "Admin: everything", "Admin: alles";
        role_finance: "Finance: sees everything, changes nothing", "Finanzen: sieht alles, ändert nichts";
        role_analyst: "Analyst: sees everything, changes nothing", "Analyse: sieht alles, ändert nichts";
        role_partner: "Partner: sees its own partner only", "Partner: sieht nur den eigenen Partner";
        partner_of_user_hint: "For the role partner only.", "Nur für die Rolle Partner.";
        invite_user: "Invite somebody", "Jemanden einladen";
        invite: "Invite", "Einladen";
        invited: "Invited", "Eingeladen";
        invite_again: "New invitation", "Neue Einladung";
        new_password_link: "Link for a new password", "Link für ein neues Passwort";
        invite_link: "One-time link", "Einmal-Link";
        invite_link_hint: "It works once, within 7 days, and is shown only now.", "Er gilt einmal, 7 Tage lang, und wird nur jetzt gezeigt.";
        invited_lead: "Send this link to them, by a way that only they read.", "Diesen Link auf einem Weg schicken, den nur sie lesen.";
        no_users_of_partner: "Nobody of this partner can sign in yet. Whoever is invited sees its own numbers, mints links and registers deals.", "Von diesem Partner kann sich noch niemand anmelden. Wer eingeladen wird, sieht die eigenen Zahlen, prägt Links und meldet Geschäfte an.";
        last_admin: "is the last admin: make somebody else admin first", "ist der letzte Admin: zuerst jemand anderen zum Admin machen";

        // One's own account.
        profile: "Profile", "Profil";
        language: "Language", "Sprache";
        as_the_browser: "As the browser is set", "Wie im Browser eingestellt";
        colours: "Colours", "Farben";
        as_the_machine: "As the machine is set", "Wie im Gerät eingestellt";
        sessions: "Where you are signed in", "Wo Sie angemeldet sind";
        browser: "Browser", "Browser";
        since: "Since", "Seit";
        last_seen: "Last seen", "Zuletzt";
        this_browser: "This browser", "Dieser Browser";
        end_session: "Sign out there", "Dort abmelden";
        end_other_sessions: "Sign out everywhere else", "Überall sonst abmelden";
        session_ended: "Signed out there.", "Dort abgemeldet.";
    }
}

impl Texts {
    /// Why a touchpoint counts or not.
    pub fn verdict(&self, verdict: Verdict) -> &'static str {
        match verdict {
            Verdict::Valid => self.verdict_valid,
            Verdict::Bot => self.verdict_bot,
            Verdict::Prefetch => self.verdict_prefetch,
            Verdict::Embedded => self.verdict_embedded,
            Verdict::Duplicate => self.verdict_duplicate,
            Verdict::SelfReferral => self.verdict_self_referral,
            Verdict::Flood => self.verdict_flood,
            Verdict::Superseded => self.verdict_superseded,
            Verdict::Withdrawn => self.verdict_withdrawn,
        }
    }

    /// What was just done, by the name that a redirect carries.
    pub fn notice(&self, done: &str) -> Option<&'static str> {
        Some(match done {
            "saved" => self.saved,
            "removed" => self.removed,
            "published" => self.published,
            "published_before" => self.published_before,
            "disabled" => self.disabled_now,
            "enabled" => self.enabled_now,
            "minted" => self.link_minted,
            "password" => self.password_changed,
            "ended" => self.session_ended,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_filled_in_once() {
        for (text, values, expected) in [
            ("{2} of {1}", &["a", "b"][..], "b of a"),
            ("{1} {2}", &["{2}", "x"], "{2} x"),
            ("{3} {x} {", &["a"], "{3} {x} {"),
            ("plain", &[], "plain"),
            ("{1} {1:click|clicks}, {2} {2:sale|sales}", &["1", "1,000"], "1 click, 1,000 sales"),
            ("{1:click} {2:a|b}", &["1"], "{1:click} {2:a|b}"),
        ] {
            assert_eq!(fill(text, values), expected, "{text}");
        }
    }

    #[test]
    fn only_what_was_done_is_told() {
        assert!(Texts::in_language(Language::German).notice("saved").is_some());
        assert!(Texts::in_language(Language::German).notice("<b>").is_none());
    }
}
