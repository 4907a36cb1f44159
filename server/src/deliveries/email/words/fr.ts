import type { Words } from "./form.ts";

export const fr: Words = {
  succeeded: {
    subject: "Votre reçu de {merchant}",
    title: "Merci pour votre paiement",
    body: "{merchant} a bien reçu votre paiement de {amount}. Conservez ce message, il vous sert de reçu.",
  },
  failed: {
    subject: "Votre paiement à {merchant} n’a pas abouti",
    title: "Votre paiement n’a pas abouti",
    body: "Votre paiement de {amount} à {merchant} n’a pas été effectué et rien n’a été débité.",
  },
  refunded: {
    subject: "Votre remboursement de {merchant}",
    title: "Votre argent vous revient",
    body: "{merchant} vous a remboursé {amount}. Votre banque peut mettre quelques jours à l’afficher sur votre compte.",
  },
  action_needed: {
    subject: "Terminez votre paiement à {merchant}",
    title: "Encore une étape",
    body: "Votre paiement de {amount} à {merchant} attend votre accord. Revenez à la page ou à l’application où vous l’avez commencé.",
  },
  labels: {
    amount: "Montant",
    refunded: "Remboursé",
    date: "Date",
    method: "Payé avec",
    description: "Objet",
    order: "Commande",
    payment: "Numéro de paiement",
    bankTransfer: "Banque en ligne",
  },
  reasons: {
    declined: "Votre banque n’a pas accepté le paiement. Essayez un autre moyen de paiement ou contactez votre banque.",
    funds: "Le solde du compte n’était pas suffisant. Essayez un autre moyen de paiement.",
    expired: "La carte a expiré. Utilisez une autre carte.",
    cvc: "Le code de sécurité de la carte n’était pas correct. Vérifiez-le et réessayez.",
    limit: "Le montant dépasse le plafond de votre carte ou de votre compte. Essayez un autre moyen de paiement ou contactez votre banque.",
    authentication: "Le paiement n’a pas été confirmé auprès de votre banque. Réessayez.",
    tooLate: "Le paiement n’a pas été accepté à temps. Réessayez.",
    technical: "Un problème technique est survenu. Réessayez plus tard.",
  },
  test: "Ceci est un test. Aucun argent n’a été déplacé.",
  why: "Vous recevez ce message parce que cette adresse a été indiquée lors d’un paiement à {merchant}.",
};
