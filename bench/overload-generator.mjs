/**
 * A mix of requests in a process of its own: HTTP/1.1 on raw sockets, keep-alive. A phase with a `rate` is an open model: requests are due
 * at a steady pace however slow the answers are, on as many connections as that takes. Times count from when it was handed to a connection
 * or began to wait for one; how late this process itself came to that is told apart, since no server can help it. A
 * phase with `connections` and no rate asks again as soon as it was answered. argv: a file with the task as JSON. Prints the result as JSON.
 */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { signature, SIGNATURE_HEADER } from "@tillway/sandbox";
import { paymentBody } from "./load.mjs";

/** More would be a flood of connections, which is another matter. */
const CONNECTIONS_MAX = 2_000;
const OPEN_AHEAD = 1_024;
const PREPARE_CONNECTIONS = 32;
/** Then a request counts as failed. */
const ANSWER_MS = 30_000;

const task = JSON.parse(readFileSync(process.argv[2], "utf8"));
const auth = `X-Api-Key: ${task.keys.key}\r\nX-Api-Secret: ${task.keys.secret}`;
const createBody = JSON.stringify({ ...paymentBody, confirm: true });
const createdBody = JSON.stringify({ ...paymentBody, confirm: false });
/** Payments that wait to be confirmed. */
const waitingIds = [];
let turn = 0;

/** What a request of each kind is. */
const writers = {
  create: () => post("/v1/payments", createBody, `${auth}\r\nIdempotency-Key: ${randomUUID()}`),
  prepare: () => post("/v1/payments", createdBody, `${auth}\r\nIdempotency-Key: ${randomUUID()}`),
  confirm: () => post(`/v1/payments/${nextId()}/confirm`, "{}", `${auth}\r\nIdempotency-Key: ${randomUUID()}`),
  list: () => get("/v1/payments?limit=20"),
  get: () => get(`/v1/payments/${nextKnown().paymentId}`),
  webhook: () => {
    const { key, reference } = nextKnown();
    const data = {
      object: "charge",
      reference,
      key,
      account: task.account.id,
      status: "succeeded",
      amount: paymentBody.amount,
      currency: paymentBody.currency,
    };
    const body = JSON.stringify({
      id: `sev_${randomUUID()}`,
      type: "charge.succeeded",
      created: Date.now(),
      account: task.account.id,
      data,
    });
    return post(
      `/v1/gateways/sandbox/${task.account.id}/webhooks`,
      body,
      `${SIGNATURE_HEADER}: ${signature(task.account.secret, body, Date.now())}`,
    );
  },
};

function nextId() {
  const id = waitingIds.pop();
  if (id === undefined) throw new Error("too few payments were created to confirm");
  return id;
}

function nextKnown() {
  return task.known[turn++ % task.known.length];
}

function post(path, body, headers) {
  return `POST ${path} HTTP/1.1\r\nHost: ${task.host}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${headers}\r\n\r\n${body}`;
}

function get(path) {
  return `GET ${path} HTTP/1.1\r\nHost: ${task.host}\r\n${auth}\r\n\r\n`;
}

/** Kinds in the shares of the mix, evenly spread. */
function* mixed(mix) {
  const owed = Object.fromEntries(Object.keys(mix).map((kind) => [kind, 0]));
  for (;;) {
    for (const kind of Object.keys(mix)) owed[kind] += mix[kind];
    const kind = Object.keys(mix).reduce((a, b) => (owed[b] > owed[a] ? b : a));
    owed[kind]--;
    yield kind;
  }
}

const idle = [];
const waiting = [];
let open = 0;

/** Sends on a free connection, on a new one, or when one becomes free. */
function send(request) {
  const free = idle.pop();
  if (free !== undefined) free.ask(request);
  else if (open < CONNECTIONS_MAX) connection().ask(request);
  else waiting.push(request);
}

function connection() {
  const socket = connect(task.port, task.host);
  let asked = null;
  let received = "";
  open++;
  const self = {
    ask(request) {
      asked = request;
      socket.write(request.bytes);
    },
  };
  const end = (status, body) => {
    const request = asked;
    asked = null;
    request?.answered(status, body);
  };
  socket.setNoDelay(true);
  socket.setEncoding("latin1");
  socket.setTimeout(ANSWER_MS, () => socket.destroy());
  socket.on("error", () => undefined);
  socket.on("close", () => {
    open--;
    const at = idle.indexOf(self);
    if (at !== -1) idle.splice(at, 1);
    end(0);
    const request = waiting.shift();
    if (request !== undefined) send(request);
  });
  socket.on("data", (chunk) => {
    received += chunk;
    const head = received.indexOf("\r\n\r\n");
    if (head === -1) return;
    const length = /\r\ncontent-length: (\d+)/i.exec(received);
    if (length === null || received.length < head + 4 + Number(length[1])) return;
    const status = Number(received.slice(9, 12));
    const closes = /\r\nconnection: close/i.test(received.slice(0, head));
    const body = received.slice(head + 4);
    received = "";
    end(status, body);
    if (closes) return void socket.destroy();
    const request = waiting.shift();
    if (request === undefined) idle.push(self);
    else self.ask(request);
  });
  return self;
}

/**
 * Opens connections ahead of the phases, as shops and proxies keep them. Node accepts about one for each turn of its event loop, so a
 * thousand new ones at once under load take seconds: a flood of connections is another matter.
 */
async function openConnections(count) {
  for (let left = count; left > 0; left -= PREPARE_CONNECTIONS) {
    const one = () => new Promise((answered) => connection().ask({ bytes: writers.get(), answered }));
    await Promise.all(Array.from({ length: PREPARE_CONNECTIONS }, one));
  }
}

/** Payments to be confirmed later. */
async function prepare(count) {
  let left = count;
  const one = (done) => {
    if (left-- <= 0) return done();
    const answered = (status, body) => {
      if (status === 201) waitingIds.push(/"id":"(pay_\w+)"/.exec(body)[1]);
      one(done);
    };
    send({ bytes: writers.prepare(), answered });
  };
  await Promise.all(Array.from({ length: PREPARE_CONNECTIONS }, () => new Promise(one)));
}

/** Runs one phase. @returns `{ seconds, answers: [[kind, status, due second, ms]] }` in columns */
async function phase({ seconds, rate, connections, mix }) {
  const kinds = mixed(mix);
  const answers = [];
  const lateMs = [];
  const startedAt = performance.now();
  const endsAt = startedAt + seconds * 1_000;
  let underWay = 0;
  const one = (dueAt, then) => {
    const kind = kinds.next().value;
    const askedAt = performance.now();
    lateMs.push(askedAt - dueAt);
    underWay++;
    send({
      bytes: writers[kind](),
      answered: (status) => {
        underWay--;
        answers.push([kind, status, (dueAt - startedAt) / 1_000, performance.now() - askedAt]);
        then?.();
      },
    });
  };
  if (rate === undefined) {
    const again = () => performance.now() < endsAt && one(performance.now(), again);
    for (let n = 0; n < connections; n++) again();
    await sleep(seconds * 1_000);
  } else {
    let sent = 0;
    for (;;) {
      const now = Math.min(performance.now(), endsAt);
      for (; startedAt + (sent * 1_000) / rate < now; sent++) one(startedAt + (sent * 1_000) / rate);
      if (now === endsAt) break;
      await sleep(1);
    }
  }
  for (const untilMs = performance.now() + ANSWER_MS; underWay > 0 && performance.now() < untilMs;) await sleep(5);
  return { ...summary(answers, seconds), late: percentiles(lateMs) };
}

/** In figures: thousands of single answers would be a large file. */
function summary(answers, seconds) {
  const ofKind = {};
  for (const kind of new Set(answers.map(([one]) => one))) {
    const own = answers.filter(([one]) => one === kind);
    const ok = own.filter(([, status]) => status >= 200 && status < 300);
    const statuses = {};
    for (const [, status] of own) statuses[status] = (statuses[status] ?? 0) + 1;
    ofKind[kind] = { sent: own.length, ok: ok.length, statuses, ...times(ok) };
  }
  const refused = answers.filter(([, status]) => status === 503 || status === 429);
  const bySecond = Array.from({ length: Math.ceil(seconds) }, (_, second) => {
    const own = answers.filter(([, , due]) => Math.floor(due) === second);
    const paid = own.filter(([kind, status]) => (kind === "create" || kind === "confirm") && status >= 200 && status < 300);
    return { paid: paid.length, ...refusedOf(own), ...times(paid) };
  });
  return { seconds, perSecond: answers.length / seconds, ofKind, refused: { count: refused.length, ...times(refused) }, bySecond };
}

function refusedOf(answers) {
  const refused = answers.filter(([, status]) => status === 503 || status === 429);
  return { refused: refused.length, refusedP99Ms: times(refused).p99Ms };
}

function times(answers) {
  return percentiles(answers.map(([, , , ms]) => ms));
}

function percentiles(ms) {
  const sorted = ms.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
  return { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: sorted.at(-1) ?? null };
}

await prepare(task.prepare);
if (task.phases.some(({ rate }) => rate !== undefined)) await openConnections(OPEN_AHEAD);
const results = [];
for (const one of task.phases) results.push(await phase(one));
console.log(JSON.stringify(results));
process.exit(0);
