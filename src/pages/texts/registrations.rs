//! Words of deal registrations, for those who decide and those who register.

use crate::domain::registration::RegistrationStatus;

texts! {
    /// What the pages of registrations say.
    pub struct Registrations {
        to_decide: "To decide", "Zu entscheiden";
        all: "All registrations", "Alle Anmeldungen";
        nothing_to_decide: "Nothing waits for a decision. When a partner registers a deal, it shows here first.", "Nichts wartet auf eine Entscheidung. Meldet ein Partner ein Geschäft an, erscheint es hier zuerst.";
        none_admin: "No partner has registered a deal yet. Partners do so in their portal, under Registrations.", "Noch kein Partner hat ein Geschäft angemeldet. Partner tun das in ihrem Portal unter Anmeldungen.";
        company: "Company", "Firma";
        registered: "Registered", "Angemeldet";
        decide_by: "Decide by", "Entscheiden bis";
        answer_by: "Answer by", "Antwort bis";
        until: "Until", "Bis";
        by_another: "Registered by another", "Auch von anderen angemeldet";
        claimed_until: "Claim until", "Anspruch bis";
        pending: "Waits", "Wartet";
        approved: "Approved", "Angenommen";
        rejected: "Rejected", "Abgelehnt";
        expired: "Expired", "Verfallen";
        withdrawn: "Withdrawn", "Zurückgezogen";
        withdraw: "Withdraw", "Zurückziehen";
        was_withdrawn: "Withdrawn. You may register the company again.", "Zurückgezogen. Sie können die Firma erneut anmelden.";
        told_withdrawn: "You took it back. You may register the company again.", "Sie haben sie zurückgezogen. Sie können die Firma erneut anmelden.";
        the_first_one: "The registration that is there", "Die Anmeldung, die es gibt";
        conflict: "Conflict", "Konflikt";
        decide: "Your decision", "Ihre Entscheidung";
        approve: "Approve", "Annehmen";
        approve_hint: "The account is the partner's for {1} days, and its registration counts as a touchpoint of the deal. This cannot be taken back.", "Die Firma gehört für {1} Tage dem Partner, und die Anmeldung zählt als Berührungspunkt des Geschäfts. Das lässt sich nicht zurücknehmen.";
        which_deal: "Which deal it is", "Welches Geschäft es ist";
        make_deal: "Make a new deal", "Ein neues Geschäft anlegen";
        first_stage: "Stage of a new deal", "Phase eines neuen Geschäfts";
        reject: "Reject", "Ablehnen";
        reject_reason: "Reason", "Grund";
        reject_hint: "The partner reads it as you write it. This cannot be taken back; the partner may register again.", "Der Partner liest ihn, wie er hier steht. Das lässt sich nicht zurücknehmen; der Partner darf erneut anmelden.";
        was_approved: "Approved: the deal is there, and the partner sees it.", "Angenommen: Das Geschäft ist angelegt, und der Partner sieht es.";
        was_rejected: "Rejected; the partner sees your reason.", "Abgelehnt; der Partner sieht den Grund.";
        same_company: "Registrations of the same company", "Anmeldungen derselben Firma";
        first_wins: "The first one wins: whoever came later was told at once, without a name, and so was the first.", "Die erste gewinnt: Wer später kam, hat es sofort und ohne Namen erfahren, die erste ebenso.";
        this_one: "This one", "Diese";
        came_first: "Came first", "Kam zuerst";
        came_later: "Came later", "Kam später";
        what_happened: "What happened", "Was geschah";
        told: "What the partner was told", "Was dem Partner gesagt wurde";
        register: "Register a deal", "Ein Geschäft anmelden";
        register_lead: "Tell us first which company you are working on. Once it is approved, the company is yours for {1} days.", "Sagen Sie uns zuerst, mit welcher Firma Sie arbeiten. Nach der Annahme gehört sie Ihnen für {1} Tage.";
        register_submit: "Register", "Anmelden";
        account_hint: "The company that may buy.", "Die Firma, die kaufen könnte.";
        note_hint: "What they need, and whom you talk to.", "Was gebraucht wird und mit wem Sie sprechen.";
        none_portal: "You have not registered a deal yet. Register one as soon as you are working on a company: the first partner to do so has it.", "Sie haben noch kein Geschäft angemeldet. Melden Sie eines an, sobald Sie mit einer Firma arbeiten: Wer zuerst kommt, bekommt sie.";
        was_registered: "Registered. We look at it and answer here.", "Angemeldet. Wir sehen es uns an und antworten hier.";
        told_pending: "We have it and look at it; expect an answer by {1}. If nobody decides by then it expires, and you may register it again.", "Es liegt uns vor; eine Antwort kommt bis {1}. Entscheidet bis dahin niemand, verfällt die Anmeldung, und Sie können es erneut anmelden.";
        told_approved: "Approved: until {1} this company is yours. Another partner who registers it is told that it is taken.", "Angenommen: Bis {1} gehört diese Firma Ihnen. Meldet ein anderer Partner sie an, erfährt er, dass sie vergeben ist.";
        told_over: "Approved; your claim on this company ended on {1}. What you did for the deal goes on counting.", "Angenommen; Ihr Anspruch auf diese Firma endete am {1}. Was Sie für das Geschäft getan haben, zählt weiter.";
        told_rejected: "It was not approved. The reason is below; if something has changed, register it again.", "Es wurde nicht angenommen. Der Grund steht unten; hat sich etwas geändert, melden Sie es erneut an.";
        told_expired: "Nobody decided in time. That is our fault, not yours: please register it again.", "Niemand hat rechtzeitig entschieden. Das liegt an uns: Bitte melden Sie es erneut an.";
        told_conflict: "Another partner came before you with this company. Should it become free again, you may register it anew.", "Ein anderer Partner kam Ihnen mit dieser Firma zuvor. Wird sie wieder frei, können Sie sie erneut anmelden.";
        told_second: "Another partner has registered this company since. Yours came first and stands.", "Ein anderer Partner hat diese Firma seither angemeldet. Ihre Anmeldung kam zuerst und gilt.";
        deal_now: "The deal", "Das Geschäft";
        what_you_said: "What you told us", "Was Sie uns gesagt haben";
    }
}

impl Registrations {
    /// What a registration came to.
    pub fn status(&self, status: RegistrationStatus) -> &'static str {
        match status {
            RegistrationStatus::Pending => self.pending,
            RegistrationStatus::Approved => self.approved,
            RegistrationStatus::Rejected => self.rejected,
            RegistrationStatus::Expired => self.expired,
            RegistrationStatus::Withdrawn => self.withdrawn,
            RegistrationStatus::Conflict => self.conflict,
        }
    }

    /// What was just done, by the name that a redirect carries.
    pub fn notice(&self, done: &str) -> Option<&'static str> {
        Some(match done {
            "approved" => self.was_approved,
            "rejected" => self.was_rejected,
            "withdrawn" => self.was_withdrawn,
            "registered" => self.was_registered,
            _ => return None,
        })
    }
}
