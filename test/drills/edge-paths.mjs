// What comes through the edge, and where it leads. Each look returns what is wrong, or null.
import { connect as connectHttp2 } from "node:http2";
import { readFileSync } from "node:fs";
import { get } from "node:http";
import { join } from "node:path";
import { EDGE_HOSTS } from "../../scripts/edge.mjs";
import { ask, keyHeaders } from "./edge-stage.mjs";
import { until } from "./servers.mjs";

const payment = JSON.stringify({ amount: 100, currency: "INR", method: "upi", upi: { vpa: "success@sandbox" }, confirm: true });
const JSON_TYPE = { "content-type": "application/json" };
/** More wrong tries than one address has. */
const WRONG_TRIES = 14;

const same = (found, wanted) =>
  JSON.stringify(found) === JSON.stringify(wanted) ? null : `${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`;
const codeOf = ({ status, text }) => [status, JSON.parse(text).error?.code];

/** In this order: the last one uses up the wrong tries of its address. */
export const looks = {
  "/v1 with a key is the API, /v1 of the dashboard's page the dashboard": async (edge) => {
    const path = "/v1/session";
    const page = await ask(edge, { path, headers: { "sec-fetch-site": "same-origin" } });
    const program = await ask(edge, { path, headers: keyHeaders(edge) });
    return same([page.status, ...codeOf(program)], [401, 404, "route_not_found"]);
  },
  "/ is the dashboard, the other name the checkout, /health and /docs the API, /metrics nobody's": async (edge) => {
    const statuses = [];
    for (const path of ["/", "/health/ready", "/docs", "/metrics"]) statuses.push((await ask(edge, { path })).status);
    const page = await ask(edge, { path: "/" });
    statuses.push((await ask(edge, { path: "/checkout.js", host: EDGE_HOSTS.checkout })).status, /<title>[^<]*Tillway/i.test(page.text));
    return same(statuses, [200, 200, 200, 404, 200, true]);
  },
  "each answer has HSTS once, and the headers of Tillway": async (edge) => {
    const { headers } = await ask(edge, { path: "/v1/payments", headers: keyHeaders(edge) });
    return same([headers["strict-transport-security"], headers["x-content-type-options"]], ["max-age=31536000", "nosniff"]);
  },
  "http leads to https, and a name that is not ours gets no certificate": async (edge) => {
    const plain = await new Promise((resolve, reject) => {
      const options = { host: "127.0.0.1", port: edge.http, path: "/v1?a=1", headers: { host: EDGE_HOSTS.pay } };
      get(options, (answer) => resolve([answer.statusCode, answer.headers.location])).on("error", reject);
    });
    const other = await ask(edge, { path: "/", host: "other.localhost" }).catch(() => "refused");
    return same([plain, other], [[308, `https://${EDGE_HOSTS.pay}/v1?a=1`], "refused"]);
  },
  "a body that is too large is refused in Tillway's words, and one that is far too large in the same form": async (edge) => {
    const found = [];
    for (const kib of [100, 600]) {
      const body = JSON.stringify({ text: "x".repeat(kib * 1_024) });
      found.push(
        codeOf(
          await ask(edge, { path: "/v1/payments", method: "POST", body, headers: { ...keyHeaders(edge), "idempotency-key": "large" } }),
        ),
      );
    }
    return same(found, [
      [413, "body_too_large"],
      [413, "body_too_large"],
    ]);
  },
  "a payment is made over HTTP/2": async (edge) => {
    const answer = await overHttp2(edge, { ":method": "POST", "idempotency-key": "edge-http2" }, payment);
    return same([answer.status, JSON.parse(answer.text).status], [201, "succeeded"]);
  },
  "the ids of a request are in the log of nginx and in that of Tillway": async (edge) => {
    const trace = "0af7651916cd43dd8448eb211c80319c";
    const headers = { ...keyHeaders(edge), "x-request-id": "callers-own-1", traceparent: `00-${trace}-b7ad6b7169203331-01` };
    const answer = await ask(edge, { path: "/v1/payments", headers });
    const mine = (file) => () =>
      readFileSync(join(edge.directory, file), "utf8")
        .split("\n")
        .filter((line) => line.includes("callers-own-1"));
    const ofTillway = () => [...mine("api-1.log")(), ...mine("api-2.log")()];
    const ofNginx = mine("edge/access.log");
    await until("both logs have it", async () => ofTillway().length > 0 && ofNginx().length > 0);
    const [tillway, nginx] = [JSON.parse(ofTillway()[0]), JSON.parse(ofNginx()[0])];
    const ids = [tillway.request_id, tillway.trace_id, nginx.request_id, nginx.traceparent.slice(3, 35)];
    return same(ids, [answer.headers["request-id"], trace, answer.headers["request-id"], trace]);
  },
  "callers are told apart by their real addresses, whatever X-Forwarded-For they send": async (edge) => {
    const guess = async (n, localAddress) => {
      const headers = {
        "x-api-key": `pk_test_guess_${n}`,
        "x-api-secret": "sk_wrong",
        "x-forwarded-for": `198.51.100.${n}`,
        forwarded: `for=198.51.100.${n}`,
      };
      return (await ask(edge, { path: "/v1/payments", headers, localAddress })).status;
    };
    let last = 0;
    // Each API counts for itself.
    for (let n = 0; n < 2 * WRONG_TRIES; n++) last = await guess(n, "127.0.0.1");
    return same([last, await guess(200, "127.0.0.2")], [429, 401]);
  },
};

function overHttp2(edge, headers, body) {
  return new Promise((resolve, reject) => {
    const session = connectHttp2(`https://127.0.0.1:${edge.https}`, { ca: edge.ca, servername: EDGE_HOSTS.pay });
    session.on("error", reject);
    const stream = session.request({
      ":path": "/v1/payments",
      ":authority": EDGE_HOSTS.pay,
      ...JSON_TYPE,
      ...keyHeaders(edge),
      ...headers,
    });
    let [status, text] = [0, ""];
    stream.on("response", (answer) => (status = answer[":status"]));
    stream.on("data", (chunk) => (text += chunk));
    stream.on("error", reject);
    stream.on("end", () => {
      session.close();
      resolve({ status, text });
    });
    stream.end(body);
  });
}

/**
 * The time from when an event was written to when a reader of the stream has it, through the edge and over HTTP/2; the slowest of some.
 * @returns {Promise<number>}
 */
export async function slowestEventMs(edge, times = 10) {
  const session = connectHttp2(`https://127.0.0.1:${edge.https}`, { ca: edge.ca, servername: EDGE_HOSTS.pay });
  try {
    const path = "/v1/events/stream?type=payment.succeeded";
    const stream = session.request({ ":path": path, ":authority": EDGE_HOSTS.pay, ...keyHeaders(edge) });
    await new Promise((resolve, reject) => stream.on("response", resolve).on("error", reject));
    const waits = new Map();
    let rest = "";
    stream.on("data", (chunk) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop();
      for (const line of lines.filter((one) => one.startsWith("data: "))) {
        const event = JSON.parse(line.slice(6));
        waits.set(event.data.id, Date.now() - Date.parse(event.timestamp));
      }
    });
    for (let n = 0; n < times; n++) {
      const headers = { ...keyHeaders(edge), "idempotency-key": `edge-stream-${n}` };
      const made = JSON.parse((await ask(edge, { path: "/v1/payments", method: "POST", headers, body: payment })).text);
      await until("the stream brings the event", async () => waits.has(made.id));
    }
    return Math.max(...waits.values());
  } finally {
    session.destroy();
  }
}
