// What docs/security.md has of the tests: for each risk, those whose title ends with "(security row N)".
import { listFiles, read } from "../check/lib.mjs";

/**
 * By number, as the tests name them: what somebody may try, and what stands against it. A number is kept for good.
 * @type {Readonly<Record<number, readonly [risk: string, control: string]>>}
 */
const rows = {
  1: [
    "Somebody reads or changes a thing of another merchant, or of the other mode",
    "Each query names merchant and mode; a foreign id is 404",
  ],
  2: ["A database or a backup is stolen, with the keys", "Secrets of API keys are shown once and stored as keyed hashes"],
  3: ["Many requests at once charge twice", "One attempt at a time, by constraints of the database"],
  4: ["A webhook's URL leads into your own network", "The address is looked at in each connection; no redirects"],
  5: ["A webhook is forged or sent again, in or out", "Signatures over the raw body, five minutes, two secrets in rotation"],
  6: ["Card numbers get into logs, rows or events", "They are looked for in every input, and refused or struck out"],
  7: ["A checkout is framed by a page that is not the shop's", "`frame-ancestors` names the origins that the merchant listed"],
  8: ["A page sends the checkout's messages itself", "The frame and the shop's page speak over a port of their own"],
  9: ["A text of somebody else is run in the dashboard", "No inline script, none of others, Trusted Types, and texts are only ever texts"],
  10: [
    "A session is taken over, or goes on for ever",
    "A `__Host-` cookie, new at each sign-in; 15 minutes idle, 12 hours at most; ended by the server",
  ],
  11: ["Another site sends a request in somebody's name", "SameSite, the origin of each change, and a token of the session"],
  12: [
    "Passwords are guessed, or read from a stolen table",
    "scrypt with a salt each, 12 characters, none of the lists; the same work for an unknown person",
  ],
  13: [
    "A code of the second factor is used again, or a page that was left open is used",
    "A code works once, also in a race; recovery codes are hashes; what gives lasting power or much money asks once more who it is",
  ],
  14: ["Keys and passwords are tried in great numbers", "Ten tries of an address, a key and a person; a right secret is never locked out"],
  15: ["A body sets what its caller may not", "A field that the schema does not name is refused"],
  16: [
    "Somebody uses a route that is not for their role or key",
    "One table of roles and scopes, and each route is tried with each of them",
  ],
  17: [
    "Sealed secrets are read, moved or changed in the database",
    "AES-256-GCM under a key of each text, bound to table, merchant, mode, row and column; the master key can be changed",
  ],
  18: ["The audit log is edited", "Seals over Merkle trees, chained, with a key that is not in the database"],
  19: ["A text becomes a statement or a line of the log", "Parameters only"],
  20: ["An input costs far more than it weighs", "Bounds for bodies, depth, numbers and time"],
  21: ["An error tells of the inside", "A code, a sentence and the request's id; the rest is in the log"],
  22: ["A package is replaced by another one", "Each is pinned by its content, and few are needed to run"],
  23: [
    "Traffic is read on the way",
    "TLS ends before Tillway, 1.2 or newer, by [nginx](deploy/edge.md) or another one: see [going live](going-live.md)",
  ],
  24: ["A name such as `__proto__` changes objects", "It is refused, or kept as a name"],
  25: [
    "A route for tests, or one that nobody knows of, is open",
    "Each is in the document, and those for tests are not served beside live keys",
  ],
  26: ["A key or a role that was taken away still works", "It ends within a second"],
  27: ["An upgrade stops payments, or loses some", "Migrations that old and new versions can both run on"],
  28: ["A backup cannot be restored, or charges twice when it is", "A restored database asks the gateways before it charges"],
};
/** No test has these in its title yet; one that has is taken off this list. */
const untested = /** @type {number[]} */ ([]);

const TAGGED = /"([^"]*?) \(security row (\d+)\)"/;
const GROUP = /^( *)(?:\w+\.)?describe.*?"([^"]*?)(?: \(security row \d+\))?"/;

/**
 * The tests of a file that have a row in their title, each behind the title of the group that it is in.
 * @param {string} text
 * @returns {{ row: number, title: string }[]}
 */
function taggedIn(text) {
  /** @type {{ depth: number, title: string } | null} */
  let group = null;
  return text.split("\n").flatMap((line) => {
    const depth = line.search(/\S/);
    const [, , title] = GROUP.exec(line) ?? [];
    const [, tagged, row] = TAGGED.exec(line) ?? [];
    if (title !== undefined) group = { depth, title };
    if (tagged === undefined) return [];
    const isInside = title === undefined && group !== null && depth > group.depth;
    return [{ row: Number(row), title: isInside ? `${group?.title}: ${tagged}` : tagged }];
  });
}

/** @param {string} root */
export function securityTable(root) {
  /** @type {Map<number, string[]>} */
  const tests = new Map();
  for (const file of listFiles(root).filter((name) => name.endsWith(".test.ts"))) {
    for (const { row, title } of taggedIn(read(root, file))) {
      if (!(row in rows)) throw new Error(`${file} has a test of security row ${row}, which there is not: mend scripts/docs/security.mjs`);
      const said = `${title.replaceAll("|", "\\|").replaceAll("%s", "…")} (\`${file}\`)`;
      tests.set(row, [...(tests.get(row) ?? []), said]);
    }
  }
  const wrong = Object.keys(rows).filter((row) => tests.has(Number(row)) === untested.includes(Number(row)));
  if (wrong.length > 0)
    throw new Error(`security row ${wrong.join(", ")}: no test has it in its title, or one has and it is still listed as untested`);
  const lines = Object.entries(rows).map(
    ([row, [risk, control]]) => `| ${row} | ${risk} | ${control} | ${tests.get(Number(row))?.join("<br>") ?? "no test yet"} |`,
  );
  return ["| row | risk | what stands against it | tests |", "|---|---|---|---|", ...lines].join("\n");
}
