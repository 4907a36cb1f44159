/** Server-sent events out of a body that is read as it comes. By fetch, since an EventSource sends no headers of ours. */
export interface ServerEvent {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const blocks = (rest + value).replaceAll("\r\n", "\n").split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) yield eventOf(block);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** A comment (a sign of life) is an event without name and data. */
function eventOf(block: string): ServerEvent {
  const fields = { id: "", event: "", data: [] as string[] };
  for (const line of block.split("\n")) {
    const [, name, value = ""] = /^(id|event|data)(?:: ?(.*))?$/.exec(line) ?? [];
    if (name === "data") fields.data.push(value);
    else if (name === "id" || name === "event") fields[name] = value;
  }
  return { ...fields, data: fields.data.join("\n") };
}
