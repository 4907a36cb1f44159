import { SAVED_VIEWS_MAX } from "../../core/constants.ts";
import type { People, SavedView } from "../../core/ports/people.ts";

/** @param isMember whether somebody is in a merchant's team */
export function memoryViews(isMember: (merchantId: string, personId: string) => boolean) {
  const kept = new Map<string, SavedView>();
  const of = (merchantId: string, personId: string): SavedView[] =>
    [...kept.values()].filter((row) => row.merchantId === merchantId && row.personId === personId).sort((a, b) => (a.id < b.id ? -1 : 1));
  const rows: Pick<People, "views" | "saveView" | "renameView" | "deleteView"> = {
    views: async (merchantId, personId) => of(merchantId, personId),
    saveView: async (view) => {
      if (!isMember(view.merchantId, view.personId)) return "no_member";
      const mine = of(view.merchantId, view.personId);
      const same = mine.find(({ page, name }) => page === view.page && name === view.name);
      if (same === undefined && mine.length >= SAVED_VIEWS_MAX) return "full";
      const saved = same === undefined ? view : { ...same, query: view.query };
      kept.set(saved.id, saved);
      return saved;
    },
    renameView: async (merchantId, personId, { id, name }) => {
      const mine = of(merchantId, personId);
      const row = mine.find((each) => each.id === id);
      if (row === undefined) return null;
      if (mine.some((each) => each.id !== id && each.page === row.page && each.name === name)) return "taken";
      const renamed = { ...row, name };
      kept.set(id, renamed);
      return renamed;
    },
    deleteView: async (merchantId, personId, id) => {
      const row = kept.get(id);
      return row?.merchantId === merchantId && row.personId === personId && kept.delete(id);
    },
  };
  const forget = (merchantId: string, personId: string): void => of(merchantId, personId).forEach(({ id }) => kept.delete(id));
  return { rows, forget };
}
