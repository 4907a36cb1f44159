/** A receiver of webhooks that answers 200 after some milliseconds. argv: how many. Prints its port. */
import { createServer } from "node:http";

const holdMs = Number(process.argv[2]);
const server = createServer((request, response) => {
  request.resume();
  request.on("end", () => (holdMs === 0 ? response.end() : setTimeout(() => response.end(), holdMs)));
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
