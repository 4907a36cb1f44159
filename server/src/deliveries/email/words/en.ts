import type { Words } from "./form.ts";

export const en: Words = {
  succeeded: {
    subject: "Your receipt from {merchant}",
    title: "Thank you for your payment",
    body: "{merchant} has received your payment of {amount}. Please keep this message as your receipt.",
  },
  failed: {
    subject: "Your payment to {merchant} did not go through",
    title: "Your payment did not go through",
    body: "Your payment of {amount} to {merchant} was not completed, and no money was taken.",
  },
  refunded: {
    subject: "Your refund from {merchant}",
    title: "Your money is on its way back",
    body: "{merchant} has refunded {amount}. It can take your bank a few days to show it on your account.",
  },
  action_needed: {
    subject: "Please finish your payment to {merchant}",
    title: "One more step",
    body: "Your payment of {amount} to {merchant} is waiting for your approval. Go back to the page or the app in which you began it.",
  },
  labels: {
    amount: "Amount",
    refunded: "Refunded",
    date: "Date",
    method: "Paid with",
    description: "For",
    order: "Order",
    payment: "Payment number",
    bankTransfer: "Net banking",
  },
  reasons: {
    declined: "Your bank did not approve the payment. Please try another way to pay, or ask your bank.",
    funds: "There was not enough money on the account. Please try another way to pay.",
    expired: "The card has expired. Please use another card.",
    cvc: "The security code of the card was not right. Please check it and try again.",
    limit: "The amount is above the limit of your card or account. Please try another way to pay, or ask your bank.",
    authentication: "The payment was not confirmed with your bank. Please try again.",
    tooLate: "The payment was not approved in time. Please try again.",
    technical: "There was a technical problem. Please try again later.",
  },
  test: "This is a test. No money was moved.",
  why: "You get this message because this address was given with a payment to {merchant}.",
};
