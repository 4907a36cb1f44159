import type { Page } from "./data.ts";

/** The page with what is new of a row that it shows. What is kept under a list's path need be no page: a figure made of its rows stays as it is. */
export function withRow<T extends { readonly id: string }>(page: Page<T> | undefined, row: T): Page<T> | undefined {
  if (!Array.isArray(page?.data)) return page;
  return { ...page, data: page.data.map((one) => (one.id === row.id ? { ...one, ...row } : one)) };
}
