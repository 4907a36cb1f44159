/** One figure: runs the sides in turn at each load. */
import { startAccept } from "./accept.mjs";
import { alternate, ratios } from "./compare.mjs";
import { startTerminal } from "./terminal.mjs";

/** Runs of so many seconds until V8 has compiled the hot code, counted in payments: a busy machine takes longer. */
const WARM_UP = { seconds: 2, payments: 5_000, runs: 5 };
/** A busy machine makes the server refuse a request now and then, and a run with a refusal in it is no figure. */
const TRIES = 3;
const starters = {
  accept: startAccept,
  terminal: (side, options) => startTerminal(side, { ...options, delivers: false }),
  delivered: (side, options) => startTerminal(side, { ...options, delivers: true }),
};

/**
 * @param sides builds, ours first
 * @returns `{ full: rows, steady: rows, peakMemoryMb: [of each side] }`, a load's rows only if it was asked for
 */
export async function measure(name, { options, sides, reference, say }) {
  const checkpoint = () => Promise.all([...new Set(sides.map(({ side }) => side))].map((side) => side.checkpoint()));
  const measured = {};
  const peaks = sides.map(() => 0);
  for (const load of options.loads) {
    const subjects = sides.map((one) =>
      (load === "full" || options.emptyStats ? startedForEachRun : startedOnce)(name, one, { ...options, checkpoint }),
    );
    const { seconds, connections } = options;
    const what = { seconds, connections, rate: load === "steady" ? options.rate : undefined };
    const about = `${name}, ${load === "steady" ? `${options.rate}/s` : "full load"}`;
    try {
      measured[load] = await alternate({
        pairs: options.pairs,
        sides: subjects.map((subject) => () => repeated(() => subject.run(what), say)),
        reference: load === "full" ? reference : null,
        checkpoint,
        say: (number, samples, r) => say(`${about} ${number}/${options.pairs}: ${shown(samples, r)}`),
      });
      subjects.forEach((subject, index) => (peaks[index] = Math.max(peaks[index], subject.peakMemoryMb())));
    } finally {
      for (const subject of subjects) await subject.close();
    }
  }
  return { ...measured, peakMemoryMb: peaks };
}

/** One process and database for all runs of this side: at a steady pace the work that warming up left would be the first thing that it measures. */
function startedOnce(name, { side }, options) {
  let subject = null;
  return {
    run: async (load) => {
      subject ??= await warm(name, side, options);
      return await subject.run(load);
    },
    peakMemoryMb: () => subject.peakMemoryMb(),
    close: async () => await subject?.close(),
  };
}

/**
 * A fresh process and database for each run. What V8 compiles, and when, is one throw of the dice for the life of a process: pairs of the same two
 * processes repeat it, and their median is no surer than one of them. And the next analyze would mend plans that were made on empty tables.
 */
function startedForEachRun(name, { side, emptyStats }, options) {
  const peaks = [];
  return {
    run: async (load) => {
      const subject = await warm(name, side, { ...options, emptyStats });
      try {
        await options.checkpoint();
        return await subject.run(load);
      } finally {
        peaks.push(subject.peakMemoryMb());
        await subject.close();
      }
    },
    peakMemoryMb: () => Math.max(...peaks),
    close: async () => {},
  };
}

async function warm(name, side, options) {
  const subject = await starters[name](side, options);
  for (let sent = 0, runs = 0; sent < WARM_UP.payments && runs < WARM_UP.runs; runs++)
    sent += (await subject.run({ seconds: WARM_UP.seconds, connections: options.connections })).count;
  return subject;
}

async function repeated(run, say) {
  for (let left = TRIES - 1; ; left--) {
    try {
      return await run();
    } catch (error) {
      if (left === 0) throw error;
      say(`a run is repeated: ${error.message.slice(0, 200)}`);
    }
  }
}

function shown(samples, r) {
  const each = samples.map(
    ({ perSecond, nodeUs, postgresUs }) => `${Math.round(perSecond)}/s at ${Math.round(nodeUs)} + ${Math.round(postgresUs)} us`,
  );
  const rate = ratios.rate(samples);
  return [
    each.join(" against "),
    rate && `rate ${rate.toFixed(2)}, CPU ${(ratios.cpu(samples) ?? Number.NaN).toFixed(2)}`,
    r && `R ${Math.round(r)}/s`,
  ]
    .filter(Boolean)
    .join("; ");
}
