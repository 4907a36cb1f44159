// Merchants' servers: they create payments, and repeat each request with the same key until it has a final answer.
import { request as httpRequest, Agent } from "node:http";

/** The scenarios of payments, with weights: mostly plain success, and every way in which an answer can be lost. */
const scenarios = [
  ["success", 50],
  ["insufficient-funds", 6],
  ["failure", 6],
  ["timeout-after", 3],
  ["timeout-before", 3],
  ["error-after", 5],
  ["reset-after", 5],
  ["reset-before", 4],
  ["cut-after", 3],
  ["duplicate-webhook", 4],
  ["reordered-webhooks", 3],
  ["lost-webhook", 3],
  ["processing", 3],
  ["captured-later", 2],
];
/** A client that gave up would prove nothing: an API is back within seconds. */
const PATIENCE_MS = 120_000;
/** Before a repeat, and up to two and a half times that, so that clients do not come back all at once. */
const PAUSE_MS = 200;

export class Client {
  /**
   * `ports` of the APIs are asked in turn, also with a repeat. Every try is told to `onTry`: when it began, how long it took, its status (0
   * without an answer), and if it waits for the outcome. `mix` replaces the scenarios, `more` is added to each payment.
   */
  constructor({ ports, keys, random, perSecond, patienceMs = PATIENCE_MS, pauseMs = PAUSE_MS, ...others }) {
    const { mix = scenarios, more = {}, connections = 64, onTry } = others;
    Object.assign(this, { ports, keys, random, perSecond, patienceMs, pauseMs, mix, more, onTry, next: 0, tries: 0 });
    this.weightSum = mix.reduce((sum, [, weight]) => sum + weight, 0);
    this.agent = new Agent({ keepAlive: true, maxSockets: connections });
    /** key → {id, amount, scenario, answers}, from the answers that the client got. */
    this.ledger = new Map();
    this.unanswered = [];
    this.contradictions = [];
    /** With a 4xx: a shop does not repeat what it is told is wrong. */
    this.refused = [];
    this.retries = 0;
    this.open = new Set();
  }

  start() {
    this.timer = setInterval(() => this.#create(), 1000 / this.perSecond);
    return this;
  }

  async stop() {
    clearInterval(this.timer);
    await Promise.all(this.open);
    this.agent.destroy();
  }

  /** One request of before, once more, as a shop that comes back to it later. */
  again(key, body) {
    return this.#post(key, body);
  }

  #create() {
    const n = this.next++;
    const amount = 100 + (n % 9_000);
    const body = {
      amount,
      currency: "INR",
      method: "upi",
      upi: { vpa: `${this.#scenario()}@sandbox` },
      metadata: { n: String(n) },
      ...this.more,
    };
    if (this.random() < 0.3) body.confirm = true;
    const work = this.#until(`crash-${n}`, JSON.stringify(body), amount).finally(() => this.open.delete(work));
    this.open.add(work);
  }

  #scenario() {
    let left = this.random() * this.weightSum;
    for (const [name, weight] of this.mix) if ((left -= weight) < 0) return name;
    return "success";
  }

  async #until(key, body, amount) {
    const giveUpAt = Date.now() + this.patienceMs;
    for (;;) {
      const answer = await this.#try(key, body);
      if (answer && (answer.status === 201 || answer.status === 402)) return this.#note(key, amount, answer);
      if (answer && answer.status >= 400 && answer.status < 500 && answer.status !== 409) {
        this.refused.push(`${key}: ${answer.status} ${answer.body.slice(0, 200)}`);
        return;
      }
      if (Date.now() > giveUpAt) {
        this.unanswered.push(key);
        return;
      }
      this.retries++;
      await new Promise((resolve) => setTimeout(resolve, this.pauseMs * (1 + 1.5 * this.random())));
    }
  }

  #note(key, amount, answer) {
    const shown = JSON.parse(answer.body);
    const id = answer.status === 201 ? shown.id : shown.error.payment_id;
    const known = this.ledger.get(key);
    if (known && known.id !== id) this.contradictions.push(`${key}: answered ${known.id} and ${id}`);
    this.ledger.set(key, { id, amount, answer });
    // One in ten asks again: the same key must name the same payment.
    if (!known && this.random() < 0.1) return this.#until(key, answer.sent, amount);
  }

  async #try(key, body) {
    const [at, begunAt] = [Date.now(), performance.now()];
    const answer = await this.#post(key, body).catch(() => null);
    this.onTry?.({ at, ms: performance.now() - begunAt, status: answer?.status ?? 0, waits: body.includes('"confirm":true') });
    return answer;
  }

  #post(key, body) {
    const port = this.ports[this.tries++ % this.ports.length];
    return new Promise((resolve, reject) => {
      const headers = {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
        "x-api-key": this.keys.key,
        "x-api-secret": this.keys.secret,
        "idempotency-key": key,
      };
      const sent = httpRequest(
        { port, host: "127.0.0.1", path: "/v1/payments", method: "POST", headers, agent: this.agent, timeout: 20_000 },
        (response) => {
          let text = "";
          response.on("data", (chunk) => (text += chunk));
          response.on("end", () => resolve({ status: response.statusCode, body: text, sent: body }));
          response.on("error", reject);
        },
      );
      sent.on("timeout", () => sent.destroy(new Error("timeout")));
      sent.on("error", reject);
      sent.end(body);
    });
  }
}
