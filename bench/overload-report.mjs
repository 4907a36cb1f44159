/** What the overload showed, against what was promised. */
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem, type } from "node:os";
import { fileURLToPath } from "node:url";
import { median } from "./compare.mjs";

const docsFile = fileURLToPath(new URL("../docs/performance.md", import.meta.url));
const BEGIN = "<!-- overload: written by `npm run bench:overload -- --write` -->";
const END = "<!-- end of overload -->";

/** What must hold. */
const GOODPUT_MIN = 0.8;
const REJECT_MS_MAX = 50;
const CRITICAL_MIN = 0.994;
const NORMAL_AGAIN_S_MAX = 30;
/** Latency is normal again from the second on after which no second was slower than this times the calm before, or than so many ms. */
const NORMAL_TIMES = 2;
const NORMAL_MS = 50;

/** Charges a second: creates with confirm, and confirms of payments that were accepted before. */
export function goodput({ ofKind, seconds }) {
  return ((ofKind.create?.ok ?? 0) + (ofKind.confirm?.ok ?? 0)) / seconds;
}

/** @returns one line for each promise, with whether it was kept */
export function verdictsOf({ peak, before, over, after, factor }) {
  const share = goodput(over) / goodput(peak);
  const rejectMs = over.refused.p99Ms;
  const [confirms, webhooks] = [over.ofKind.confirm, over.ofKind.webhook].map(({ ok, sent }) => ok / sent);
  const normalAfterS = secondsUntilNormal(before, after);
  const verdict = (isMet, text) => ({ isMet, text });
  return [
    verdict(share >= GOODPUT_MIN, `goodput at ${factor} times the load: ${percent(share)} of the peak (at least ${percent(GOODPUT_MIN)})`),
    verdict(
      rejectMs !== null && rejectMs <= REJECT_MS_MAX,
      `time to a refusal, p99: ${rejectMs === null ? "none was refused" : `${rejectMs.toFixed(1)} ms`} (at most ${REJECT_MS_MAX} ms)`,
    ),
    verdict(
      confirms >= CRITICAL_MIN,
      `confirms of accepted payments that succeeded: ${percent(confirms)} (at least ${percent(CRITICAL_MIN)})`,
    ),
    verdict(webhooks >= CRITICAL_MIN, `gateways' webhooks that were taken: ${percent(webhooks)} (at least ${percent(CRITICAL_MIN)})`),
    verdict(
      normalAfterS !== null && normalAfterS <= NORMAL_AGAIN_S_MAX,
      `normal again after: ${normalAfterS === null ? "not within the time that was looked at" : `${normalAfterS} s`} (at most ${NORMAL_AGAIN_S_MAX} s)`,
    ),
  ];
}

/** Null: the last second was not normal yet. A single slow second among fast ones is noise of the machine, two in a row are not. */
export function secondsUntilNormal(before, after) {
  const slow = slowSecondsOf(before, after);
  const last = slow.findLastIndex((one, at) => one && (slow[at - 1] === true || slow[at + 1] === true || at === 0));
  return last === slow.length - 1 ? null : last + 1;
}

/** What the calm after it was in the seconds that were slow, for whoever looks for the reason. @returns a line of text */
export function slowSeconds(before, after) {
  const slow = slowSecondsOf(before, after);
  const told = after.bySecond.flatMap(({ p99Ms, refused, paid }, at) =>
    slow[at] ? [`${at} (${p99Ms === null ? "none paid" : `${p99Ms.toFixed(0)} ms`}, ${paid} paid, ${refused} refused)`] : [],
  );
  return `slow seconds after it, beyond ${slowMs(before).toFixed(0)} ms: ${told.length === 0 ? "none" : told.join(", ")}`;
}

function slowSecondsOf(before, after) {
  const limitMs = slowMs(before);
  return after.bySecond.map(({ p99Ms, refused, paid }) => refused > 0 || (paid > 0 && p99Ms > limitMs));
}

function slowMs(before) {
  return Math.max(NORMAL_MS, NORMAL_TIMES * median(before.bySecond.map(({ p99Ms }) => p99Ms)));
}

/** The figures as a table for people. */
export function overloadTable(figures) {
  return rowsOf(figures)
    .map((cells) => cells.map((cell, at) => (at === 0 ? cell.padEnd(34) : cell.padStart(12))).join(""))
    .join("\n");
}

/** Replaces the marked block of the page. Throws if it has none. */
export function writeOverload(figures, verdicts, file = docsFile) {
  const page = readFileSync(file, "utf8");
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin === -1 || end < begin) throw new Error(`${file} has no marked block`);
  writeFileSync(file, `${page.slice(0, begin)}${BEGIN}\n\n${block(figures, verdicts)}\n\n${page.slice(end)}`);
}

function block(figures, verdicts) {
  const [head, ...rows] = rowsOf(figures);
  const table = [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
  const lines = verdicts.map(({ isMet, text }) => `- ${text}: ${isMet ? "holds" : "**missed**"}`).join("\n");
  const machine = `${new Date().toISOString().slice(0, 10)}: Node ${process.versions.node}, ${type()} ${release()}, ${cpus()[0]?.model ?? "unknown"}, ${Math.round(totalmem() / 2 ** 30)} GB.`;
  return `${machine} ${figures.seconds} s at ${figures.factor} times the peak of ${Math.round(figures.peak.perSecond)} requests a second${figures.isPinned ? "" : ", nothing pinned"}.\n\n${table}\n\n${lines}`;
}

function rowsOf({ peak, before, over, after, peakMb }) {
  const phases = [peak, before, over, after];
  const row = (name, of) => [name, ...phases.map((one) => of(one) ?? "-")];
  const ms = (value) => (value === null || value === undefined ? null : `${value.toFixed(1)}`);
  const kinds = Object.keys(over.ofKind);
  return [
    ["", "peak", "calm before", "overload", "calm after"],
    row("requests offered per s", ({ perSecond }) => perSecond.toFixed(0)),
    row("charges per s", (one) => goodput(one).toFixed(0)),
    ...kinds.map((kind) => row(`${kind}: answered 2xx`, ({ ofKind }) => ofKind[kind] && percent(ofKind[kind].ok / ofKind[kind].sent))),
    ...kinds.map((kind) => row(`${kind}: p50 ms`, ({ ofKind }) => ms(ofKind[kind]?.p50Ms))),
    ...kinds.map((kind) => row(`${kind}: p99 ms`, ({ ofKind }) => ms(ofKind[kind]?.p99Ms))),
    row("refused per s", ({ refused, seconds }) => (refused.count / seconds).toFixed(0)),
    row("time to a refusal, p50 ms", ({ refused }) => ms(refused.p50Ms)),
    row("time to a refusal, p99 ms", ({ refused }) => ms(refused.p99Ms)),
    row("generator late, p99 ms", ({ late }) => ms(late?.p99Ms)),
    ["most memory, MB", "-", "-", String(peakMb), "-"],
  ];
}

function percent(share) {
  return `${(share * 100).toFixed(1)} %`;
}
