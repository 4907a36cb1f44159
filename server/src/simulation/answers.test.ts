import { expect, test } from "vitest";
import { IDEMPOTENCY_ANSWER_MS } from "../core/constants.ts";
import { memoryStorage } from "../storage/memory/index.ts";
import { createListener } from "./answers.ts";
import type { Heard, MerchantRequest } from "./merchant.ts";

const request = (kind: MerchantRequest["kind"]): MerchantRequest => ({
  kind,
  key: "k",
  hash: "h",
  run: () => Promise.reject(new Error("not run")),
});
const answer = (status: number, body: object, replayed = false): Heard => ({
  kind: "answer",
  answer: { status, body: JSON.stringify(body), replayed },
});

function listener() {
  const blamed: string[] = [];
  const { tables } = memoryStorage();
  const clock = { now: 0 };
  for (const id of ["pay_1", "pay_2"]) tables.payments.set(id, { id, status: "failed" } as never);
  return {
    blamed,
    clock,
    ...createListener(
      tables,
      (invariant) => void blamed.push(invariant),
      () => clock.now,
    ),
  };
}

const cases: { name: string; kind: MerchantRequest["kind"]; heard: [Heard, string][]; blamed: string[] }[] = [
  {
    name: "the same final answer twice is as it should be",
    kind: "confirm",
    heard: [
      [answer(402, { error: { code: "payment_failed" } }), "h"],
      [answer(402, { error: { code: "payment_failed" } }, true), "h"],
    ],
    blamed: [],
  },
  {
    name: "a current representation may change",
    kind: "confirm",
    heard: [
      [answer(200, { id: "pay_1", status: "processing" }), "h"],
      [answer(200, { id: "pay_1", status: "requires_action" }), "h"],
    ],
    blamed: [],
  },
  {
    name: "two different final answers",
    kind: "confirm",
    heard: [
      [answer(200, { id: "pay_1", status: "failed" }), "h"],
      [answer(402, { error: { code: "payment_failed" } }, true), "h"],
    ],
    blamed: ["I7"],
  },
  {
    name: "a success for another body",
    kind: "confirm",
    heard: [
      [answer(409, { error: { code: "invalid_state" } }), "h"],
      [answer(409, { error: { code: "invalid_state" } }, true), "other"],
    ],
    blamed: ["I7"],
  },
  {
    name: "two payments under one key",
    kind: "create",
    heard: [
      [answer(201, { id: "pay_1", status: "pending" }), "h"],
      [answer(201, { id: "pay_2", status: "pending" }), "h"],
    ],
    blamed: ["I7"],
  },
  {
    name: "an acknowledged payment that is not there",
    kind: "create",
    heard: [[answer(201, { id: "pay_3", status: "pending" }), "h"]],
    blamed: ["I3"],
  },
  {
    name: "an end that was told and is not true",
    kind: "confirm",
    heard: [
      [answer(200, { id: "pay_1", status: "succeeded" }), "h"],
      [answer(200, { id: "pay_1", status: "succeeded" }), "h"],
    ],
    blamed: ["I2"],
  },
];

test.each(cases)("$name", ({ kind, heard, blamed }) => {
  const made = listener();
  for (const [one, hash] of heard) made.heard(request(kind), one, hash);
  expect(made.blamed).toEqual(blamed);
});

test.each([
  ["confirm", 1, ["I7"]],
  ["confirm", 2, []],
  ["create", 2, ["I7"]],
] as const)("a %s that is repeated after %s half days and answered otherwise: blamed for %j", (kind, halfDays, blamed) => {
  const made = listener();
  made.heard(request(kind), answer(200, { id: "pay_1", status: "failed" }, true), "h");
  made.clock.now = (halfDays * IDEMPOTENCY_ANSWER_MS) / 2 - 1;
  made.heard(request(kind), answer(409, { error: { code: "invalid_state" } }), "h");
  expect(made.blamed).toEqual(blamed);
});
