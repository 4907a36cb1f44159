import { createServer, request as forward } from "node:http";
import type { AddressInfo } from "node:net";

/** What becomes of one request: it never arrives, it is done and its answer is lost, or it passes. */
export type Fate = "lost" | "answer lost" | "passed";

export interface LossyProxy {
  readonly url: string;
  /** What became of each request, in order of arrival. */
  readonly fates: Fate[];
  close(): Promise<void>;
}

/** Stands between a client and Tillway, and loses what `fateOf` says. `n` counts all requests from 1. */
export async function startLossyProxy(target: string, fateOf: (n: number) => Fate): Promise<LossyProxy> {
  const fates: Fate[] = [];
  const server = createServer((request, response) => {
    const fate = fateOf(fates.length + 1);
    fates.push(fate);
    if (fate === "lost") return void request.destroy();
    const { method, url = "", headers } = request;
    const onward = forward(new URL(url, target), { method, headers: { ...headers, connection: "close" } }, (answer) => {
      if (fate === "answer lost") {
        // Read to its end first, so that the request is done for sure.
        answer.resume().on("end", () => response.destroy());
        return;
      }
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, fates, close };
}
