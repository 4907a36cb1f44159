import { createServer } from "node:http";
import { verifyWebhook, WebhookVerificationError } from "@tillway/sdk";
import { listening, onEvent, port, secret } from "./shop.mjs";

/** Far more than any event has. */
const BODY_MAX_BYTES = 1 << 20;

/** @param {import("node:http").IncomingMessage} request */
async function bodyOf(request) {
  const parts = [];
  let size = 0;
  for await (const part of request) {
    size += part.length;
    if (size > BODY_MAX_BYTES) throw new Error("the body is too large");
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** @param {import("node:http").IncomingMessage} request @returns {Promise<{ status: number, text: string }>} */
async function receive(request) {
  if (request.method !== "POST") return { status: 404, text: "" };
  try {
    const bytes = await bodyOf(request);
    // How not to do it, on /parsed: the body is parsed first. The message says what to change.
    const payload = request.url === "/parsed" ? JSON.parse(bytes.toString("utf8")) : bytes;
    onEvent(await verifyWebhook(payload, request.headers, secret));
    return { status: 204, text: "" };
  } catch (error) {
    // Anything but 2xx: Tillway sends the event again, which is right if the fault was ours.
    if (error instanceof WebhookVerificationError) return { status: 400, text: error.message };
    console.error(error);
    return { status: 500, text: "" };
  }
}

createServer((request, response) => {
  void receive(request).then(({ status, text }) => response.writeHead(status).end(text));
}).listen(port, "127.0.0.1", listening);
