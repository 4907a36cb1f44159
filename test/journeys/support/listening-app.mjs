/**
 * A merchant's server as a process of its own: checks each webhook by the published rules, and writes down what it got and what it answered
 * before it goes on, so that its file tells the truth after `kill -9`. Arguments: port, file, secret.
 */
import { createHmac } from "node:crypto";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";

const [port, file = "", secret = ""] = process.argv.slice(2);
const key = Buffer.from(secret.slice("whsec_".length), "base64");
const before = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
/** Some events meet a server that is not ready for them the first time. */
const seen = new Set(before.map((line) => JSON.parse(line || "{}").id));

const server = createServer((request, response) => {
  /** @type {Buffer[]} */
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const body = Buffer.concat(chunks);
    const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature } = request.headers;
    const expected = `v1,${createHmac("sha256", key)
      .update(`${String(id)}.${String(timestamp)}.`)
      .update(body)
      .digest("base64")}`;
    const event = JSON.parse(body.toString("utf8"));
    const isGenuine = signature === expected && event.id === id;
    const isNew = !seen.has(event.id);
    seen.add(event.id);
    const status = !isGenuine ? 400 : isNew && event.id.endsWith("7") ? 503 : 204;
    const line = { id: event.id, type: event.type, payment: event.data.payment_id ?? event.data.id, status };
    appendFileSync(file, `${JSON.stringify({ ...line, what: "got", body: body.toString("utf8") })}\n`);
    response.on("finish", () => appendFileSync(file, `${JSON.stringify({ ...line, what: "answered" })}\n`));
    response.writeHead(status).end();
  });
});
server.listen(Number(port), "127.0.0.1", () => console.log("the app listens"));
