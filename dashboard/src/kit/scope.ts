/** What the address says: whose data, which mode, and the parts of a page's own path and query. */
import { useNavigate, useParams, useRouterState } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import type { Scope } from "./api.ts";

/** The merchant and mode of the page. Only below `/{merchant}/{mode}`. */
export function useScope(): Scope {
  const { merchant = "", mode } = useParams({ strict: false }) as { merchant?: string; mode?: string };
  return useMemo(() => ({ merchant, mode: mode === "live" ? "live" : "test" }), [merchant, mode]);
}

/** A part of the page's path: `useParam("id")` for `payments/$id`. */
export function useParam(name: string): string {
  return (useParams({ strict: false }) as Record<string, string | undefined>)[name] ?? "";
}

/** The query of the address: all values are text, as they stand there. */
export function useQueryText(): Readonly<Record<string, string>> {
  return useRouterState({ select: (state) => state.location.search as Record<string, string> });
}

/** Changes parts of the query in place; undefined or "" removes one. `replace` makes no step in the history. */
export function useSetQuery(): (changes: Readonly<Record<string, string | undefined>>, options?: { replace?: boolean }) => void {
  const navigate = useNavigate();
  return useCallback(
    (changes, { replace = false } = {}) => {
      const search = (before: Record<string, string>) =>
        Object.fromEntries(Object.entries({ ...before, ...changes }).filter(([, value]) => value !== undefined && value !== ""));
      void navigate({ to: ".", search: search as never, replace });
    },
    [navigate],
  );
}
