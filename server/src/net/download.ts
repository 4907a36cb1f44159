/** A long answer, taken piece by piece as its reader takes it: for downloads, whose bytes are nobody's money and may be asked for again. */
import { request as requestPlain, type IncomingMessage } from "node:http";
import { request as requestTls } from "node:https";
import { codeOf } from "../core/errors.ts";

export interface Download {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Throws if the answer breaks off: what came before is not the whole. */
  readonly body: AsyncIterable<Buffer>;
}

export interface DownloadRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** An end without a byte for this long; the whole may take any time. */
  readonly silenceMs: number;
  readonly signal?: AbortSignal;
}

/** Rejects with the error of the system if there is no answer. Follows no redirects. */
export function download({ url, headers, silenceMs, signal }: DownloadRequest): Promise<Download> {
  const request = url.startsWith("https:") ? requestTls : requestPlain;
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers: { ...headers }, signal, agent: false }, (answer) => {
      resolve({ status: answer.statusCode ?? 0, headers: firstOf(answer), body: answer });
    });
    asked.setTimeout(silenceMs, () => asked.destroy(Object.assign(new Error("no answer in time"), { code: "timeout" })));
    asked.once("error", (error) => reject(error));
    asked.end();
  });
}

/** What a person is told of why it ended: the code of the system, if there is one. */
export function reasonOf(error: unknown): string {
  return codeOf(error) || "network";
}

function firstOf({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : (value ?? "")]),
  );
}
