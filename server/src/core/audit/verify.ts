/** An export is checked line by line, without any database: it ends at the first line that is not what was sealed. */
import { leafOf, rootBy } from "./merkle.ts";
import { AUDIT_FORM, MARK_BYTES, NO_SEAL, readSealLine, sealHash, type SealLine } from "./seals.ts";

export interface Verified {
  /** The first that is wrong, with the number of its line; null: nothing is. */
  readonly broken: { readonly line: number; readonly what: string } | null;
  readonly rows: number;
  readonly seals: number;
  /** Rows at the end that no seal names yet. */
  readonly unsealed: number;
  /** The hash of the newest seal; null: there is none. */
  readonly head: string | null;
  /** What this check could not show. */
  readonly notes: readonly string[];
}

export interface Checks {
  /** The HMAC of a seal's hash; null: its key is not known here. */
  readonly mac: ((hash: string) => string) | null;
  /** A hash that was noted outside: that seal must be there. */
  readonly head: string | null;
}

interface Row {
  readonly line: number;
  readonly id: string;
  readonly leaf: Buffer;
}

interface State {
  line: number;
  rows: number;
  seals: number;
  waiting: Row[];
  last: SealLine | null;
  isPart: boolean;
  hasHeader: boolean;
  hasEnd: boolean;
  leavesOut: boolean;
  headSeen: number | null;
}

type Fault = Verified["broken"];

/** Feed it each line of the file, and ask for the result at the end. After a fault it looks at no more. */
export function auditVerifier(checks: Checks): { line(text: string): boolean; result(): Verified } {
  const state: State = {
    line: 0,
    rows: 0,
    seals: 0,
    waiting: [],
    last: null,
    isPart: false,
    hasHeader: false,
    hasEnd: false,
    leavesOut: false,
    headSeen: null,
  };
  let broken: Fault = null;
  return {
    /** False: it is broken. */
    line(text) {
      state.line++;
      if (broken === null && text !== "") broken = lineFault(state, checks, text);
      return broken === null;
    },
    result() {
      broken ??= endFault(state, checks);
      const { rows, seals, waiting, last } = state;
      // Of a broken file only the first fault is sure.
      const isWhole = broken === null;
      return {
        broken,
        rows,
        seals,
        unsealed: isWhole ? waiting.length : 0,
        head: last?.hash ?? null,
        notes: isWhole ? notesOf(state, checks) : [],
      };
    },
  };
}

function lineFault(state: State, checks: Checks, text: string): Fault {
  let given: Readonly<Record<string, unknown>>;
  try {
    given = JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return fault(state, "This line is no JSON: the file was changed or is cut off.");
  }
  const { object } = given ?? {};
  if (!state.hasHeader) {
    if (object !== "audit_export" || given["form"] !== AUDIT_FORM)
      return fault(state, `The first line is no header of form ${AUDIT_FORM}.`);
    state.hasHeader = true;
    state.isPart = given["from"] !== null || given["until"] !== null;
    return null;
  }
  if (state.hasEnd) return fault(state, "There is a line after the end.");
  if (object === "event" || object === "admin_action") {
    state.rows++;
    state.waiting.push({ line: state.line, id: String(given["id"]), leaf: leafOf(text) });
    return null;
  }
  if (object === "audit_export_end") {
    state.hasEnd = true;
    state.leavesOut = given["left_out"] === true;
    if (given["rows"] === state.rows && given["seals"] === state.seals) return null;
    return fault(
      state,
      `The end counts ${String(given["rows"])} rows and ${String(given["seals"])} seals; there are ${state.rows} and ${state.seals}.`,
    );
  }
  const seal = object === "seal" ? readSealLine(given) : null;
  return seal === null ? fault(state, "This line is no event, admin action or seal.") : sealFault(state, checks, seal);
}

function sealFault(state: State, { mac, head }: Checks, seal: SealLine): Fault {
  const { last } = state;
  const name = `Seal ${seal.n}`;
  if (last === null && !state.isPart && (seal.n !== 1 || seal.previous !== NO_SEAL))
    return fault(state, `${name} is the first one here: those before it are missing.`);
  if (last !== null && seal.n !== last.n + 1)
    return fault(state, `${name} follows seal ${last.n}: seals are missing, repeated or in another order.`);
  if (last !== null && (seal.previous !== last.hash || seal.firstRow !== last.firstRow + last.count || seal.merchantId !== last.merchantId))
    return fault(state, `${name} does not follow from seal ${last.n}: one of them was replaced.`);
  if (sealHash(seal) !== seal.hash) return fault(state, `${name} was changed: its hash is not that of its figures.`);
  if (mac !== null && mac(seal.hash) !== seal.mac)
    return fault(state, `${name} was not made by the holder of the key, or the key is another one: the chain was made anew from here.`);
  const leaves = state.waiting.map((row) => row.leaf);
  const root = rootBy(seal.count, seal.shown, { leaves, proof: seal.proof });
  if (root?.toString("hex") !== seal.root) return rowFault(state, seal);
  state.waiting = [];
  state.seals++;
  state.last = seal;
  if (seal.hash === head) state.headSeen = seal.n;
  return null;
}

/** The rows before a seal are not those that it names: which is the first? */
function rowFault(state: State, seal: SealLine): Fault {
  const marks = Buffer.from(seal.marks, "base64");
  const markAt = (place: number): Buffer => marks.subarray(place * MARK_BYTES, (place + 1) * MARK_BYTES);
  const places = seal.shown.flatMap(({ from, to }) =>
    Array.from({ length: Math.max(0, Math.min(to, seal.count) - from) }, (_, i) => from + i),
  );
  const isAt = (row: Row | undefined, place: number | undefined): boolean =>
    row !== undefined && place !== undefined && row.leaf.subarray(0, MARK_BYTES).equals(markAt(place));
  const { waiting } = state;
  const wrong = places.findIndex((place, i) => !isAt(waiting[i], place));
  if (wrong === -1) {
    const extra = waiting[places.length];
    if (extra) return { line: extra.line, what: `Row ${extra.id} was added: seal ${seal.n} does not name it.` };
    return fault(state, `Seal ${seal.n} does not name the rows before it.`);
  }
  const row = waiting[wrong];
  const row_n = seal.firstRow + places[wrong]!;
  if (!row) return fault(state, `Row ${row_n}, the last of seal ${seal.n} here, is missing.`);
  const place = places.findIndex((each) => isAt(row, each));
  const isNext = isAt(row, places[wrong + 1]);
  // The row that should be here comes later: it was moved, not removed.
  const isMoved = place !== -1 && waiting.some((each) => isAt(each, places[wrong]));
  if (isMoved)
    return { line: row.line, what: `Row ${row.id} stands in another place than it was sealed in: rows were put in another order.` };
  if (isNext) return { line: row.line, what: `Row ${row_n} is missing, before ${row.id}.` };
  if (isAt(waiting[wrong + 1], places[wrong])) return { line: row.line, what: `Row ${row.id} was added: seal ${seal.n} does not name it.` };
  return { line: row.line, what: `Row ${row.id} is not what was sealed: it was changed.` };
}

function endFault(state: State, { head }: Checks): Fault {
  if (!state.hasHeader) return fault(state, "The file is empty.");
  if (!state.hasEnd) return fault(state, "The file has no end: it is cut off.");
  if (head !== null && state.headSeen === null)
    return fault(state, `No seal has the noted hash ${head}: the newest seals were removed, or the chain was made anew.`);
  return null;
}

/** What an export says of itself whose last line has `left_out`. */
export const LEFT_OUT = "There are newer rows that were not sealed yet and are not in this export: export again when they are.";

function notesOf(state: State, { mac, head }: Checks): string[] {
  const { last, isPart, waiting } = state;
  const notes: string[] = [];
  if (mac === null)
    notes.push("Not checked: who made the seals. Give TILLWAY_MASTER_KEY or --key, else a chain that was made anew is not seen.");
  if (head === null) notes.push("Not checked: whether newer seals were removed. Give --head with a hash that was noted outside.");
  if (isPart) notes.push("A part was exported: its rows are those that were sealed; what is outside of it is not here.");
  if (head !== null && state.headSeen !== null && last !== null)
    notes.push(`The noted hash is that of seal ${state.headSeen} of ${last.n}.`);
  if (waiting.length > 0) notes.push(`${waiting.length} rows at the end are not sealed yet.`);
  if (state.leavesOut) notes.push(LEFT_OUT);
  return notes;
}

function fault({ line }: State, what: string): NonNullable<Fault> {
  return { line, what };
}
