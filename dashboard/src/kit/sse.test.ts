import { expect, it } from "vitest";
import { readEvents } from "./sse.ts";

function bodyOf(...parts: readonly string[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(encoder.encode(part));
      controller.close();
    },
  });
}

it.each([
  ["whole", ["id: evt_1\nevent: event\ndata: {}\n\n: here\n\nid: evt_2\nevent: event\ndata: a\ndata: b\n\n"]],
  ["cut anywhere", ["id: ev", "t_1\nevent: ev", "ent\ndata: {}\n", "\n: here\n\nid: evt_2\nevent: event\nda", "ta: a\ndata: b\n\n"]],
  [
    "with other line ends",
    ["id: evt_1\r\nevent: event\r\ndata: {}\r\n\r\n: here\r\n\r\nid: evt_2\r\nevent: event\r\ndata: a\r\ndata: b\r\n\r\n"],
  ],
])("events are read from a body that comes %s; one that was not finished is none", async (_how, parts) => {
  const found = [];
  for await (const event of readEvents(bodyOf(...parts, "id: evt_3\nevent: event\ndata: half"))) found.push(event);
  expect(found).toEqual([
    { id: "evt_1", event: "event", data: "{}" },
    { id: "", event: "", data: "" },
    { id: "evt_2", event: "event", data: "a\nb" },
  ]);
});
