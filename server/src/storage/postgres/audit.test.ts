import { randomBytes } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseServers } from "../../../../test/support/databases.ts";
import { postgresStorage, type TestStorage } from "../../../../test/support/storage.ts";
import { waitFor } from "../../../../test/support/wait-for.ts";
import { auditVerifier, LEFT_OUT } from "../../core/audit/verify.ts";
import { leafOf } from "../../core/audit/merkle.ts";
import type { By } from "../../core/admin-actions.ts";
import type { Scope } from "../../core/model.ts";
import { auditLines } from "../../flows/audit/export.ts";
import { sealNew } from "../../flows/audit/seal.ts";
import { event, id as newId, newScope, payment, T0, tick } from "../conformance/rows.testing.ts";
import { auditKey, auditMac } from "../seal.ts";

const masterKey = randomBytes(32);
const mac = (merchantId: string, hash: string): string => auditMac(auditKey(masterKey, merchantId), hash);
const by: By = { kind: "person", id: "per_1", label: "Ann Lee", requestId: "req_1", at: T0 };

for (const server of databaseServers())
  describe(`the audit log: ${server.name}`, () => {
    let storage: TestStorage;
    let now = T0;
    beforeAll(async () => {
      storage = await postgresStorage(server.url);
    });
    afterAll(async () => storage?.close());

    const seal = (token = "one") => sealNew({ audit: storage.audit, clock: { now: () => now }, mac, token });

    async function merchant(): Promise<Scope> {
      const scope = newScope("test");
      const row = { id: scope.merchantId, name: "Shop", email: `${scope.merchantId}@example.com`, createdAt: T0 };
      await storage.settings.by(by).createMerchant(row);
      return scope;
    }

    async function paid(scope: Scope, count = 1): Promise<void> {
      for (let n = 0; n < count; n++) {
        const row = payment(scope);
        await storage.store.commit({
          ...scope,
          events: [{ ...event(row), paymentId: null, body: JSON.stringify({ object: "payment", note: "naïve ✓\n" }) }],
        });
      }
    }

    async function exported(scope: Scope, span = { from: null, until: null } as { from: number | null; until: number | null }) {
      let text = "";
      for await (const lines of auditLines(storage.audit, scope.merchantId, span)) text += lines;
      return text.trimEnd().split("\n");
    }

    function verify(lines: readonly string[], scope: Scope, head: string | null = null) {
      const verifier = auditVerifier({ mac: (hash) => mac(scope.merchantId, hash), head });
      for (const line of lines) verifier.line(line);
      return verifier.result();
    }

    /** As the owner of the database, who can do anything. */
    async function tamper(text: string, values: readonly unknown[]): Promise<void> {
      const client = new pg.Client({ connectionString: storage.databaseUrl });
      await client.connect();
      await client.query("set session_replication_role = replica");
      await client.query(text, [...values]);
      await client.end();
    }

    it("has events of both modes and admin actions in one chain, which an export proves", async () => {
      const scope = await merchant();
      await paid(scope, 3);
      await paid({ ...scope, mode: "live" }, 2);
      await seal();
      await paid(scope);
      await seal();
      await seal();
      await paid(scope);
      const lines = await exported(scope);
      expect(verify(lines, scope)).toMatchObject({ broken: null, rows: 8, seals: 2, unsealed: 1 });
      expect(lines.filter((line) => line.includes('"admin_action"')).map((line) => JSON.parse(line))).toEqual([
        expect.objectContaining({ action: "merchant.created", actor: { kind: "person", id: "per_1", label: "Ann Lee" } }),
      ]);
      expect((await storage.audit.head(scope.merchantId))?.hash).toBe(verify(lines, scope).head);
    });

    it("hashes a row in the database as its exported line is hashed outside", async () => {
      const scope = await merchant();
      await paid(scope);
      const { leaves } = await storage.audit.next(scope.merchantId, 10);
      await seal();
      const lines = (await exported(scope)).filter((line) => /"object":"(event|admin_action)"/.test(line));
      expect(leaves.map(({ hash }) => hash.toString("hex"))).toEqual(lines.map((line) => leafOf(line).toString("hex")));
    });

    it("shows what the owner of the database changed, removed and took off its end (security row 18)", async () => {
      const scope = await merchant();
      await paid(scope, 5);
      await seal();
      const ids = (await exported(scope)).flatMap((line) => (line.includes('"event"') ? [JSON.parse(line).id as string] : []));
      await paid(scope);
      await seal();
      const { hash } = (await storage.audit.head(scope.merchantId))!;
      await tamper("delete from seals where merchant_id = $1 and n = 2", [scope.merchantId]);
      expect(verify(await exported(scope), scope, hash).broken?.what).toContain("No seal has the noted hash");
      await tamper("delete from events where id = $1", [ids[3]]);
      expect(verify(await exported(scope), scope).broken?.what).toContain(`is missing, before ${ids[4]}`);
      await tamper("update events set body = '{}' where id = $1", [ids[1]]);
      expect(verify(await exported(scope), scope).broken?.what).toContain(`${ids[1]} is not what was sealed`);
    });

    it("proves a part in time, also of seals that lie in it by half", async () => {
      const scope = await merchant();
      const other = { ...by, at: T0 + 60_000 };
      const rule = (who: By) => storage.settings.by(who).putRouting(scope, [], { now: T0, expected: null });
      for (const who of [by, other, by]) await rule(who);
      await seal();
      await rule(other);
      await seal();
      const lines = await exported(scope, { from: T0 + 1, until: T0 + 90_000 });
      expect(verify(lines, scope)).toMatchObject({ broken: null, rows: 2, seals: 2 });
    });

    it("says when rows that are not sealed yet are not in an export", async () => {
      const scope = await merchant();
      await paid(scope);
      await tamper(
        `insert into events (merchant_id, mode, id, sequence, type, body, created_at)
         select merchant_id, mode, 'evt_' || lpad(n::text, 26, '0'), sequence, type, body, created_at from events, generate_series(1, 1998) n where merchant_id = $1`,
        [scope.merchantId],
      );
      const endOf = (lines: readonly string[]) => JSON.parse(lines.at(-1)!) as { left_out: boolean; rows: number };
      // With the merchant itself there are as many rows as one seal names. A row that is younger than a transaction of another test comes after its end.
      await waitFor("all to be exported", async () => endOf(await exported(scope)).rows === 2_000);
      expect(endOf(await exported(scope))).toMatchObject({ rows: 2_000, left_out: false });
      await paid(scope);
      const lines = await exported(scope);
      expect(endOf(lines)).toMatchObject({ rows: 2_000, seals: 0, left_out: true });
      expect(verify(lines, scope)).toMatchObject({ broken: null, unsealed: 2_000, notes: expect.arrayContaining([LEFT_OUT]) });
      const span = { from: null, until: tick() + 60_000 };
      expect(endOf(await exported(scope, span))).toMatchObject({ rows: 0, left_out: true });
      // What is younger than a transaction that still runs is sealed the next time: on a loaded machine the first time was too early once.
      await waitFor("all to be sealed", async () => (await seal(), !endOf(await exported(scope)).left_out));
      expect(endOf(await exported(scope))).toMatchObject({ rows: 2_001, left_out: false });
      expect(endOf(await exported(scope, span))).toMatchObject({ rows: 2_001, left_out: false });
    });

    it("has who invited whom to a team, who came, and whose role was changed by whom", async () => {
      const scope = await merchant();
      const { merchantId } = scope;
      const person = { id: newId("per"), name: "Bo", passwordHash: "hash" };
      const id = newId("inv");
      const row = { id, merchantId, email: "bo@shop.example", role: "support", isOperator: false, invitedBy: null } as const;
      await storage.people.by(by).invite({ ...row, createdAt: T0, expiresAt: T0 + 60_000 }, null);
      await storage.people.by({ ...by, id: person.id, at: T0 + 1 }).accept(id, person, T0 + 1);
      await storage.people.by({ ...by, at: T0 + 2 }).changeRole(merchantId, person.id, { before: "support", after: "admin" });
      const page = await storage.reads.adminActions(scope, { limit: 10, action: "member." });
      expect(page).toMatchObject({
        rows: [
          { action: "member.updated", subject: person.id, actorId: "per_1", before: { role: "support" }, after: { role: "admin" } },
          { action: "member.created", subject: person.id, actorId: person.id, after: { role: "support" } },
        ],
      });
      expect(await storage.reads.adminActions(scope, { limit: 10, action: "invitation." })).toMatchObject({
        rows: expect.arrayContaining([expect.objectContaining({ action: "invitation.created", subject: id, actorId: "per_1" })]),
      });
      await seal();
    });

    it("is sealed by one process at a time, and by another once that one has died", async () => {
      const scope = await merchant();
      now += 60_000;
      expect(await seal("one")).toBe(1);
      await paid(scope);
      expect(await seal("two")).toBe(0);
      now += 60_000;
      expect(await seal("two")).toBe(1);
    });

    it("leaves a row out while one that is committed before it may still come", async () => {
      const scope = await merchant();
      await seal("two");
      const slow = new pg.Client({ connectionString: storage.databaseUrl });
      await slow.connect();
      await slow.query("begin");
      await slow.query(
        `insert into admin_actions (merchant_id, mode, id, at, actor_kind, action, subject) values ($1, '', 'act_slow', now(), 'cli', 'slow.one', 'x')`,
        [scope.merchantId],
      );
      await paid(scope);
      expect(await seal("two")).toBe(0);
      await slow.query("commit");
      await slow.end();
      expect(await seal("two")).toBe(1);
      expect(verify(await exported(scope), scope)).toMatchObject({ broken: null, rows: 3, unsealed: 0 });
    });
  });
