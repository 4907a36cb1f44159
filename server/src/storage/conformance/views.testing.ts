import { beforeAll, describe, expect, test } from "vitest";
import { SAVED_VIEWS_MAX } from "../../core/constants.ts";
import type { SavedView } from "../../core/ports/people.ts";
import { id, newScope, tick } from "./rows.testing.ts";
import { shared, type MakeStorage } from "./storage.testing.ts";

/** A person's saved views: their own, counted, and gone with the membership. */
export function viewConformance(make: MakeStorage): void {
  describe("saved views", () => {
    const at = shared(make);
    const { merchantId } = newScope();
    beforeAll(async () => {
      await at.settings.createMerchant({ id: merchantId, name: "Shop", email: "views@shop.example", createdAt: tick() });
    });

    async function member(): Promise<string> {
      const [invitation, personId, now] = [id("inv"), id("per"), tick()];
      const email = `${personId}@people.example`;
      const invited = { id: invitation, merchantId, email, role: "support", isOperator: false, invitedBy: null } as const;
      await at.people.invite({ ...invited, createdAt: now, expiresAt: now + 60_000 }, null);
      expect(await at.people.accept(invitation, { id: personId, name: "Ann", passwordHash: null }, now)).toBe("accepted");
      return personId;
    }

    const view = (personId: string, given: Partial<SavedView> = {}): SavedView => ({
      id: id("view"),
      merchantId,
      personId,
      page: "payments",
      name: "Failed",
      query: "status=failed",
      createdAt: tick(),
      ...given,
    });

    test("are shown as they were saved, oldest first, to their person only", async () => {
      const [ann, bob] = [await member(), await member()];
      const [first, second, theirs] = [view(ann, { name: "Z" }), view(ann, { name: "A" }), view(bob)];
      for (const each of [first, second, theirs]) expect(await at.people.saveView(each)).toEqual(each);
      expect(await at.people.views(merchantId, ann)).toEqual([first, second]);
      expect(await at.people.views(merchantId, bob)).toEqual([theirs]);
      expect(await at.people.views(id("mer"), ann)).toEqual([]);
    });

    test("get another name and keep all else, also where there are as many as there may be", async () => {
      const [ann, bob] = [await member(), await member()];
      const rows = Array.from({ length: SAVED_VIEWS_MAX }, (_, n) => view(ann, { name: `View ${n}` }));
      for (const row of rows) await at.people.saveView(row);
      const [first, second] = rows;
      const named = { ...first!, name: "Zoë’s" };
      expect(await at.people.renameView(merchantId, ann, { id: first!.id, name: "Zoë’s" })).toEqual(named);
      expect(await at.people.renameView(merchantId, ann, { id: first!.id, name: "Zoë’s" })).toEqual(named);
      expect(await at.people.renameView(merchantId, ann, { id: first!.id, name: second!.name })).toBe("taken");
      expect(await at.people.renameView(merchantId, bob, { id: first!.id, name: "Mine" })).toBeNull();
      expect(await at.people.renameView(id("mer"), ann, { id: first!.id, name: "Mine" })).toBeNull();
      expect(await at.people.views(merchantId, ann)).toEqual([named, ...rows.slice(1)]);
    });

    test("of the same page and name are one, with the first one's id and time and the last one's query", async () => {
      const ann = await member();
      const [first, other] = [view(ann), view(ann, { page: "refunds" })];
      await at.people.saveView(first);
      await at.people.saveView(other);
      const replaced = { ...first, query: "status=canceled" };
      expect(await at.people.saveView(view(ann, { query: "status=canceled" }))).toEqual(replaced);
      expect(await at.people.views(merchantId, ann)).toEqual([replaced, other]);
    });

    test("are deleted by their person at their merchant, once", async () => {
      const [ann, bob] = [await member(), await member()];
      const mine = view(ann);
      await at.people.saveView(mine);
      expect(await at.people.deleteView(merchantId, bob, mine.id)).toBe(false);
      expect(await at.people.deleteView(id("mer"), ann, mine.id)).toBe(false);
      expect(await at.people.deleteView(merchantId, ann, mine.id)).toBe(true);
      expect(await at.people.deleteView(merchantId, ann, mine.id)).toBe(false);
    });

    test("are as many as there may be, and a place that was left is taken again", async () => {
      const ann = await member();
      const rows = Array.from({ length: SAVED_VIEWS_MAX }, (_, n) => view(ann, { name: `View ${n}` }));
      for (const row of rows) expect(await at.people.saveView(row)).toEqual(row);
      expect(await at.people.saveView(view(ann))).toBe("full");
      expect(await at.people.saveView(view(ann, { name: "View 9", query: "q=9" }))).toEqual({ ...rows[9]!, query: "q=9" });
      await at.people.deleteView(merchantId, ann, rows[30]!.id);
      expect(await at.people.saveView(view(ann))).toMatchObject({ name: "Failed" });
      expect(await at.people.views(merchantId, ann)).toHaveLength(SAVED_VIEWS_MAX);
    });

    test("go with the membership, and are not kept for somebody who is no member", async () => {
      const [ann, bob] = [await member(), await member()];
      await at.people.saveView(view(ann));
      await at.people.saveView(view(bob));
      expect(await at.people.removeMember(merchantId, ann, "support")).toBe("applied");
      expect(await at.people.views(merchantId, ann)).toEqual([]);
      expect(await at.people.views(merchantId, bob)).toHaveLength(1);
      expect(await at.people.saveView(view(ann))).toBe("no_member");
      expect(await at.people.views(merchantId, ann)).toEqual([]);
    });
  });
}
