// Payments through the edge, each sent once: what comes back is what a shop without any repeats would get.
import { Agent } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { ask, keyHeaders } from "./edge-stage.mjs";

const CLIENTS = 20;
/** The edge takes 300 a second of one address (deploy/nginx/tillway.conf), and all of these come from one. */
const PER_SECOND = 280;
/** So much of a delay is made good: what is more would come as a rush, of which the edge takes 600 beside its 300 a second. */
const LATE_MAX_MS = 1_000;
/** Each second one asks again under the key of a payment before, which may be under way still. */
const REPEATS_BEHIND = 5;
/** Of the payments, which have even numbers, every second one waits for the outcome. */
const WAITS_EVERY = 4;

export class Load {
  /** key → id of its payment */
  ids = new Map();
  /** What was not as it must be: no answer, a status other than 201, another payment under the same key. @type {string[]} */
  failed = [];
  statuses = {};
  times = [];
  sent = 0;
  /** Numbers of the requests that are on their way. @type {Set<number>} */
  #open = new Set();

  constructor(edge) {
    this.edge = edge;
    this.agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  }

  /** Sends this many requests, and more until the work beside them is done. @param {number} most @param {Promise<unknown>} beside */
  async run(most, beside) {
    let isDone = false;
    const watched = beside.finally(() => (isDone = true));
    watched.catch(() => undefined);
    let dueAt = performance.now();
    const one = async () => {
      while (this.sent < most || !isDone) {
        const n = this.sent++;
        dueAt = Math.max(dueAt + 1_000 / PER_SECOND, performance.now() - LATE_MAX_MS);
        const earlyMs = dueAt - performance.now();
        if (earlyMs > 0) await sleep(earlyMs);
        this.#open.add(n);
        await this.#send(n);
        this.#open.delete(n);
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, one));
    this.agent.destroy();
    await watched;
  }

  /** Waits until this many were sent. @param {number} count */
  async reached(count) {
    while (this.sent < count) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  /** Waits until all that is on its way now is answered. */
  async answered() {
    const open = [...this.#open];
    while (open.some((n) => this.#open.has(n))) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  async #send(n) {
    const of = n % 2 === 1 ? Math.max(n - REPEATS_BEHIND, 0) : n;
    const [key, amount] = [`edge-${of}`, 100 + (of % 9_000)];
    const body = JSON.stringify({
      amount,
      currency: "INR",
      method: "upi",
      upi: { vpa: "success@sandbox" },
      ...(of % WAITS_EVERY === 0 && { confirm: true }),
    });
    const begunAt = performance.now();
    const headers = { ...keyHeaders(this.edge), "idempotency-key": key };
    const answer = await ask(this.edge, { path: "/v1/payments", method: "POST", headers, body, agent: this.agent }).catch((error) => ({
      status: error.code ?? String(error),
      text: "",
    }));
    this.times.push(performance.now() - begunAt);
    this.statuses[answer.status] = (this.statuses[answer.status] ?? 0) + 1;
    if (answer.status !== 201) return void this.failed.push(`${key}: ${answer.status} ${answer.text.slice(0, 200)}`);
    const { id } = JSON.parse(answer.text);
    if (this.ids.has(key) && this.ids.get(key) !== id) this.failed.push(`${key}: ${this.ids.get(key)} and ${id}`);
    this.ids.set(key, id);
  }

  /** The time within which this share was answered, in ms. @param {number} share */
  quantile(share) {
    return this.times.toSorted((a, b) => a - b)[Math.floor((this.times.length - 1) * share)];
  }
}
