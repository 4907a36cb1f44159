/** The sandbox's books while they are rewritten: a kill at any moment loses nothing. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { apply, emptyLedger, type Entry, type OperationRecord } from "../../sandbox/src/ledger.ts";
import { closedAfterEach } from "./support/closing.ts";
import { launch } from "./support/program.ts";
import "./support/patience.ts";

const PAYMENTS = 20_000;
const open = closedAfterEach();

/** Of each payment there is one line to keep and four that are out of date. */
function longJournal(): string {
  const lines: Entry[] = [{ kind: "account", account: "acc_1", apiKey: "k", webhookUrl: null, webhookSecret: "s" }];
  for (let n = 0; n < PAYMENTS; n++) {
    const key = `key-of-payment-${n}`;
    const id = `acc_1/sev_${key}_1/0`;
    const owed = { id, eventId: `sev_${key}_1`, account: "acc_1", key, dueAt: 1, body: "x".repeat(200) };
    lines.push({ kind: "sighting", account: "acc_1", key });
    lines.push({ kind: "operation", account: "acc_1", record: recordOf(key, n) });
    lines.push({ kind: "owed", owed: { ...owed, tries: 0 } }, { kind: "owed", owed: { ...owed, tries: 1 } }, { kind: "told", id });
  }
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

function recordOf(key: string, n: number): OperationRecord {
  return {
    key,
    operation: "charge",
    amount: 100 + n,
    currency: "INR",
    source: "tok_success",
    capture: true,
    scenario: "success",
    approves: true,
    payment: null,
    receivedAt: Date.now(),
    dueAt: Date.now(),
    storedError: false,
    tail: null,
    children: [],
  };
}

/** The keys and amounts of a journal. */
function books(path: string): Map<string, number> {
  const ledger = emptyLedger();
  for (const line of readFileSync(path, "utf8").split("\n")) if (line !== "") apply(ledger, JSON.parse(line) as Entry);
  expect(ledger.owed.size).toBe(0);
  return new Map([...ledger.accounts.get("acc_1")!.operations.values()].map(({ key, amount }) => [key, amount]));
}

it("a gateway that is killed while it rewrites its journal finds all of it at its next start", async () => {
  const directory = mkdtempSync(join(tmpdir(), "tillway books "));
  open.push(async () => rmSync(directory, { recursive: true, force: true }));
  const journal = join(directory, "journal.jsonl");
  const text = longJournal();
  writeFileSync(journal, text);
  const wanted = books(journal);
  const start = () => {
    const program = launch(["gateway", "sandbox", "--port", "0", "--journal", journal], { TILLWAY_HOME: directory });
    open.push(() => program.stop("SIGKILL"));
    return program;
  };
  // Killed as soon as the rewrite is seen, and then a little later each time: before, within and after the exchange of the files.
  for (let kill = 0; kill < 12; kill++) {
    writeFileSync(journal, text);
    const program = start();
    const isSeen = (): boolean => existsSync(`${journal}.new`) || statSync(journal).size < text.length;
    for (let met = 0; met <= kill && program.process.exitCode === null; await sleep(1)) if (isSeen()) met += 1;
    program.process.kill("SIGKILL");
    await program.ended;
    expect([kill, books(journal)]).toEqual([kill, wanted]);
  }
  const last = start();
  const [, url = ""] = await last.printed(/listens on (http:\S+);/);
  const { data } = (await (await fetch(`${url}/journal`)).json()) as { data: { key: string; amount: number }[] };
  expect(new Map(data.map(({ key, amount }) => [key, amount]))).toEqual(wanted);
  await last.stop();
  expect(readdirSync(directory).filter((name) => name.includes("journal"))).toEqual(["journal.jsonl"]);
  expect(statSync(journal).size).toBeLessThan(text.length / 2);
});
