/** Whether Redis may be used, on a connection whose answers a test has in its hand. */
import { EventEmitter } from "node:events";
import { expect, it } from "vitest";
import { waitFor } from "../../../../test/support/wait-for.ts";
import type { Connection } from "./connection.ts";
import { openLink } from "./link.ts";

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const fit = "maxmemory_policy:noeviction";

/** @param infos what Redis answers when it is asked about its memory, one after the other; the last one again and again */
function connection(infos: readonly (string | Error)[]) {
  let asked = 0;
  const info = async (): Promise<string> => {
    const answer = infos[Math.min(asked++, infos.length - 1)]!;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const emitter = Object.assign(new EventEmitter(), { status: "ready", info });
  return { open: () => openLink(emitter as unknown as Connection, log), emitter, asked: () => asked };
}

const isUsed = (check: () => void): boolean => {
  try {
    check();
    return true;
  } catch {
    return false;
  }
};

it("is used again after an outage at whose end Redis was too slow to say how it evicts", async () => {
  const { open, emitter } = connection([fit, new Error("Command timed out"), new Error("Command timed out"), fit]);
  const link = await open();
  link.check();
  emitter.emit("close");
  expect(() => link.check()).toThrow("Redis is away");
  emitter.emit("ready");
  await waitFor("Redis to be used", () => isUsed(link.check));
});

it("is not used, and not asked all the time, while it would drop what waits", async () => {
  const { open, emitter, asked } = connection([fit, "maxmemory_policy:allkeys-lru"]);
  const link = await open();
  emitter.emit("close");
  emitter.emit("ready");
  await waitFor("the policy to be known", () => {
    try {
      link.check();
      return false;
    } catch (error) {
      return (error as Error).message.includes("allkeys-lru");
    }
  });
  const before = asked();
  for (let n = 0; n < 10; n++) expect(isUsed(link.check)).toBe(false);
  expect(asked()).toBe(before);
});
