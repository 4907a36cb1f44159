import type { ClientDeps } from "./client.ts";

/** Whoever asks for our health waits, so this is shorter than what a payment may take. */
const ANSWERS_WITHIN_MS = 1_000;
const ANSWER_MAX_BYTES = 1_024;

/** Asks the far side whether it is there: no account, nothing written. Throws where it is not. */
export async function askSandboxHealth({ http, baseUrl }: Pick<ClientDeps, "http" | "baseUrl">): Promise<void> {
  const result = await http.send({
    method: "GET",
    url: `${baseUrl}/health`,
    headers: {},
    body: null,
    connectTimeoutMs: ANSWERS_WITHIN_MS,
    totalTimeoutMs: ANSWERS_WITHIN_MS,
    maxBytes: ANSWER_MAX_BYTES,
  });
  if (result.kind !== "answer") throw new Error(`the sandbox does not answer: ${result.reason}`);
  if (result.status !== 200) throw new Error(`the sandbox answers ${result.status}`);
}
