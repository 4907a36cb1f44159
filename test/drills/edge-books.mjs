// Whether all ledgers agree after a drill behind the edge.
import { judge } from "../crash/judge.mjs";
import { chargesAt, healing } from "../crash/stage.mjs";

const SHOWN = 5;

/** Until nothing is under way, as long as it becomes less. */
export async function settled(databaseUrl, say) {
  for (let before = Infinity; ;) {
    const { left } = await healing(databaseUrl, say);
    const count = Object.values(left).reduce((sum, each) => sum + each, 0);
    if (count === 0 || count >= before) return count;
    before = count;
  }
}

/** The answers, our rows, the gateway's books and the webhooks must agree. */
export async function booksOf(edge, load, { left, say }) {
  const ledger = new Map([...load.ids].map(([key, id]) => [key, { id }]));
  const found = await judge({
    databaseUrl: edge.databaseUrl,
    positions: await chargesAt(edge.sandboxPort),
    ledger,
    receiver: edge.receiver,
  });
  const { counts, ...lists } = found;
  say(`${counts.payments} payments, ${counts.charges} charges in the gateway's books`);
  const wrong = [...Object.entries(lists), ["failed requests", load.failed]].filter(([, list]) => list.length > 0);
  return [
    ...wrong.map(([what, list]) => `${what}: ${list.length} (${list.slice(0, SHOWN).join("; ")})`),
    ...(left > 0 ? [`${left} still under way`] : []),
    ...(counts.charges === counts.payments ? [] : [`${counts.payments} payments, and ${counts.charges} charges`]),
    ...[...edge.api, ...edge.worker].filter((one) => one.died).map((one) => `${one.name} ended by itself`),
  ];
}
