/** `tillway master-key`: another master key in the place of one that too many have seen. See docs/decisions/0073. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { draftPrivately } from "../embedded/home.ts";
import { iso } from "../core/represent.ts";
import { keyIdOf } from "../storage/seal.ts";
import type { Parts } from "../wire.ts";
import { Failure, UsageError } from "./explain.ts";
import { settingsOf } from "./parts.ts";
import { byUser, masterKeyHere, runVerb, type Given, type Shown, type Verb } from "./verbs.ts";

type Option = "out";

const verbs: Readonly<Record<string, Verb<Option>>> = {
  status: { run: status },
  rotate: { takes: ["out"], run: rotate },
  retire: { run: retire },
};

export function runMasterKey(argv: string[]): Promise<number> {
  return runVerb("master-key", "the master key", verbs, argv);
}

async function status({ rootKeys }: Parts): Promise<Shown> {
  const own = ownId();
  const keys = (await rootKeys.admitted()).map(({ id, at }) => ({ id, since: iso(at), is_this_ones: id === own }));
  const text = keys.map(({ id, since, is_this_ones }) => `${id}  since ${since}${is_this_ones ? "  the one used here" : ""}`).join("\n");
  return { text, json: { keys } };
}

/**
 * The new key is on the disk before it opens the database, and has its name afterwards: a key that opens it is never lost, and whoever has the
 * file can start. `--out -` shows it instead, for a container that can write nowhere.
 */
async function rotate({ rootKey, rootKeys }: Parts, { out }: Given<Option>): Promise<Shown> {
  const { masterKey, homeDir } = settingsOf("cases");
  const isOfHome = masterKey === null;
  if (!isOfHome && out === undefined)
    throw new UsageError("missing: --out FILE, where the new key is written; TILLWAY_MASTER_KEY is set here, so the home has none");
  if (isOfHome && out !== undefined) throw new UsageError("--out is for machines with TILLWAY_MASTER_KEY; here the key is in the home");
  const isShown = out === "-";
  if (out !== undefined && !isShown && existsSync(out))
    throw new UsageError(`--out: ${out} is there already, and may hold a key; name another file`);
  const file = out ?? join(homeDir, "master-key");
  const next = randomBytes(32);
  const [id, before] = [keyIdOf(next), ownId()];
  const key = next.toString("hex");
  const putInPlace = isShown ? () => undefined : drafted(file, `${key}\n`);
  await rootKeys.admit(rootKey, next, byUser());
  putInPlace();
  const todo = isOfHome
    ? "Both keys open this database now. Restart Tillway, then: tillway master-key retire"
    : "Both keys open this database now. Give all parts the new one as TILLWAY_MASTER_KEY, one after the other, then with it: tillway master-key retire";
  const where = isShown ? `The new key ${id} is not shown again: ${key}` : `The new key ${id} is in ${file}`;
  return { text: `${where}; ${before} was the one before.\n${todo}`, json: { id, before, ...(isShown ? { key } : { file }) } };
}

function drafted(file: string, text: string): () => void {
  try {
    return draftPrivately(file, text);
  } catch (error) {
    throw new UsageError(
      `--out: ${file} can't be written (${(error as Error).message}), so no key was made; name another file, or - to see the key`,
    );
  }
}

/** All keys but the one used here. */
async function retire({ rootKeys }: Parts): Promise<Shown> {
  const own = ownId();
  const admitted = (await rootKeys.admitted()).map(({ id }) => id);
  // Else whoever forgot to change the key would end the one that all parts are to have.
  if (admitted.at(-1) !== own) throw new Failure(`the key used here, ${own}, is not the newest: run it with ${admitted.at(-1)}`);
  const gone = admitted.filter((id) => id !== own);
  if (!(await rootKeys.keepOnly(own, byUser())))
    throw new Failure("the master key used here is none of this database's, so nothing was done");
  const text =
    gone.length === 0
      ? `Only ${own} opens this database; there was no other.`
      : `Only ${own} opens this database now. No more: ${gone.join(", ")}.`;
  return { text, json: { id: own, retired: gone } };
}

function ownId(): string {
  return keyIdOf(masterKeyHere()!);
}
