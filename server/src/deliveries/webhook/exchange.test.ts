import type { Dispatcher } from "undici";
import { describe, expect, it } from "vitest";
import { WEBHOOK_RESPONSE_KEPT_BYTES } from "../../core/constants.ts";
import { Exchange } from "./exchange.ts";
import type { ExchangeResult } from "./exchange.ts";

function anExchange(deadlineMs: number): {
  exchange: Exchange;
  results: ExchangeResult[];
  controller: Dispatcher.DispatchController;
  aborted: Error[];
} {
  const results: ExchangeResult[] = [];
  const aborted: Error[] = [];
  const exchange = new Exchange(deadlineMs, (result) => results.push(result));
  const controller = {
    aborted: false,
    paused: false,
    reason: null,
    pause: () => {},
    resume: () => {},
    abort: (reason: Error) => aborted.push(reason),
  };
  return { exchange, results, controller, aborted };
}

describe("an exchange", () => {
  it("that expired while it waited for a connection is not sent when one is free at last", () => {
    const { exchange, results, controller, aborted } = anExchange(performance.now() + 60_000);
    exchange.expire();
    expect(results).toEqual([{ kind: "failure", error: expect.objectContaining({ code: "TILLWAY_TIMEOUT" }) }]);
    exchange.onRequestStart(controller);
    expect(aborted).toHaveLength(1);
    exchange.onResponseError(controller, aborted[0]!);
    expect(results).toHaveLength(1);
  });

  it("whose time is over, though nobody looked yet, is not sent either", () => {
    const { exchange, controller, aborted } = anExchange(performance.now() - 1);
    exchange.onRequestStart(controller);
    expect(aborted).toMatchObject([{ code: "TILLWAY_TIMEOUT" }]);
  });

  it("that breaks after its status came has been answered", () => {
    const { exchange, results, controller } = anExchange(performance.now() + 60_000);
    exchange.onRequestStart(controller);
    exchange.onResponseStart(controller, 200, {});
    exchange.onResponseData(controller, Buffer.from("par"));
    exchange.onResponseError(controller, new Error("reset"));
    expect(results).toEqual([{ kind: "answer", statusCode: 200, headers: {}, bytes: Buffer.from("par") }]);
  });

  it("that breaks after an announcement (1xx) has not been answered", () => {
    const { exchange, results, controller } = anExchange(performance.now() + 60_000);
    exchange.onRequestStart(controller);
    exchange.onResponseStart(controller, 103, {});
    exchange.onResponseError(controller, new Error("reset"));
    expect(results).toMatchObject([{ kind: "failure" }]);
  });

  it("keeps 8 KiB of an answer, whatever the pieces it comes in", () => {
    const { exchange, results, controller } = anExchange(performance.now() + 60_000);
    exchange.onRequestStart(controller);
    exchange.onResponseStart(controller, 500, {});
    for (let n = 0; n < 20; n += 1) exchange.onResponseData(controller, Buffer.alloc(1_000, n));
    exchange.onResponseEnd();
    expect(results).toMatchObject([{ kind: "answer", statusCode: 500, bytes: { length: WEBHOOK_RESPONSE_KEPT_BYTES } }]);
  });
});
