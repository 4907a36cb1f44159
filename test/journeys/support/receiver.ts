import { createHmac } from "node:crypto";
import { startReceiver, type Received, type Receiver } from "../../../server/src/deliveries/webhook/receiver.testing.ts";
import type { Json } from "./merchant.ts";

export { startReceiver, type Received, type Receiver };

export function eventOf({ body }: Received): Json {
  return JSON.parse(body.toString("utf8"));
}

/** The types of the events that came about a payment, in order of arrival. */
export function eventsAt(receiver: Receiver, paymentId: string): string[] {
  return receiver.received
    .map(eventOf)
    .filter((event) => event.data.id === paymentId)
    .map((event) => event.type);
}

/** Both signatures as their specifications say, and not as our own code does. */
export function verified({ headers, body }: Received, secret: string): { plain: boolean; standard: boolean } {
  const plain = createHmac("sha256", secret).update(body).digest("hex");
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const signed = Buffer.concat([Buffer.from(`${String(headers["webhook-id"])}.${String(headers["webhook-timestamp"])}.`), body]);
  const standard = `v1,${createHmac("sha256", key).update(signed).digest("base64")}`;
  return { plain: headers["x-webhook-signature"] === plain, standard: String(headers["webhook-signature"]).split(" ").includes(standard) };
}
