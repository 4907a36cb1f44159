/** What all receivers here do with an event, whatever the framework. */

/** Where to listen, and what proves the sender. */
export const port = Number(process.env.PORT ?? 4000);
export const secret = process.env.TILLWAY_WEBHOOK_SECRET ?? "";
if (secret === "") {
  console.error(
    "TILLWAY_WEBHOOK_SECRET is not set: the whsec_… of your endpoint, shown when it was made, or by `tillway listen` at its start.",
  );
  process.exit(1);
}

/** In a real shop: a table whose primary key is the event's id, written in the transaction that does the work. */
const done = new Set();
const DONE_MAX = 10_000;

/**
 * The same event may come more than once, and events may come out of order.
 * @param {import("@tillway/sdk").WebhookEvent} event
 */
export function onEvent(event) {
  if (done.has(event.id)) return;
  if (event.type === "payment.succeeded") console.log(`ship ${event.data.id}`);
  else if (event.type === "webhook.test") console.log("webhook.test arrived");
  else console.log(event.type, event.data.id);
  done.add(event.id);
  if (done.size > DONE_MAX) done.delete(/** @type {string} */ (done.values().next().value));
}

export function listening() {
  console.log(`listening on http://127.0.0.1:${port}/webhooks`);
}
