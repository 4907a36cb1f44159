/**
 * One Idempotency-Key for each attempt of the shopper. It is kept before the request leaves, so that a repeat, in this load of the page or
 * after a reload, is the same attempt and can't be a second charge.
 */
import type { Shelf } from "./access.ts";

export interface Attempt {
  readonly key: string;
  readonly body: string;
}

const name = (orderId: string): string => `tillway:attempt:${orderId}`;

/** The attempt with this body: the one that was begun and not answered, or a new one. */
export function beginAttempt(shelf: Shelf, orderId: string, body: string): Attempt {
  const open = parse(shelf.get(name(orderId)));
  if (open?.body === body) return open;
  const attempt = { key: crypto.randomUUID(), body };
  shelf.set(name(orderId), JSON.stringify(attempt));
  return attempt;
}

/** It was answered: the next press of the button is another attempt. */
export function endAttempt(shelf: Shelf, orderId: string): void {
  shelf.remove(name(orderId));
}

function parse(text: string | null): Attempt | null {
  if (text === null) return null;
  try {
    const { key, body } = JSON.parse(text) as Partial<Attempt>;
    return typeof key === "string" && typeof body === "string" ? { key, body } : null;
  } catch {
    return null;
  }
}
