/** What was written a moment ago is found, whether or not the table of finds holds it yet, and whatever it says about it. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect } from "../../../../test/support/connect.ts";
import { sampledServers } from "../../../../test/support/databases.ts";
import { postgresStorage, type TestStorage } from "../../../../test/support/storage.ts";
import type { Payment, Scope } from "../../core/model.ts";
import type { Search } from "../../core/ports/search.ts";
import { anAccount } from "../../core/rows.testing.ts";
import { readSearch } from "../../core/search.ts";
import { event, moving, newScope, processing, refund, stored } from "../conformance/rows.testing.ts";
import { known } from "../conformance/storage.testing.ts";
import { openDatabase, type Database } from "./connect.ts";
import { fillerOf, type Filler } from "./finds.ts";
import { searchOf } from "./search.ts";

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const card = (last4: string) => ({ type: "card", connector: "sandbox", token: "t", network: "visa", last4 }) as const;

for (const server of sampledServers()) {
  describe(`search: ${server.name}`, () => {
    let storage: TestStorage;
    let database: Database;
    let search: Search;
    let filler: Filler;
    beforeAll(async () => {
      storage = await postgresStorage(server.url);
      database = openDatabase({ databaseUrl: storage.databaseUrl, log: silent, size: 3, connectWaitMs: 15_000, hot: false });
      search = searchOf(database);
      filler = fillerOf(database, silent);
    });
    afterAll(async () => {
      await filler.stop();
      await database.close();
      await storage.close();
    });

    async function newMerchant(): Promise<Scope> {
      const scope = newScope();
      await storage.settings.createMerchant({
        id: scope.merchantId,
        name: "Shop",
        email: `${scope.merchantId}@merchant.example`,
        createdAt: 0,
      });
      return scope;
    }

    const find = async (scope: Scope, text: string) =>
      (await search.find(scope, readSearch(text)!, 20)).map((hit) => `${hit.kind} ${hit.id} by ${hit.matched}`);
    const behind = async (scope: Scope) => {
      const text = "select count(*)::int as n from payment_finds where merchant_id = $1";
      const { rows } = await connect(storage.databaseUrl, (client) => client.query(text, [scope.merchantId]));
      return rows[0].n as number;
    };

    test("a payment is found by each of its sides, before it was taken over and after", async () => {
      const scope = await newMerchant();
      const made = await stored(storage.store, scope, {
        amount: 129_900,
        currency: "INR",
        orderId: "shop-7",
        customer: { email: "Anna@Shop.example" },
        method: card("4321"),
      });
      const by = (matched: string) => [`payment ${made.id} by ${matched}`];
      for (const isTaken of [false, true]) {
        if (isTaken) await filler.fill();
        expect(await behind(scope)).toBe(isTaken ? 1 : 0);
        expect(await find(scope, made.id.toLowerCase())).toEqual(by("id"));
        expect(await find(scope, "anna@shop.EXAMPLE")).toEqual(by("email"));
        expect(await find(scope, "4321")).toEqual(by("last4"));
        for (const amount of ["₹1,299.00", "1299", "129900", "1,299 inr"]) expect(await find(scope, amount), amount).toEqual(by("amount"));
        for (const other of ["EUR 1299.00", "1299.01", "4322", "bert@shop.example", "shop-8"]) expect(await find(scope, other)).toEqual([]);
        expect(await find(scope, "shop-7")).toEqual(by("order"));
      }
      for (const other of [newScope(), { ...scope, mode: "live" } as const]) {
        for (const text of [made.id, "anna@shop.example", "4321", "1299", "shop-7"]) expect(await find(other, text)).toEqual([]);
      }
    });

    test("what changes of a payment after it was taken over is found too", async () => {
      const scope = await newMerchant();
      const made = await stored(storage.store, scope, { method: null, customer: null });
      await filler.fill();
      const paid: Partial<Payment> = { method: card("8765"), customer: { email: "late@shop.example" }, sequence: 2 };
      const told = event({ ...made, sequence: 2 }, { type: "payment.pending" });
      expect(await storage.store.commit(moving(made, paid, { events: [told] }))).toBe("applied");
      for (const isTaken of [false, true]) {
        if (isTaken) await filler.fill();
        expect(await find(scope, "8765")).toEqual([`payment ${made.id} by last4`]);
        expect(await find(scope, "late@shop.example")).toEqual([`payment ${made.id} by email`]);
        const { rows } = known(
          await storage.reads.payments(scope, { limit: 9, last4: "8765", email: "late@shop.example", method: "card" }),
        );
        expect(rows.map((row) => row.id)).toEqual([made.id]);
      }
    });

    test("a payment whose money was given back says so, by whichever of its sides it is found", async () => {
      const scope = await newMerchant();
      const paid = { status: "succeeded", amountAuthorized: 900, amountCaptured: 900 } as const;
      for (const amountRefunded of [0, 400, 900]) {
        const made = await stored(storage.store, scope, { amount: 900, method: card("7777") });
        expect(await storage.store.commit(moving(made, { ...paid, amountRefunded }))).toBe("applied");
      }
      const statuses = async (text: string) => (await search.find(scope, readSearch(text)!, 20)).map((hit) => hit.status);
      for (const text of ["7777", "9.00 INR"]) expect(await statuses(text)).toEqual(["refunded", "partly_refunded", "succeeded"]);
    });

    test("attempts, events and refunds by their ids, and payments by the gateway's reference", async () => {
      const scope = await newMerchant();
      const { payment, attempt: charge } = await processing(storage.store, scope);
      expect(await find(scope, charge.id)).toEqual([`attempt ${charge.id} by id`]);
      const told = known(await storage.reads.events(scope, { limit: 1 })).rows[0]!.id;
      expect(await find(scope, told)).toEqual([`event ${told} by id`]);
      const account = anAccount(1, { ...scope, id: charge.accountId });
      await storage.settings.putAccount(account);
      const answered = { ...charge, status: "pending", gatewayReference: "ch_9" } as const;
      expect(await storage.store.commit(moving(payment, {}, { attempts: { update: [answered] } }))).toBe("applied");
      expect(await find(scope, "ch_9")).toEqual([`payment ${payment.id} by reference`]);
      const given = refund(payment, { status: "pending" });
      const later = { ...payment, version: payment.version + 1 };
      expect(await storage.store.commit(moving(later, {}, { refunds: { insert: [given] } }))).toBe("applied");
      expect(await find(scope, given.id)).toEqual([`refund ${given.id} by id`]);
      expect(await find(newScope(), "ch_9")).toEqual([]);
    });

    test("a page of a filter that few fit, and one that many fit, has each payment once, also while some are behind", async () => {
      const scope = await newMerchant();
      const made: Payment[] = [];
      for (let n = 0; n < 8; n++) made.push(await stored(storage.store, scope, { currency: n % 4 ? "INR" : "JPY", method: card("1111") }));
      await filler.fill();
      made.push(await stored(storage.store, scope, { currency: "JPY", method: card("1111") }));
      const page = async (given: object) => {
        const { rows, hasMore } = known(await storage.reads.payments(scope, { limit: 3, ...given }));
        return [rows.map((row) => made.findIndex((one) => one.id === row.id)), hasMore];
      };
      expect(await page({ currency: "JPY" })).toEqual([[8, 4, 0], false]);
      expect(await page({ last4: "1111" })).toEqual([[8, 7, 6], true]);
      expect(await page({ last4: "1111", startingAfter: made[6]!.id })).toEqual([[5, 4, 3], true]);
      expect(await page({ last4: "1111", currency: "INR", startingAfter: made[3]!.id })).toEqual([[2, 1], false]);
    });
  });
}
