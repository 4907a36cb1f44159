/** What is written together with the row of its idempotency key, in one statement. */
import { idempotency } from "../tables.ts";
import { namesOf, unnested, valueOf } from "./arrays.ts";

/** The whole of a statement behind its `with`: it gives the id of what was written, and no row where nothing was. */
export function withKey(put: string, first: number): string {
  return `${putWithKey(put, first)} select id from put`;
}

/** @param put a statement that writes, as the CTE `put`. @param first the number of the idempotency key's first parameter */
export function putWithKey(put: string, first: number): string {
  return `put as (${put} returning id), keyed as (
      insert into idempotency (${namesOf(idempotency.columns)})
      select ${idempotency.columns.map(valueOf).join(", ")} from ${unnested(idempotency.columns, first)}, put
      where r.key is not null
    )`;
}
