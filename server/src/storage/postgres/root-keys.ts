/** The root key of this database, as each master key that may open it has sealed it. See docs/decisions/0073. */
import { keyIdOf, SealBroken, sealWith, unwrapRoot, wrapRoot, type Seal } from "../seal.ts";
import type { By } from "../../core/admin-actions.ts";
import { queriesBy, type Database } from "./connect.ts";
import { queryOf, type Query } from "./lists.ts";
import { UnfitDatabase } from "./session.ts";
import { opensSecrets } from "./settings.ts";

export interface RootKeys {
  /**
   * By this process's master key. The first one to ask makes its own master key the root key, unless it only looks. Null: this master key
   * opens nothing here.
   */
  open(masterKey: Uint8Array, looksOnly?: boolean): Promise<Uint8Array | null>;
  /** From now on this master key opens it as well. */
  admit(rootKey: Uint8Array, masterKey: Uint8Array, by?: By): Promise<void>;
  /** Those that open it, oldest first, by the ids that `keyIdOf` gives. */
  admitted(): Promise<readonly { readonly id: string; readonly at: number }[]>;
  /** All others open it no more. False: `id` is none of them, and nothing was done. */
  keepOnly(id: string, by?: By): Promise<boolean>;
}

/** The seal of a database. Before `openRoot` the master key stands for the root key: rightly, where it was the first one. */
export function sealedBy(database: Database, masterKey: Uint8Array) {
  let seal = sealWith(masterKey);
  const current: Seal = {
    seal: (text, place) => seal.seal(text, place),
    open: (sealed, place) => seal.open(sealed, place),
    hashSecret: (secret) => seal.hashSecret(secret),
    isSecret: (secret, hash) => seal.isSecret(secret, hash),
  };
  const queryBy = (by?: By): Query => queryOf(by ? queriesBy(database, by) : database);
  const rootKeys = rootKeysOf(queryBy, (key) => opensSecrets(database, sealWith(key)));
  const openRoot = async (looksOnly?: boolean): Promise<Uint8Array> => {
    const rootKey = await rootKeys.open(masterKey, looksOnly);
    if (rootKey !== null) seal = sealWith(rootKey);
    if (rootKey !== null && (await opensSecrets(database, seal))) return rootKey;
    throw new UnfitDatabase(
      "TILLWAY_MASTER_KEY is not the key that opens this database. Use the same one for all parts; with `npm start` unset it, its key is in its home.",
    );
  };
  return { seal: current, rootKeys, openRoot };
}

/** @param isRight whether a key opens what this database keeps sealed: one from before there were root keys must */
function rootKeysOf(queryBy: (by?: By) => Query, isRight: (rootKey: Uint8Array) => Promise<boolean>): RootKeys {
  const query = queryBy();
  const find = async (masterKey: Uint8Array): Promise<Uint8Array | null | "none"> => {
    const rows = await query("root_keys", "select master_key_id, wrapped from root_keys", []);
    if (rows.length === 0) return "none";
    const own = rows.find(({ master_key_id: id }) => id === keyIdOf(masterKey));
    try {
      return own === undefined ? null : unwrapRoot(own.wrapped as string, masterKey);
    } catch (error) {
      if (error instanceof SealBroken) return null;
      throw error;
    }
  };
  const admit: RootKeys["admit"] = async (rootKey, masterKey, by) => {
    const values = [keyIdOf(masterKey), wrapRoot(rootKey, masterKey), Date.now()];
    await queryBy(by)("root_keys_admit", texts.admit, values);
  };
  const isReadOnly = async (): Promise<boolean> => {
    const [row] = await query("root_keys_read_only", "select current_setting('transaction_read_only') = 'on' as is_read_only", []);
    return row!.is_read_only === true;
  };
  return {
    async open(masterKey, looksOnly = false) {
      const found = await find(masterKey);
      if (found !== "none") return found;
      if (!(await isRight(masterKey))) return null;
      // A standby that nobody has promoted yet takes no row: whoever starts first on one that does makes it.
      if (looksOnly || (await isReadOnly())) return masterKey;
      // Of several that start at once with different keys, one is first; the others find its row.
      await query("root_keys_first", texts.first, [keyIdOf(masterKey), wrapRoot(masterKey, masterKey), Date.now()]);
      const made = await find(masterKey);
      return made === "none" ? null : made;
    },
    admit,
    admitted: async () => {
      const rows = await query("root_keys_list", texts.list, []);
      return rows.map((row) => ({ id: row.master_key_id as string, at: row.at as number }));
    },
    keepOnly: async (id, by) => (await queryBy(by)("root_keys_keep", texts.keep, [id])).length > 0,
  };
}

const inserts = "insert into root_keys (master_key_id, wrapped, created_at) select $1::text, $2::text, to_timestamp($3::float8 / 1000)";
const texts = {
  first: `with one as (select pg_advisory_xact_lock(hashtext('root_keys')))
    ${inserts} from one where not exists (select from root_keys) on conflict do nothing`,
  admit: `${inserts} on conflict (master_key_id) do update set wrapped = excluded.wrapped`,
  list: "select master_key_id, round(extract(epoch from created_at) * 1000)::float8 as at from root_keys order by created_at, master_key_id",
  keep: `with kept as (select master_key_id from root_keys where master_key_id = $1::text),
    gone as (delete from root_keys where master_key_id <> $1::text and exists (select from kept))
    select master_key_id from kept`,
} as const;
