/**
 * What the page loads first, and small: it asks for what the page at this address shows and for its code, while the code of the dashboard
 * itself, which index.html names as well, is still on its way. On a slow line each of these would wait for the one before.
 */
import { readEarly, type Scope } from "./kit/api.ts";
import { LAST_EVENT } from "./kit/last-event.ts";
import { pages, plainPages, type PageRoute } from "./routes.tsx";
import { lastScope } from "./shell/last-scope.ts";

const known = lastScope();
const path = location.pathname === "/" && known !== null ? `/${known.merchant}/${known.mode}/home` : location.pathname;
const plain = plainPages.find((page) => page.path === path);
const page = plain ?? pageAt(path.split("/").slice(3).join("/"));

// Whoever was never here is not signed in: all that it would be told is that.
if (known !== null && plain?.signedIn !== false) readFor(path);
// What can't be loaded is said by the page, which asks for it again.
page?.load().catch(() => undefined);
void import("./main.tsx");

function readFor(address: string): void {
  const [, merchant = "", mode] = address.split("/");
  readEarly({ path: "/v1/session", scope: null });
  readEarly({ path: "/v1/roles", scope: null });
  if (plain !== undefined || (mode !== "test" && mode !== "live")) return;
  const scope: Scope = { merchant, mode };
  for (const read of [LAST_EVENT, ...(pageAt(address.split("/").slice(3).join("/"))?.reads ?? [])]) readEarly({ ...read, scope });
}

/** The page of an address within a merchant and mode; a part with `$` stands for any. */
function pageAt(within: string): PageRoute | undefined {
  const parts = within.split("/");
  const fits = (own: readonly string[]) =>
    own.length === parts.length && own.every((part, at) => part.startsWith("$") || part === parts[at]);
  return pages.find((one) => fits(one.path.split("/")));
}
