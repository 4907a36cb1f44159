import { eventFilters, eventTypes, wants, type EventType } from "../../core/events.ts";
import { UsageError } from "../explain.ts";
import { unknownName } from "../text.ts";

/** Where events of some types are sent. */
export interface Forward {
  readonly filters: readonly string[];
  readonly url: string;
}

/** `payment.*,refund.failed=http://…`, or an address alone for all events. Throws `UsageError`. */
export function readForward(text: string): Forward {
  const [, types = "*", address = ""] = /^(?:([a-z_.*,]+)=)?(.+)$/.exec(text) ?? [];
  const filters = types.split(",");
  for (const filter of filters)
    if (!eventFilters.includes(filter)) throw unknownName("event", filter, eventFilters, "Use *, payment.* or one of docs/events.md.");
  const url = /^[a-z]+:\/\//i.test(address) ? address : `http://${address}`;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new UsageError(
      `--forward takes EVENT=URL, such as payment.*=http://127.0.0.1:4000/hook; ${JSON.stringify(text.slice(0, 80))} is none`,
    );
  return { filters, url };
}

/** What a webhook endpoint with these filters would get. A type that this program does not know yet counts as one that is sent. */
export function isWanted({ filters }: Forward, type: string): boolean {
  // The test of an endpoint is for that endpoint.
  if (type === "webhook.test") return false;
  const known = Object.hasOwn(eventTypes, type) ? eventTypes[type as EventType] : null;
  return (known?.webhook ?? true) && wants(filters, type as EventType);
}
