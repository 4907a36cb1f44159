/**
 * Server-sent events out of a stream of bytes. By `fetch`, since `EventSource` sends no headers.
 * @param heard is called for all that comes, be it no event
 */
export async function* eventsOf(
  body: ReadableStream<Uint8Array>,
  heard: () => void = () => undefined,
): AsyncGenerator<{ readonly event: string; readonly data: string }> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      heard();
      const blocks = (rest + value).split(/\r?\n\r?\n/);
      rest = blocks.pop()!;
      for (const block of blocks) {
        const found = readBlock(block);
        if (found.data !== "") yield found;
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function readBlock(block: string): { event: string; data: string } {
  const lines = block.split(/\r?\n/).map((line) => /^(event|data): ?(.*)$/.exec(line));
  const all = (field: string): string[] => lines.flatMap((line) => (line?.[1] === field ? [line[2]!] : []));
  return { event: all("event").at(-1) ?? "message", data: all("data").join("\n") };
}
