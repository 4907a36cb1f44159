import { randomBytes } from "node:crypto";
import { waitFor } from "../../support/wait-for.ts";
import type { Json } from "./merchant.ts";

/** The mail server's own view of what it got. */
export function mailbox(apiUrl: string) {
  const get = async (path: string): Promise<Json> => (await fetch(`${apiUrl}/api/v1${path}`)).json();
  const found = async (to: string): Promise<Json[]> => (await get(`/search?query=${encodeURIComponent(`to:"${to}"`)}`)).messages;
  return {
    /** One that nobody else writes to. */
    address: (): string => `s${randomBytes(6).toString("hex")}@shopper.example`,
    found,
    /** Waits for as many, and then shows all that are there, each whole. */
    async mailsTo(to: string, count: number): Promise<Json[]> {
      await waitFor(`${count} e-mails to ${to}`, async () => (await found(to)).length >= count, { timeoutMs: 20_000, pauseMs: 50 });
      return Promise.all((await found(to)).map(({ ID }) => get(`/message/${ID}`)));
    },
    htmlCheck: (id: string): Promise<Json> => get(`/message/${id}/html-check`),
    raw: async (id: string): Promise<string> => (await fetch(`${apiUrl}/api/v1/message/${id}/raw`)).text(),
  };
}
