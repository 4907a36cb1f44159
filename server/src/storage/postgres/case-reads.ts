/** Cases for the operator, over all merchants. */
import { OPEN_CASES_COUNTED_MAX } from "../../core/constants.ts";
import type { OperatorCase, Reads } from "../../core/ports/reads.ts";
import { cases } from "../tables.ts";

type Raw = Readonly<Record<string, unknown>>;
type Query = (name: string, text: string, values: readonly unknown[]) => Promise<readonly Raw[]>;

export function caseReads(query: Query): Pick<Reads, "casesOfAll" | "caseOfAny" | "openCases"> {
  return {
    casesOfAll: async ({ limit, startingAfter, status, kind, merchantId }) => {
      const given = { status, kind, merchant_id: merchantId };
      const values: unknown[] = [limit + 1];
      const wanted = Object.entries(given).filter(([, value]) => value !== undefined);
      const conditions = wanted.map(([column, value]) => `t.${column} = $${values.push(value)}`);
      if (startingAfter !== undefined) conditions.push(`t.id < $${values.push(startingAfter)}`);
      const name = ["cases_of_all", ...wanted.map(([column]) => column), startingAfter === undefined ? "first" : "after"].join("_");
      const where = conditions.length === 0 ? "" : `where ${conditions.join(" and ")}`;
      const found = await query(name, `${ofAll} ${where} order by t.id desc limit $1`, values);
      return { rows: found.slice(0, limit).map(operatorCase), hasMore: found.length > limit };
    },
    caseOfAny: async (id) => {
      const [row] = await query("case_of_any", `${ofAll} where t.id = $1`, [id]);
      return row ? operatorCase(row) : null;
    },
    openCases: async () => {
      const [row] = await query("open_cases", "select count(*) as open from (select from cases where status = 'open' limit $1) t", [
        OPEN_CASES_COUNTED_MAX,
      ]);
      return Number(row!.open);
    },
  };
}

const ofAll = `select ${cases.select("t")}, m.email as merchant_email from cases t join merchants m on m.id = t.merchant_id`;

function operatorCase(row: Raw): OperatorCase {
  return { ...cases.rowOf(row), merchantEmail: row.merchant_email as string };
}
