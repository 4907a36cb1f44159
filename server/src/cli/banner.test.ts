import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { banner, exportKeys, firstPayment } from "./banner.ts";

const keys = { merchant_id: "mer_1", key: "pk_test_a", secret: "sk_test_b" };
const facts = {
  url: "http://127.0.0.1:8000",
  checkoutUrl: "http://127.0.0.1:3001",
  dashboardUrl: "http://localhost:3000",
  signInUrl: "http://localhost:3000/invitation#inv_1",
  emailsUrl: "http://127.0.0.1:8000/emails#k",
  keys,
  operatorKeyPlace: join("place", "operator-key"),
};

/** The arguments that the C runtime of Windows makes of a command line: quotes group, `\"` is a quote. */
function argumentsOnWindows(line: string): string[] {
  return [...line.matchAll(/(?:"(?:\\"|[^"])*"|[^\s"])+/g)].map(([word]) =>
    word.replaceAll(/\\"|"/g, (found) => (found === '"' ? "" : '"')),
  );
}

function argumentsInShell(line: string): string[] {
  return execFileSync("sh", ["-c", `printf '%s\\n' ${line}`], { encoding: "utf8" })
    .trimEnd()
    .split("\n");
}

describe("the line to paste", () => {
  it.skipIf(process.platform === "win32")("means the same in a shell and in the command prompt of Windows", () => {
    const shell = argumentsInShell(firstPayment(facts, "linux"));
    expect(argumentsOnWindows(firstPayment(facts, "win32"))).toEqual(shell);
    expect(shell.slice(0, 3)).toEqual(["curl", "-s", "http://127.0.0.1:8000/v1/payments"]);
    expect(shell).toContain("X-Api-Secret: sk_test_b");
    expect(JSON.parse(shell.at(-1)!)).toMatchObject({ amount: 129_900, method: "card" });
  });

  it("holds no single quote on Windows, since it is an ordinary letter there", () => {
    expect(firstPayment(facts, "win32")).not.toContain("'");
  });
});

describe("the line that sets the keys as variables (U18)", () => {
  it.skipIf(process.platform === "win32")("sets them in a shell, for every later command", () => {
    const script = `${exportKeys(keys, "linux")}\nprintenv TILLWAY_KEY TILLWAY_SECRET`;
    expect(execFileSync("sh", ["-c", script], { encoding: "utf8" })).toBe("pk_test_a\nsk_test_b\n");
  });

  it("is a line of the banner, by itself", () => {
    const shown = banner({ ...facts, homeDir: "", ownDatabase: true, tookMs: 0 });
    expect(shown.split("\n")).toContain(exportKeys(keys));
  });

  it("sets the variables that the examples of the documents use", () => {
    const pages = ["README.md", "docs/test-scenarios.md"].map((page) => readFileSync(new URL(`../../../${page}`, import.meta.url), "utf8"));
    const used = new Set(pages.flatMap((page) => [...page.matchAll(/\$(\w*(?:KEY|SECRET))/g)].map(([, name]) => name)));
    expect([...used].toSorted()).toEqual(["TILLWAY_KEY", "TILLWAY_SECRET"]);
  });

  it("on Windows leaves no blank behind the key", () => {
    expect(exportKeys(keys, "win32")).toBe("set TILLWAY_KEY=pk_test_a&& set TILLWAY_SECRET=sk_test_b");
  });
});

it("the banner names the address, the keys, their file and where the data is", () => {
  const shown = banner({ ...facts, homeDir: "place", ownDatabase: true, tookMs: 1_234 });
  for (const part of [
    "ready (1.2 s)",
    `${facts.url}/v1`,
    facts.checkoutUrl,
    `${facts.dashboardUrl} — first sign-in: ${facts.signInUrl}\n`,
    facts.emailsUrl,
    keys.key,
    keys.secret,
    join("place", "test-keys.json"),
    join("place", "operator-key"),
    "data in place",
    firstPayment(facts),
  ])
    expect(shown).toContain(part);
  const elsewhere = banner({ ...facts, signInUrl: null, emailsUrl: null, homeDir: "", ownDatabase: false, tookMs: 0 });
  for (const part of ["the PostgreSQL of DATABASE_URL", "the mail server of SMTP_URL", `${facts.dashboardUrl}\n`])
    expect(elsewhere).toContain(part);
});
