import { TillwayError } from "./errors.ts";

/** One page of a list, as the API answers. */
export interface Page<T> {
  readonly object: "list";
  readonly data: T[];
  readonly has_more: boolean;
  /** Of lists that have one: where to read on. */
  readonly next_cursor?: string | null;
}

/** A list: `await` it for its first page, or walk over all rows of all pages with `for await`. Nothing is asked for before that. */
export interface Pages<T> extends Promise<Page<T>>, AsyncIterable<T> {}

type Query = Readonly<Record<string, unknown>>;

export function pagesOf<T>(query: object, load: (query: Query) => Promise<Page<T>>): Pages<T> {
  let first: Promise<Page<T>> | null = null;
  const start = (): Promise<Page<T>> => (first ??= load(query as Query));
  return {
    // oxlint-disable-next-line unicorn/no-thenable -- it is one on purpose: awaiting it gives the first page
    then: (onPage, onError) => start().then(onPage, onError),
    catch: (onError) => start().catch(onError),
    finally: (onEnd) => start().finally(onEnd),
    [Symbol.asyncIterator]: () => rows(query as Query, start, load),
    [Symbol.toStringTag]: "Pages",
  };
}

/** With `ending_before` the way leads back: the rows come in the reverse of the list's order. */
async function* rows<T>(query: Query, start: () => Promise<Page<T>>, load: (query: Query) => Promise<Page<T>>): AsyncGenerator<T, void> {
  const back = query.ending_before !== undefined;
  let page = await start();
  for (let before: Query | null = null; ;) {
    yield* back ? page.data.toReversed() : page.data;
    const next = nextQuery(query, page, back);
    if (next === null) return;
    // A server that gives the same page forever would be asked forever.
    if (before !== null && JSON.stringify(before) === JSON.stringify(next))
      throw new TillwayError("pages_do_not_advance", "The list gives the same page again and again; this is a fault of the server.");
    before = next;
    page = await load(next);
  }
}

function nextQuery<T>(query: Query, page: Page<T>, back: boolean): Query | null {
  if (!page.has_more) return null;
  if (typeof page.next_cursor === "string") return { ...query, cursor: page.next_cursor };
  const edge = back ? page.data[0] : page.data.at(-1);
  const id = (edge as { id?: unknown } | undefined)?.id;
  if (typeof id !== "string") return null;
  return back ? { ...query, ending_before: id } : { ...query, starting_after: id };
}
