/** What leads to each error and what to do about it: the page that every `doc_url` leads to. The compiler asks for both of a new code. */
import type { ErrorCode, FailureCode } from "./errors.ts";

interface Help {
  readonly cause: string;
  readonly cure: string;
}

/** Nothing of the request was carried out, so it may be sent again as it is. */
const AGAIN = "Send the same request again, with the same `Idempotency-Key`";

export const errorHelp: Readonly<Record<ErrorCode, Help>> = {
  malformed_json: {
    cause: "The body is not JSON in UTF-8, or its length is not what `Content-Length` says.",
    cure: "Let a JSON library write the body. The message says where the reading ended.",
  },
  duplicate_json_key: {
    cause: "An object in the body names a field twice. Programs differ in which of the two counts.",
    cure: "Send each field once; `param` names it.",
  },
  unknown_field: {
    cause: "A field or query parameter that the route does not know: a misspelt one would be ignored in silence.",
    cure: "Mend its name, or take it out. The message names the nearest one.",
  },
  missing_field: { cause: "A field is required here and not sent.", cure: "Send the field that `param` names." },
  invalid_field: {
    cause: 'A field, a query parameter or a cursor has a value of another type or form. Nothing is converted: `"100"` is no integer.',
    cure: "The message says what the field takes.",
  },
  invalid_characters: {
    cause: "A text holds U+0000, U+001E, U+001F or half of a surrogate pair, which no database keeps.",
    cure: "Remove it from the field that `param` names; most often a text was cut in the middle of an emoji.",
  },
  unsupported_media_type: {
    cause: "The body has no `Content-Type`, or another one.",
    cure: "Send `Content-Type: application/json`, in UTF-8.",
  },
  invalid_amount: {
    cause: "The amount is no integer from 1 to 999,999,999,999.",
    cure: 'Send minor units as an integer: `49900` is 499.00 INR. Not `499.00` and not `"49900"`.',
  },
  amount_too_large: {
    cause: "A capture of more than is held, or a refund of more than was captured and is not given back or reserved yet.",
    cure: "Read the payment's `amount_authorized`, `amount_captured` and `amount_refunded`, and its refunds that are under way. Leave `amount` out for all that is left.",
  },
  order_mismatch: {
    cause: "`order_id` names an order of ours with another amount or currency.",
    cure: "Send the order's amount and currency: an order is paid as a whole.",
  },
  conflicting_field: {
    cause:
      "Alone the field would do. Together with what is stored it does not: texts that would be too many, an e-mail that is taken, headers that would move to another server, a proof for another payment.",
    cure: "Read the message: it says what is in the way. Sent again unchanged, the request is refused again.",
  },
  unknown_time_zone: {
    cause: "A time zone's name is misspelt, an abbreviation or a distance such as `+05:30`, or too new for the database here.",
    cure: "Send a name of the tz database: a continent and a city, such as `Asia/Kolkata`, or `UTC`.",
  },
  invalid_currency: { cause: "The currency is no code of ISO 4217.", cure: "Send three capital letters, such as `INR`." },
  invalid_card: {
    cause: "The card's number, expiry date or CVV can't be right: wrong length, wrong check digit, a month 13.",
    cure: "Let the shopper type the field again that `param` names.",
  },
  expired_card: { cause: "The card's month is over.", cure: "Ask the shopper for another card." },
  test_card_required: {
    cause: "A card number that is not one of the published test cards. Real numbers must not come here, and none is kept.",
    cure: "Take a card of [test scenarios](test-scenarios.md). A real one is typed into the gateway's own [card fields](recipes/card-fields.md).",
  },
  invalid_vpa: { cause: "The UPI address has not the form `name@bank`.", cure: "Let the shopper type it again." },
  method_required: {
    cause: "The payment is to be charged, and neither the request nor the payment has a method.",
    cure: "Send `method` with the field of its name, such as `card`. Or create it with `confirm: false`, to be charged later.",
  },
  unknown_api_version: {
    cause: "`Tillway-Version` is no day on which this API changed, is no date, or was sent twice. A day in between is not rounded.",
    cure: "Send one of [API changes](api-changes.md), or leave the header out to get the version that your key is pinned to.",
  },
  invalid_idempotency_key: {
    cause: "`Idempotency-Key` is empty, longer than 255 characters or not printable ASCII, was sent twice, or its name is misspelt.",
    cure: "Send it once, with a UUID or your order's number.",
  },
  invalid_url: {
    cause: "The URL is not http or https, or leads into a private network or to this machine.",
    cure: "Set a public address. For a receiver of your own on this machine use `npm start` or `TEST_MODE=true`; in your own network, `WEBHOOK_ALLOWED_NETWORKS`.",
  },
  invalid_signature: {
    cause: "A gateway's webhook is not signed with the account's secret, or is more than five minutes off. Merchants never meet it.",
    cure: "Compare the secret at the gateway with the account's, and both clocks.",
  },
  authentication_error: {
    cause: "Key or secret is missing, wrong, expired or revoked; after a revocation within a second.",
    cure: "Send `X-Api-Key` (`pk_…`) and `X-Api-Secret` (`sk_…`), or HTTP Basic with both. A secret that is lost can't be shown again: make another key.",
  },
  wrong_credentials: {
    cause: "Somebody signs in to the dashboard, and the address, the password or the code is not right; the answer does not say which.",
    cure: 'Type them again. A code of the app works once: wait for the next one. A password that is lost: "Forgot your password?" on the sign-in page.',
  },
  cross_site_request: {
    cause: "The dashboard's listener was asked to change something, and `Origin` (or `Sec-Fetch-Site`) is not that of its own page.",
    cure: "Open the dashboard by its own address. Behind a proxy, set `DASHBOARD_URL` to the address that people use. Programs use the API's port and a key.",
  },
  confirmation_required: {
    cause:
      "Somebody who is signed in changes keys, gateway accounts, endpoints, the team or a second factor, or something of the installation, or refunds more than the merchant's limit, and has not shown for 15 minutes who they are.",
    cure: "Send `POST /v1/session/confirm` with a code of the second factor, or with the password where there is none, and the request again. The dashboard's page asks by itself.",
  },
  csrf_token_wrong: {
    cause: "A request of somebody who is signed in lacks `X-Csrf-Token`, or has that of another session.",
    cure: "Load the page again. `GET /v1/session` shows the token.",
  },
  link_ended: {
    cause: "The link of an invitation or a new password was used, called off or is too old, or a part of it is missing.",
    cure: "Ask for another one. A person who is invited twice has the newest link.",
  },
  already_member: {
    cause: "The person with this e-mail address is a member of this merchant's team.",
    cure: "Change the role in the team instead.",
  },
  last_owner: {
    cause: "The only owner of a merchant would leave, or become something else.",
    cure: "Make another member owner first.",
  },
  weak_password: {
    cause: "The password is short, or one that guesses begin with: from a list, few characters again and again, or your own address.",
    cure: "Take four or more words that do not belong together, or let a password manager make one.",
  },
  too_many_tries: {
    cause: "Ten wrong passwords or codes for this person, or from this address, within 30 minutes.",
    cure: "Wait as `Retry-After` says; a try before that is not even looked at.",
  },
  permission_denied: {
    cause: "The key is valid, and lacks the scope that the message names.",
    cure: "Take a key that has it, or add it with a key of the scope `config`: a key grants only what it has itself.",
  },
  not_found: {
    cause: "There is nothing with this id, or it belongs to another merchant or the other mode. Both look the same on purpose.",
    cure: "Compare the id, and whether the key is of the mode and merchant that made it.",
  },
  route_not_found: {
    cause: "No route has this path.",
    cure: "Compare it with `/v1/openapi.json`. Ids in paths are encoded as in any URL.",
  },
  method_not_allowed: { cause: "The path exists, but not with this method.", cure: "Take one that the header `Allow` names." },
  payment_failed: {
    cause:
      "You waited for the outcome (`confirm: true`), and the payment has failed: nothing was taken. `decline_code` has the bank's reason.",
    cure: "Show the shopper that it was refused, and let them try another card or way: a new payment, of the same order, with a new `Idempotency-Key`.",
  },
  capture_failed: {
    cause: "The gateway refused the capture. The money is still held.",
    cure: "Read the attempt's `error`. Capture again with a new `Idempotency-Key`, or void the payment.",
  },
  cancel_failed: {
    cause: "The gateway refused to release the held money. It is still held.",
    cure: "Try again later with a new `Idempotency-Key`. Otherwise the hold lapses by itself; a case says so if we can't release it in time.",
  },
  payment_canceled: {
    cause: "Somebody called the payment off while you waited. What was taken is being given back.",
    cure: "Do not ship. `refund.succeeded` or `refund.failed` says how giving back ended.",
  },
  invalid_state: {
    cause:
      "What you ask for does not go with the status: a capture of a payment that is not authorized, a refund of one that has not captured, a retry of a webhook that is not over.",
    cure: "Read the object again and act on its `status`. If you expected another one, your own request may have done it already.",
  },
  order_busy: {
    cause: "A payment of the order, named by `payment_id`, is under way or has succeeded. A second one might charge twice.",
    cure: "Wait for that payment's end, or cancel or refund it. Its failure frees the order.",
  },
  payment_link_busy: {
    cause: "The order is of a payment link, and other orders of it that are paid or being paid are as many as its `uses` allow.",
    cure: "Nothing was charged. Try again in some minutes: a payment that fails or is cancelled frees its use.",
  },
  payment_link_used_up: {
    cause: "As many orders of the payment link are paid as its `uses` allow.",
    cure: "Nothing was charged. If more people shall pay, make another link.",
  },
  idempotency_in_progress: {
    cause: "The first request with this key is being carried out at this moment.",
    cure: `${AGAIN} after \`Retry-After\`: it gets the first one's answer.`,
  },
  idempotency_key_expired: {
    cause: "The key made a payment more than 24 hours ago. It can't make another one, ever.",
    cure: "`payment_id` names that payment: read it. For a new payment take a new key.",
  },
  unsupported_method: {
    cause:
      "No enabled account of yours is at a gateway that takes this method; a card's token is taken by the gateway, or the one account, that made it. Nothing was written.",
    cure: "Send another method, or enable an account at a gateway that takes it. The same `Idempotency-Key` may be used.",
  },
  unsupported_currency: {
    cause: "Of your enabled accounts none that takes the method takes the currency. Nothing was written.",
    cure: "Send another currency, or enable an account at a gateway that takes it. The same `Idempotency-Key` may be used.",
  },
  unsupported_amount: {
    cause:
      "A gateway counts this currency in other steps, or has a least or most: Stripe takes dinars in steps of 0.010 and no 0.49 USD. An amount is never rounded. Nothing was written.",
    cure: "Send an amount that the message says is taken, or enable an account at a gateway that takes it.",
  },
  idempotency_mismatch: {
    cause: "The key was used for a request with another body or path.",
    cure: "Send the first request as it was; the order of its fields does not matter. For something else take a new key.",
  },
  credentials_refused: {
    cause: "The gateway was asked with these credentials, by a call without an effect, and said that they are wrong.",
    cure: "Copy them from the gateway once more, of the same mode as your API key. What was there before works on.",
  },
  body_too_large: {
    cause: "The body is larger than 64 KiB, for the webhooks of gateways 256 KiB.",
    cure: "Send less: metadata is for references, not for documents.",
  },
  rate_limited: {
    cause: "This key or merchant asks more often than it may, or too many requests change one payment at this moment. Nothing was done.",
    cure: `${AGAIN} after \`Retry-After\`. \`RateLimit\` shows what is left, if a limit is set.`,
  },
  overloaded: {
    cause:
      "Too many requests at once, or the database does not answer. Most often nothing was done; a request with a key is never done twice.",
    cure: `${AGAIN} after \`Retry-After\`.`,
  },
  restore_mode: {
    cause:
      "The database was restored from a backup, so payments, captures and refunds wait until every gateway was asked what the backup has forgotten.",
    cure: `Nothing was written. ${AGAIN}, once the operator has finished the restore.`,
  },
  credentials_not_tested: {
    cause: "The gateway was asked whether it accepts the credentials, and gave no answer that says yes or no.",
    cure: "Send the request again. To save them as they are, e.g. while the gateway is down, send `verify: false`, and test the account later.",
  },
  internal_error: {
    cause: "A fault of ours, or something was interrupted. Whether your request was carried out is not known.",
    cure: `${AGAIN}: it is done once, whatever became of the first. Never send it with a new key. If it stays so, report \`request_id\`.`,
  },
};

/** What to do if a payment failed for this reason. */
export const failureCures: Readonly<Record<FailureCode, string>> = {
  payment_declined: "Let the shopper try another card or way. `decline_code` may say more, e.g. `incorrect_cvc`.",
  insufficient_funds: "Let the shopper pay otherwise, or try again another day.",
  fraud_suspected: "Do not ask for this card again. Show the shopper a plain refusal and not the reason.",
  gateway_rejected: "Compare the account's settings at the gateway; the attempt's exchange has its words.",
  gateway_unreachable: "Try again with a new payment of the same order: nothing was charged.",
  no_route: "Enable a gateway account that takes this method and currency.",
  canceled: "Nothing, if you called it off. A new payment of the order may follow.",
};
