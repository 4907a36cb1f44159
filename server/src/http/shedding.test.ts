import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LOAD_CLASSES, shedder, THRESHOLDS, type LoadClass } from "./shedding.ts";

const CALM = { loopMs: 0, storeMs: 0 };
const BUSY = { loopMs: THRESHOLDS.loopMs + 1, storeMs: 0 };

function made({ most = 1_000, leastPlaces = 100, float = 0.5 } = {}) {
  const warned: unknown[] = [];
  const counted: LoadClass[] = [];
  const silent = (): void => undefined;
  const log = { info: silent, error: silent, warn: (fields: unknown) => void warned.push(fields) };
  const figures = { shed: (loadClass: LoadClass) => void counted.push(loadClass) };
  const shed = shedder({ log, random: { float: () => float }, figures, thresholds: { leastPlaces } }, most);
  /** How many of each class are admitted while nothing else is there. */
  const places = () =>
    LOAD_CLASSES.map((loadClass) => Array.from({ length: most + 1 }, (_, n) => n).find((n) => !shed.admits(loadClass, n)));
  const look = (times: number, pressure = BUSY): void => {
    for (let n = 0; n < times; n++) shed.look(pressure);
  };
  return { shed, warned, counted, places, look };
}

describe("places", () => {
  it("end for lists first, then for test keys, then for creates; a fifth is left to what was accepted and to gateways", () => {
    expect(made().places()).toEqual([500, 750, 800, 1_000]);
  });

  it("become fewer while the loop is away too long or writes take too long, but never for what was accepted", () => {
    for (const pressure of [BUSY, { loopMs: 0, storeMs: THRESHOLDS.storeMs + 1 }]) {
      const { places, look } = made();
      look(1, pressure);
      expect(places()).toEqual([350, 525, 560, 1_000]);
      look(100, pressure);
      expect(places()).toEqual([50, 75, 80, 1_000]);
    }
  });

  it("are all there again three seconds after the pressure has gone", () => {
    const { places, look } = made();
    look(100);
    look(30, CALM);
    expect(places()).toEqual([500, 750, 800, 1_000]);
  });

  it("are not taken by pressure at the threshold, nor by a hiccup", () => {
    const { places, look } = made();
    look(10, { loopMs: THRESHOLDS.loopMs, storeMs: THRESHOLDS.storeMs });
    look(1);
    expect(places()[0]).toBe(350);
    look(4, CALM);
    expect(places()[0]).toBe(500);
  });

  it("are never more than there are, even if that is less than the least", () => {
    const { places, look } = made({ most: 10, leastPlaces: 128 });
    look(100);
    expect(places()).toEqual([5, 8, 8, 10]);
  });
});

describe("while the loop is late", () => {
  const busy = (ms: number): void => {
    for (const until = performance.now() + ms; performance.now() < until;);
  };
  const started = async (lookedBusy: number, refusals: number, refused: LoadClass = "normal") => {
    const all = made();
    all.shed.start();
    await new Promise((resolve) => setTimeout(resolve, 1));
    all.look(lookedBusy);
    for (let n = 0; n < refusals; n++) all.shed.refusal(refused);
    return all;
  };

  it.each([
    {
      now: "a rush after a calm leaves enough for 200 requests at once of a test key",
      looks: 0,
      refusals: 1,
      busyMs: 70,
      left: [160, 240, 256, 1_000],
    },
    {
      now: "pressure that has lasted leaves the fewest, so that those who wait to be refused are",
      looks: 100,
      refusals: 1,
      busyMs: 30,
      left: [28, 42, 45, 1_000],
    },
    {
      now: "pressure that has lasted takes no more where only a list is refused",
      looks: 100,
      refusals: 1,
      refused: "list" as const,
      busyMs: 30,
      left: [50, 75, 80, 1_000],
    },
    {
      now: "pressure that has lasted takes no more where nobody is refused: those who come all find a place",
      looks: 100,
      refusals: 0,
      busyMs: 30,
      left: [50, 75, 80, 1_000],
    },
  ])("$now", async ({ looks, refusals, refused, busyMs, left }) => {
    const { shed, places } = await started(looks, refusals, refused);
    try {
      busy(busyMs);
      expect(places()).toEqual(left);
    } finally {
      shed.stop();
    }
  });
});

describe("a refusal", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("is overloaded, and sends callers back at different times", () => {
    const waits = [0, 0.5, 0.999].map((float) => made({ float }).shed.refusal("list").details.retryAfterMs!);
    expect(waits.map((ms) => Math.ceil(ms / 1_000))).toEqual([1, 3, 5]);
    expect(made().shed.refusal("test").code).toBe("overloaded");
  });

  it("does not note where it was made, and other errors still do", () => {
    expect(made().shed.refusal("list").stack).not.toContain(" at ");
    expect(new Error("another").stack).toContain(" at ");
  });

  it("is counted by class, and one line a second says how many there were", () => {
    const { shed, warned, counted } = made();
    for (const loadClass of ["list", "list", "normal"] as const) shed.refusal(loadClass);
    expect(counted).toEqual(["list", "list", "normal"]);
    expect(warned).toEqual([]);
    vi.advanceTimersByTime(1_000);
    expect(warned).toEqual([{ list: 2, normal: 1 }]);
    shed.refusal("test");
    vi.advanceTimersByTime(1_000);
    expect(warned).toEqual([{ list: 2, normal: 1 }, { test: 1 }]);
  });
});

it("notices by itself that the event loop is busy, and that it is not any more", async () => {
  const { shed, places } = made();
  shed.start();
  try {
    await vi.waitFor(
      async () => {
        const until = performance.now() + 150;
        while (performance.now() < until);
        await new Promise((resolve) => setTimeout(resolve, 1));
        expect(places()[0]).toBeLessThan(200);
      },
      { timeout: 20_000, interval: 0 },
    );
    await vi.waitFor(() => expect(places()[0]).toBe(500), { timeout: 20_000 });
  } finally {
    shed.stop();
  }
});
