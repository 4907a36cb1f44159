import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { databaseServers } from "../../../../test/support/databases.ts";
import { World } from "../../../../test/support/flows/world.ts";
import { connect } from "../../../../test/support/connect.ts";
import { needs } from "../../../../test/support/require-services.ts";
import { postgresStorage, type TestStorage } from "../../../../test/support/storage.ts";
import { mailbox } from "../../../../test/journeys/support/mailbox.ts";
import type { Letter, Mail, MailResult } from "../../core/ports/mail.ts";
import { createSmtp } from "../../deliveries/email/smtp.ts";
import { noResult } from "../../deliveries/email/result.ts";
import { case_, newScope } from "../../storage/conformance/rows.testing.ts";
import { keeperOf } from "../dead-messages/keep.ts";
import type { Deps } from "../deps.ts";
import { ALARM_AGAIN_MS, ALARM_EVERY_MS, tellOperator } from "./alarm.ts";

const [server] = databaseServers();
const mailpit = needs("mailpit", process.env["MAILPIT_SMTP_URL"]);

describe("what needs a person", () => {
  const world = new World();
  const sent: Letter[] = [];
  let storage: TestStorage;
  let answer: MailResult;
  beforeAll(async () => void (storage = await postgresStorage(server!.url)));
  afterAll(() => storage?.close());
  beforeEach(async () => {
    sent.length = 0;
    answer = { ...noResult, ok: true };
    world.clock.jump(2 * ALARM_EVERY_MS);
    await connect(storage.databaseUrl, (client) => client.query("delete from dead_messages; delete from cases"));
  });

  const mail: Mail = { by: "smtp", send: async () => answer, sendLetter: async (letter) => (sent.push(letter), answer) };
  const deps = (given: Partial<Deps> = {}): Deps => ({
    ...world.deps,
    mail,
    alarming: { alarms: storage.alarms, to: "operations@example.com", url: "https://dashboard.example.com" },
    ...given,
  });
  const random = { float: () => 0.5, bytes: (length: number) => randomBytes(length) };
  const bury = (position: string) =>
    keeperOf({ ...world.deps, random, deadMessages: storage.upkeep.deadMessages })({
      engine: "redis",
      place: "payment-queue",
      partition: null,
      position,
      reason: "it names no job",
      value: "4242424242424242",
      headers: {},
    });
  const failing = async (kind: "dead_job" | "malformed_message" | "overdue") => {
    const scope = newScope();
    await storage.store.commit({ ...scope, cases: { open: [case_(scope, { kind, subject: kind })] } });
  };
  const subjects = () => sent.map(({ subject }) => subject);

  it("is one e-mail to the operator with its numbers, and nothing of what it is about", async () => {
    for (const position of ["1", "2", "3"]) await bury(position);
    for (const kind of ["dead_job", "malformed_message", "overdue"] as const) await failing(kind);
    await tellOperator(deps());
    expect(subjects()).toEqual([
      "Tillway needs a person: 3 messages of the engine can't be read, 1 job goes on failing, 1 webhook or job can't be read",
    ]);
    expect(sent[0]).toMatchObject({ to: "operations@example.com", link: { url: "https://dashboard.example.com" } });
    expect(sent[0]!.paragraphs.join(" ")).toMatch(/tillway dlq list.*tillway cases list/);
    expect(JSON.stringify(sent)).not.toContain("4242");
  });

  it("is told by one of many processes, once, and what comes up later in the next e-mail, not before its time", async () => {
    await bury("1");
    await Promise.all(Array.from({ length: 8 }, () => tellOperator(deps())));
    expect(sent).toHaveLength(1);
    await bury("2");
    world.clock.jump(ALARM_EVERY_MS - 1_000);
    await tellOperator(deps());
    expect(sent).toHaveLength(1);
    world.clock.jump(1_000);
    await tellOperator(deps());
    expect(subjects()[1]).toBe("Tillway needs a person: 1 message of the engine can't be read");
    world.clock.jump(ALARM_EVERY_MS);
    await tellOperator(deps());
    expect(sent).toHaveLength(2);
  });

  it("is told again where the mail server did not take it, after a minute", async () => {
    await failing("dead_job");
    answer = { ...noResult, ok: false, statusCode: 451 };
    await tellOperator(deps());
    await tellOperator(deps());
    expect(sent).toHaveLength(1);
    answer = { ...noResult, ok: true };
    world.clock.jump(ALARM_AGAIN_MS);
    await tellOperator(deps());
    expect(subjects()[1]).toBe(subjects()[0]);
    world.clock.jump(ALARM_EVERY_MS);
    await tellOperator(deps());
    expect(sent).toHaveLength(2);
  });

  it("is looked for by nobody where no address is set", async () => {
    await bury("1");
    await tellOperator(deps({ alarming: null }));
    await tellOperator(deps());
    expect(sent).toHaveLength(1);
  });

  mailpit.describe("with a mail server", () => {
    it("arrives there", async () => {
      const box = mailbox(process.env["MAILPIT_API_URL"] ?? "");
      const to = box.address();
      await bury("1");
      const smtp = createSmtp({ url: mailpit.url, sender: "tillway@example.com" });
      await tellOperator(deps({ mail: smtp, alarming: { ...deps().alarming!, to } }));
      const [arrived] = await box.mailsTo(to, 1);
      expect(arrived.Subject).toBe("Tillway needs a person: 1 message of the engine can't be read");
      expect(arrived.Text).toContain("https://dashboard.example.com");
    });
  });
});
