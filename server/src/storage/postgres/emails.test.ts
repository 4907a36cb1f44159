import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseServers } from "../../../../test/support/databases.ts";
import { postgresStorage, type TestStorage } from "../../../../test/support/storage.ts";
import { CAPTURED_EMAILS_MAX } from "../../core/constants.ts";
import type { Scope } from "../../core/model.ts";
import { id, newScope, T0 } from "../conformance/rows.testing.ts";

describe.each(databaseServers())("e-mails that are kept on $name", ({ url }) => {
  let storage: TestStorage;
  beforeAll(async () => void (storage = await postgresStorage(url)));
  afterAll(() => storage.close());

  async function merchant(): Promise<Scope> {
    const scope = newScope();
    await storage.settings.createMerchant({ id: scope.merchantId, name: "Shop", email: `${scope.merchantId}@x.example`, createdAt: T0 });
    return scope;
  }

  const email = (scope: Scope, subject: string, deliveryId = id("dlv")) =>
    ({
      ...scope,
      deliveryId,
      from: "Shop <a@b.c>",
      to: "s@x.example",
      replyTo: null,
      subject,
      text: "t",
      html: "<p>",
      capturedAt: T0,
    }) as const;

  it("are the newest of each merchant, as they were last, and not more than there is room for", async () => {
    const [mine, others] = [await merchant(), await merchant()];
    const first = email(mine, "first");
    await storage.emails.keep(first);
    await storage.emails.keep({ ...first, subject: "first again" });
    await storage.emails.keep(email(others, "theirs"));
    expect(await storage.emails.kept(mine, 10)).toEqual([{ ...first, subject: "first again" }]);
    for (let n = 0; n < CAPTURED_EMAILS_MAX; n++) await storage.emails.keep(email(mine, `mail ${n}`));
    const kept = await storage.emails.kept(mine, 10 * CAPTURED_EMAILS_MAX);
    expect(kept).toHaveLength(CAPTURED_EMAILS_MAX);
    expect([kept[0]!.subject, kept.at(-1)!.subject]).toEqual([`mail ${CAPTURED_EMAILS_MAX - 1}`, "mail 0"]);
    expect((await storage.emails.kept(others, 10)).map(({ subject }) => subject)).toEqual(["theirs"]);
  });
});
