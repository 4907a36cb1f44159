import { appendFileSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openState } from "./state.ts";

let directory: string;
let file: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "tillway listen "));
  file = join(directory, "kept", "listen.jsonl");
});
afterEach(() => rmSync(directory, { recursive: true }));

it("keeps the cursor, what is done beyond it and the secret, for its owner only", async () => {
  const first = openState(file);
  expect([first.isNew, first.cursor]).toEqual([true, null]);
  await first.pass(["evt_1"]);
  await Promise.all([first.done("evt_3", "http://a"), first.done("evt_2", "http://a"), first.done("evt_3", "http://b")]);
  await first.close();
  const second = openState(file);
  expect([second.isNew, second.cursor, second.secret]).toEqual([false, "evt_1", first.secret]);
  expect([second.isDone("evt_2", "http://a"), second.isDone("evt_2", "http://b"), second.isDone("evt_3", "http://b")]).toEqual([
    true,
    false,
    true,
  ]);
  await second.pass(["evt_2", "evt_3"]);
  await second.close();
  const third = openState(file);
  expect([third.cursor, third.isDone("evt_3", "http://a")]).toEqual(["evt_3", false]);
  await third.close();
  if (process.platform !== "win32") expect(statSync(file).mode & 0o077).toBe(0);
});

it("has an event on the disk when it says so, however many are written at once", async () => {
  const state = openState(file);
  await Promise.all(
    Array.from({ length: 200 }, async (_, n) => {
      await state.done(`evt_${n}`, "http://a");
      expect(readFileSync(file, "utf8")).toContain(`"evt_${n}"`);
    }),
  );
  await state.close();
});

it("does not grow for ever", async () => {
  const state = openState(file);
  for (let n = 0; n < 110; n++) await state.pass(Array.from({ length: 10 }, (_, i) => `evt_${n}_${i}`));
  for (let n = 0; n < 60; n++)
    await Promise.all(Array.from({ length: 100 }, (_, i) => state.done(`evt_x${n}`, `http://${i}`)).concat(state.pass([`evt_x${n}`])));
  await state.close();
  const lines = readFileSync(file, "utf8").split("\n");
  expect(lines.length).toBeLessThan(5_300);
  expect(openState(file).cursor).toBe("evt_x59");
});

it("leaves out a torn last line, and refuses what it did not write", async () => {
  const state = openState(file);
  await state.pass(["evt_1"]);
  await state.close();
  appendFileSync(file, '{"cursor":"evt_9","pas');
  const again = openState(file);
  expect(again.cursor).toBe("evt_1");
  await again.pass(["evt_2"]);
  await again.close();
  expect(openState(file).cursor).toBe("evt_2");
  writeFileSync(file, "not ours\n");
  expect(() => openState(file)).toThrow(/is not as tillway listen wrote it\. Remove it/);
});
