import pg from "pg";
import { connect } from "../../support/connect.ts";

/** Every row of every table of ours, as text, as a stolen dump would hold it. */
export async function textOfAllTables(databaseUrl: string): Promise<string> {
  return await connect(databaseUrl, async (client) => {
    const { rows } = await client.query<{ name: string }>("select tablename as name from pg_tables where schemaname = 'public'");
    const texts = [];
    for (const { name } of rows) {
      const found = await client.query<{ text: string | null }>(
        `select string_agg(t::text, E'\\n') as text from ${pg.escapeIdentifier(name)} t`,
      );
      texts.push(found.rows[0]?.text ?? "");
    }
    return texts.join("\n");
  });
}
