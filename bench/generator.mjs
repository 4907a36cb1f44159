/**
 * Load in a process of its own: HTTP/1.1 on raw sockets, keep-alive, one request at a time per connection. A client library costs
 * as much as the server does; this one costs a quarter. argv: the task as JSON. Prints the result as JSON. With `rate` in the task the
 * requests are due at a steady pace, and their latency counts from when they are due; without it each connection asks again at once.
 * Connections are shared out over `ports`; requests take the `headers` and the `bodies` in turn, each list for itself.
 */
import { randomUUID } from "node:crypto";
import { connect } from "node:net";

const task = JSON.parse(process.argv[2]);
const bodies = task.bodies.map((body) => JSON.stringify(body));
const lengths = bodies.map((body) => `Content-Length: ${Buffer.byteLength(body)}`);
const headers = task.headers.map((each) =>
  Object.entries(each)
    .map(([name, value]) => `${name}: ${value}`)
    .join("\r\n"),
);
const firsts = task.ports.map((port) => `POST ${task.path} HTTP/1.1\r\nHost: ${task.host}:${port}\r\nContent-Type: application/json`);
const expected = `HTTP/1.1 ${task.expect} `;
const latenciesMs = [];

const startedAt = performance.now();
const endsAt = startedAt + task.seconds * 1_000;
let scheduled = 0;
let sent = 0;
try {
  await Promise.all(Array.from({ length: task.connections }, (_, n) => converse(n % task.ports.length)));
} catch (error) {
  // One line: our starter shows the last lines, and a stack would push the reason out.
  console.error(`generator: ${error.message}`);
  process.exit(1);
}
const elapsedMs = performance.now() - startedAt;
latenciesMs.sort((a, b) => a - b);
const at = (share) => latenciesMs[Math.min(latenciesMs.length - 1, Math.floor(latenciesMs.length * share))];
console.log(JSON.stringify({ count: latenciesMs.length, elapsedMs, p50Ms: at(0.5), p99Ms: at(0.99) }));

/** Asks and reads until the time is over. Rejects at the first answer that is not as expected. */
function converse(place) {
  return new Promise((resolve, reject) => {
    const socket = connect(task.ports[place], task.host);
    let received = "";
    let askedAt = 0;
    const send = () => {
      const [about, which] = [sent % headers.length, sent++ % bodies.length];
      socket.write(
        `${firsts[place]}\r\n${lengths[which]}\r\n${headers[about]}\r\nIdempotency-Key: ${randomUUID()}\r\n\r\n${bodies[which]}`,
      );
    };
    const ask = () => {
      askedAt = nextDue();
      if (askedAt >= endsAt) return setTimeout(() => socket.end(), endsAt - performance.now());
      const waitMs = askedAt - performance.now();
      return waitMs > 0 ? setTimeout(send, waitMs) : send();
    };
    socket.setNoDelay(true);
    socket.setEncoding("latin1");
    socket.on("connect", ask);
    socket.on("error", reject);
    socket.on("close", () => (performance.now() >= endsAt ? resolve() : reject(new Error("the server closed a connection"))));
    socket.on("data", (chunk) => {
      received += chunk;
      if (!isWhole(received)) return;
      if (!received.startsWith(expected)) return reject(new Error(`not ${task.expect}: ${received.slice(0, 800).replaceAll(/\s+/g, " ")}`));
      latenciesMs.push(performance.now() - askedAt);
      received = "";
      ask();
    });
  });
}

function nextDue() {
  return task.rate === undefined ? performance.now() : startedAt + (scheduled++ * 1_000) / task.rate;
}

function isWhole(text) {
  const end = text.indexOf("\r\n\r\n");
  if (end === -1) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(text);
  if (length === null) throw new Error(`no content-length: ${text.slice(0, 300)}`);
  return text.length >= end + 4 + Number(length[1]);
}
