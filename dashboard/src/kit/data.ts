/** Reading and changing by the API, on TanStack Query. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { ApiError, call, earlyAnswer, type Call, type Query, type Scope } from "./api.ts";
import { useQueryText, useScope } from "./scope.ts";

export interface Page<T> {
  readonly data: readonly T[];
  readonly has_more: boolean;
}

interface ReadOptions {
  /** False: it is not read, e.g. because the person may not. */
  readonly enabled?: boolean;
  /** Read again so often, for what no event tells of. */
  readonly everyMs?: number;
}

/** The key of what is read: whoever knows that it changed invalidates the path. */
export function keyOf(scope: Scope, path: string, query: Query = {}) {
  return [scope.merchant, scope.mode, path, query] as const;
}

/** One thing of this merchant and mode. */
export function useApi<T>(path: string, query: Query = {}, { enabled = true, everyMs }: ReadOptions = {}) {
  const scope = useScope();
  return useQuery({
    queryKey: keyOf(scope, path, query),
    queryFn: ({ signal }) => call<T>({ path, query, scope, signal }),
    initialData: () => earlyAnswer<T>({ path, query, scope }),
    enabled,
    ...(everyMs === undefined ? {} : { refetchInterval: everyMs }),
  });
}

export const PAGE_SIZES = [25, 50, 100] as const;

/**
 * A keyset page of a list. `limit`, `starting_after` and `ending_before` are those of the address; `filters` are the page's own, by the names
 * of the API. @param fields names of the query that are handed on as they stand
 */
export function useList<T extends { readonly id: string }>(path: string, filters: Query = {}, fields: readonly string[] = []) {
  const scope = useScope();
  const text = useQueryText();
  const asked: Record<string, string | number | boolean | undefined> = { ...filters, limit: limitOf(text["limit"]) };
  for (const name of [...fields, "starting_after", "ending_before"]) if (text[name] !== undefined) asked[name] = text[name];
  const result = useQuery({
    queryKey: keyOf(scope, path, asked),
    queryFn: ({ signal }) => call<Page<T>>({ path, query: asked, scope, signal }),
    // The page before stays while the next one comes; another merchant's never does.
    placeholderData: (before, query) =>
      query?.queryKey[0] === scope.merchant && query.queryKey[1] === scope.mode ? keepPreviousData(before) : undefined,
  });
  return { ...result, rows: result.data?.data, limit: asked["limit"] as number, page: result.data, filters: asked };
}

function limitOf(text: string | undefined): number {
  return PAGE_SIZES.find((size) => String(size) === text) ?? PAGE_SIZES[0];
}

interface Act<TInput, TResult> {
  /** What is sent for the input of `run`. */
  readonly call: (input: TInput) => Omit<Call, "scope" | "idempotencyKey">;
  readonly onDone?: (result: TResult, input: TInput) => void;
  /** Paths whose data are read again after it; default: all of this merchant and mode. */
  readonly changes?: readonly string[];
  /** Whether the route takes an Idempotency-Key; default: each POST. */
  readonly keyed?: boolean;
}

/**
 * Something that changes something. An act has one idempotency key until its outcome is known: a second try after a lost answer is the same
 * act, while one after a refusal is a new one.
 */
export function useAct<TInput, TResult = unknown>({ call: callOf, onDone, changes, keyed }: Act<TInput, TResult>) {
  const scope = useScope();
  const client = useQueryClient();
  const open = useRef<{ what: string; key: string } | null>(null);
  const going = useRef<string | null>(null);
  const textOf = (what: ReturnType<typeof callOf>) => JSON.stringify([scope, what.method, what.path, what.query, what.body]);
  const act = useMutation<TResult, ApiError, TInput>({
    mutationFn: async (input) => {
      const what = callOf(input);
      const isKeyed = keyed ?? what.method === "POST";
      const text = textOf(what);
      if (open.current?.what !== text) open.current = { what: text, key: crypto.randomUUID() };
      try {
        const result = await call<TResult>({ ...what, scope, idempotencyKey: isKeyed ? open.current.key : undefined });
        open.current = null;
        return result;
      } catch (error) {
        if (error instanceof ApiError && isKnown(error)) open.current = null;
        throw error;
      } finally {
        going.current = null;
      }
    },
    onSuccess: (result, input) => {
      const isMine = (key: readonly unknown[]) => key[0] === scope.merchant && key[1] === scope.mode;
      const isChanged = (key: readonly unknown[]) => changes === undefined || changes.some((path) => String(key[2]).startsWith(path));
      void client.invalidateQueries({ predicate: ({ queryKey }) => isMine(queryKey) && isChanged(queryKey) });
      onDone?.(result, input);
    },
  });
  /** What is being done is not done again: a double click comes before a button is off. */
  const mutate: typeof act.mutate = (...given) => {
    const text = textOf(callOf(given[0] as TInput));
    if (going.current === text) return;
    going.current = text;
    act.mutate(...given);
  };
  return { ...act, mutate };
}

/** Refused for good: nothing was done. All else may have been done, and is repeated under the same key. */
function isKnown({ status, code }: ApiError): boolean {
  return status >= 400 && status < 500 && code !== "idempotency_in_progress" && status !== 429;
}
