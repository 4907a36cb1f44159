/** Who this page speaks for: the publishable key and the secret of one session or order; or an order by its id alone, in a frame of a shop's page. */

export type Access = { readonly key: string; readonly secret: string } | { readonly key: string; readonly orderId: string };

/** What a tab keeps, for its own life only. */
export interface Shelf {
  get(name: string): string | null;
  set(name: string, value: string): void;
  remove(name: string): void;
}

const WHERE = "tillway:where";

/**
 * The fragment of `/c/{id}#{secret}&key={pk}`, else what this tab has kept of an earlier load. The fragment is taken out of the address by
 * the caller: it shall stand in no history and no screenshot.
 */
export function accessOf(path: string, fragment: string, shelf: Shelf): Access | null {
  const name = `tillway:access:${path}`;
  const given = readFragment(fragment);
  if (given === null) return parseAccess(shelf.get(name));
  shelf.set(name, JSON.stringify(given));
  shelf.set(WHERE, path);
  return given;
}

/** The hosted page that this tab came from, for the way back from a bank. */
export function whereFrom(shelf: Shelf): string | null {
  const path = shelf.get(WHERE);
  return path !== null && /^\/c\/\w+$/.test(path) ? path : null;
}

function readFragment(fragment: string): Access | null {
  const [secret = "", ...rest] = fragment.replace(/^#/, "").split("&");
  const key = new URLSearchParams(rest.join("&")).get("key");
  return secret !== "" && key !== null && key !== "" ? { key, secret } : null;
}

function parseAccess(text: string | null): Access | null {
  if (text === null) return null;
  try {
    const { key, secret } = JSON.parse(text) as { key?: unknown; secret?: unknown };
    return typeof key === "string" && typeof secret === "string" ? { key, secret } : null;
  } catch {
    return null;
  }
}

/** Storage can be switched off, and is then no reason not to be paid: this tab forgets at a reload. */
export function tabShelf(): Shelf {
  const memory = new Map<string, string>();
  const storage = (): Storage | null => {
    try {
      return window.sessionStorage;
    } catch {
      return null;
    }
  };
  return {
    get: (name) => storage()?.getItem(name) ?? memory.get(name) ?? null,
    set(name, value) {
      memory.set(name, value);
      try {
        storage()?.setItem(name, value);
      } catch {
        // Full, or refused.
      }
    },
    remove(name) {
      memory.delete(name);
      storage()?.removeItem(name);
    },
  };
}
