import type { Words } from "./form.ts";

export const de: Words = {
  succeeded: {
    subject: "Ihre Quittung von {merchant}",
    title: "Vielen Dank für Ihre Zahlung",
    body: "{merchant} hat Ihre Zahlung über {amount} erhalten. Bitte bewahren Sie diese Nachricht als Quittung auf.",
  },
  failed: {
    subject: "Ihre Zahlung an {merchant} hat nicht geklappt",
    title: "Ihre Zahlung hat nicht geklappt",
    body: "Ihre Zahlung über {amount} an {merchant} wurde nicht ausgeführt, und es wurde kein Geld abgebucht.",
  },
  refunded: {
    subject: "Ihre Erstattung von {merchant}",
    title: "Ihr Geld ist auf dem Rückweg",
    body: "{merchant} hat Ihnen {amount} erstattet. Bis die Bank es auf Ihrem Konto zeigt, können einige Tage vergehen.",
  },
  action_needed: {
    subject: "Bitte schließen Sie Ihre Zahlung an {merchant} ab",
    title: "Noch ein Schritt",
    body: "Ihre Zahlung über {amount} an {merchant} wartet auf Ihre Bestätigung. Kehren Sie zu der Seite oder App zurück, in der Sie sie begonnen haben.",
  },
  labels: {
    amount: "Betrag",
    refunded: "Erstattet",
    date: "Datum",
    method: "Bezahlt mit",
    description: "Für",
    order: "Bestellung",
    payment: "Zahlungsnummer",
    bankTransfer: "Onlinebanking",
  },
  reasons: {
    declined: "Ihre Bank hat die Zahlung nicht genehmigt. Bitte zahlen Sie auf anderem Weg oder fragen Sie Ihre Bank.",
    funds: "Auf dem Konto war nicht genug Geld. Bitte zahlen Sie auf anderem Weg.",
    expired: "Die Karte ist abgelaufen. Bitte verwenden Sie eine andere Karte.",
    cvc: "Die Prüfnummer der Karte stimmte nicht. Bitte prüfen Sie sie und versuchen Sie es noch einmal.",
    limit: "Der Betrag liegt über dem Limit Ihrer Karte oder Ihres Kontos. Bitte zahlen Sie auf anderem Weg oder fragen Sie Ihre Bank.",
    authentication: "Die Zahlung wurde bei Ihrer Bank nicht bestätigt. Bitte versuchen Sie es noch einmal.",
    tooLate: "Die Zahlung wurde nicht rechtzeitig bestätigt. Bitte versuchen Sie es noch einmal.",
    technical: "Es gab ein technisches Problem. Bitte versuchen Sie es später noch einmal.",
  },
  test: "Dies ist ein Test. Es wurde kein Geld bewegt.",
  why: "Sie erhalten diese Nachricht, weil diese Adresse bei einer Zahlung an {merchant} angegeben wurde.",
};
