// The merchant's webhook receiver with a ledger of its own.
import { createHmac } from "node:crypto";
import { createServer } from "node:http";

/** Listens on a loopback port, any free one without a number; `events` maps payment id → types received with a right signature. */
export async function startReceiver(port = 0) {
  const events = new Map();
  const state = { secret: "", forged: 0, received: 0 };
  const server = createServer((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      if (createHmac("sha256", state.secret).update(body).digest("hex") !== request.headers["x-webhook-signature"]) {
        state.forged++;
        return response.writeHead(401).end();
      }
      state.received++;
      const event = JSON.parse(body.toString("utf8"));
      const types = events.get(event.data.id) ?? new Set();
      events.set(event.data.id, types.add(event.type));
      response.writeHead(200).end();
    });
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    events,
    state,
    port: server.address().port,
    url: `http://127.0.0.1:${server.address().port}/hook`,
    close: () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      return closed;
    },
  };
}
