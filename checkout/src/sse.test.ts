import { expect, it } from "vitest";
import { eventsOf } from "./sse.ts";

async function read(...chunks: readonly string[]) {
  const bytes = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(bytes.encode(chunk));
      controller.close();
    },
  });
  const events = [];
  for await (const event of eventsOf(body)) events.push(event);
  return events;
}

const payment = { event: "payment", data: '{"id":"pay_1"}' };

it.each([
  ["whole", ['event: payment\ndata: {"id":"pay_1"}\n\n']],
  ["cut anywhere", ["event: pay", 'ment\ndata: {"id":', '"pay_1"}\n', "\n"]],
  ["with comments between", [": still here\n\n", 'event: payment\ndata: {"id":"pay_1"}\n\n', ": still here\n\n"]],
  ["with line ends of two signs", ['event: payment\r\ndata: {"id":"pay_1"}\r\n\r\n']],
])("reads an event that comes %s", async (_how, chunks) => {
  expect(await read(...chunks)).toEqual([payment]);
});

it("leaves out an event that the connection cut off", async () => {
  expect(await read('event: payment\ndata: {"id":"pay_1"}\n\nevent: payment\ndata: {"id"')).toEqual([payment]);
});
