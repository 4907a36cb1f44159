import { ACCOUNTS_MAX, ACCOUNTS_SHOWN_MAX } from "../../core/accounts.ts";
import type { Settings } from "../../core/ports/settings.ts";
import { claim, owned, sameScope, type Tables } from "./tables.ts";

type AccountSettings = Pick<
  Settings,
  "putAccount" | "createAccount" | "changeAccount" | "accounts" | "accountOf" | "account" | "connectorsInUse"
>;

/** Gateway accounts in memory. Credentials are plain here: nothing outlives the process. */
export function memoryAccounts(tables: Tables): AccountSettings {
  const all = () => [...tables.accounts.values()];
  return {
    putAccount: async (account) => void tables.accounts.set(account.id, account),
    createAccount: async (account, key) => {
      if (all().filter((row) => sameScope(row, account) && row.closedAt === null).length >= ACCOUNTS_MAX) return "full";
      if (!claim(tables, key)) return "duplicate";
      tables.accounts.set(account.id, account);
      return "applied";
    },
    changeAccount: async (before, after, key) => {
      const stored = owned(tables.accounts.get(before.id), before);
      if (stored?.version !== before.version || (stored.closedAt !== null && stored.closedAt !== after.closedAt)) return "stale";
      if (!claim(tables, key)) return "duplicate";
      const { merchantId, mode, id, connector, createdAt, version } = stored;
      tables.accounts.set(id, { ...after, merchantId, mode, id, connector, createdAt, version: version + 1 });
      return "applied";
    },
    accounts: async (scope) =>
      all()
        .filter((row) => sameScope(row, scope))
        .sort((a, b) => Number(a.closedAt !== null) - Number(b.closedAt !== null) || a.priority - b.priority || (a.id < b.id ? -1 : 1))
        .slice(0, ACCOUNTS_SHOWN_MAX),
    accountOf: async (scope, id) => owned(tables.accounts.get(id), scope),
    account: async (accountId) => tables.accounts.get(accountId) ?? null,
    connectorsInUse: async () => [...new Set(all().flatMap((row) => (row.status === "enabled" ? [row.connector] : [])))],
  };
}
