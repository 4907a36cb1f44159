/** What the operator was not told of yet, in the order of commits (docs/decisions/0034). One row says how far, and when next. */
import { DEAD_LETTERS_COUNTED_MAX } from "../../core/dead-letters.ts";
import type { Alarm, Alarms } from "../../core/ports/alarms.ts";
import type { Database } from "./connect.ts";
import { queryOf, settledBefore } from "./lists.ts";

/** Over the pool of the lists. Throws `StoreUnavailable`. */
export function alarmsOf(database: Database): Alarms {
  const query = queryOf(database);

  async function since(from: string): Promise<Alarm> {
    // Asked before the rows are read: see `settledBefore`.
    const settled = await Promise.all(["cases", "dead_messages"].map((name) => settledBefore(query, { name })));
    const mark = settled.reduce((one, other) => (BigInt(one) < BigInt(other) ? one : other));
    const bounds = [from, mark, DEAD_LETTERS_COUNTED_MAX];
    const [messages, cases] = await Promise.all([
      query("alarm_messages", texts.messages, bounds),
      query("alarm_cases", texts.cases, bounds),
    ]);
    const ofKind = (kind: string): number => Number(cases.find((row) => row.kind === kind)?.count ?? 0);
    const deadMessages = Number(messages[0]!.count);
    return { deadMessages, deadJobs: ofKind("dead_job"), malformed: ofKind("malformed_message"), mark };
  }

  async function told({ mark }: Pick<Alarm, "mark">, nextAt: number): Promise<void> {
    await query("alarm_told", texts.told, [mark, nextAt]);
  }

  return {
    async due(now, lookAgainAt) {
      const [turn] = await query("alarm_turn", texts.turn, [now, lookAgainAt]);
      if (!turn) return null;
      const alarm = await since(turn.committed as string);
      if (alarm.deadMessages + alarm.deadJobs + alarm.malformed > 0) return alarm;
      await told(alarm, lookAgainAt);
      return null;
    },
    told,
  };
}

const since = "committed >= $1::xid8 and committed < $2::xid8 limit $3::int";

const texts = {
  turn: `update operator_alarm set next_at = to_timestamp($2::float8 / 1000) where next_at <= to_timestamp($1::float8 / 1000)
    returning committed::text as committed`,
  messages: `select count(*) as count from (select from dead_messages where status = 'open' and ${since}) t`,
  cases: `select t.kind, count(*) as count from (
      select kind from cases where status = 'open' and kind in ('dead_job', 'malformed_message') and ${since}) t group by t.kind`,
  // Only on: who was slow must not take back what another told since.
  told: `update operator_alarm set committed = greatest(committed, $1::xid8), next_at = to_timestamp($2::float8 / 1000)`,
};
