import { expect, it } from "vitest";
import { machineClock } from "../system/clock.ts";
import { Alarm } from "./alarm.ts";

const clock = machineClock();

it("an alarm ends the sleep that waits for it, and each one that begins later", async () => {
  const alarm = new Alarm();
  const slept = clock.sleep(60_000, alarm);
  alarm.abort();
  alarm.abort();
  await slept;
  await clock.sleep(60_000, alarm);
});

it("an alarm that is not used wakes nobody, and can be slept with again; it has one sleeper at a time", async () => {
  const alarm = new Alarm();
  await clock.sleep(1, alarm);
  const slept = clock.sleep(60_000, alarm);
  expect(() => alarm.addEventListener("abort", () => undefined)).toThrow("wakes one sleeper");
  alarm.abort();
  await slept;
});
