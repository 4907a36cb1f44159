/** Work that fails whenever it is tried, until whatever it fails by is mended: in the database, as a fault of ours would. */
import { signature, SIGNATURE_HEADER } from "../../../sandbox/src/gateway/webhooks.ts";
import { JOB_CASE_AFTER_TRIES } from "../../../server/src/core/constants.ts";
import type { Merchant } from "../../journeys/support/merchant.ts";
import { connect } from "../../support/connect.ts";
import { waitFor } from "../../support/wait-for.ts";
import type { Dashboard } from "./dashboard.ts";

type Rows = readonly Record<string, unknown>[];

export interface Poison {
  /** Payments whose charge fails. @returns their ids, once each is a dead letter */
  charges(count: number): Promise<string[]>;
  /** Work that a newer version wrote, whose name this one does not know. @returns the payment's id, once it is a dead letter */
  strangeJob(): Promise<string>;
  /** A webhook that the gateway has signed and that is no event of it. */
  strangeMessage(): Promise<void>;
  /** Fails eight times more, and is a dead letter again. */
  failing(ids: readonly string[]): Promise<void>;
  /** The fault is found and mended: what is tried from now on succeeds. */
  mend(): Promise<void>;
  /** How much work is left of these payments. */
  jobsOf(ids: readonly string[]): Promise<number>;
}

const UPI = { method: "upi", upi: { vpa: "success@sandbox" } } as const;

export async function poison({ stage, shop }: Dashboard): Promise<Poison> {
  const merchant: Merchant = shop.client;
  const sql = (text: string, values: unknown[] = []): Promise<Rows> =>
    connect(stage.databaseUrl, async (client) => (await client.query(text, values)).rows as Rows);
  await sql(FAULT);
  // What a newer version's migration does, before its processes write such work.
  await sql("alter table jobs drop constraint jobs_kind_check");

  async function unconfirmed(count: number): Promise<string[]> {
    const made = await Promise.all(
      Array.from({ length: count }, () => merchant.create({ amount: 66_000, currency: "INR", confirm: false })),
    );
    return made.map(({ json }) => json.id as string);
  }
  /** Each failure makes the next try later, hours at last: here they are due at once, until all are dead letters. */
  async function failsAgainAndAgain(ids: readonly string[]): Promise<void> {
    // None that is a dead letter by now: it would be run once more, and that may be after the fault was mended.
    const hurry = `update jobs set run_at = now() where subject = any($1) and lease_token is null and run_at > now() and tries < ${JOB_CASE_AFTER_TRIES}`;
    const open = "select 1 from cases where payment_id = any($1) and status = 'open' and kind in ('dead_job', 'malformed_message')";
    const areAll = async () => (await sql(open, [ids])).length === ids.length;
    const look = async () => (await areAll()) || (await sql(hurry, [ids]), false);
    await waitFor("the work to fail eight times", look, { timeoutMs: 60_000, pauseMs: 100 });
  }

  return {
    charges: async (count) => {
      const ids = await unconfirmed(count);
      await sql("insert into poisoned select unnest($1::text[])", [ids]);
      await Promise.all(ids.map((id) => merchant.post(`/v1/payments/${id}/confirm`, UPI)));
      await failsAgainAndAgain(ids);
      return ids;
    },
    strangeJob: async () => {
      const [id = ""] = await unconfirmed(1);
      await sql("insert into poisoned values ($1)", [id]);
      await merchant.post(`/v1/payments/${id}/confirm`, UPI);
      await waitFor("the charge to be strange", async () => (await sql(STRANGER, [id])).length === 1);
      await failsAgainAndAgain([id]);
      return id;
    },
    strangeMessage: async () => {
      const { accountId } = shop.created;
      const { credentials } = (await stage.parts.deps.settings.account(accountId))!;
      const body = "<event>in a form of ten years ago</event>";
      const headers = {
        "content-type": "application/json",
        [SIGNATURE_HEADER]: signature(credentials["webhook_secret"]!, body, Date.now()),
      };
      const answer = await fetch(`${stage.url}/v1/gateways/sandbox/${accountId}/webhooks`, { method: "POST", headers, body });
      if (!answer.ok) throw new Error(`the webhook was answered with ${answer.status}`);
    },
    failing: failsAgainAndAgain,
    mend: async () => {
      await sql("delete from poisoned");
      await sql("update jobs set kind = replace(kind, '-anew', '')");
    },
    jobsOf: async (ids) => (await sql("select 1 from jobs where subject = any($1) and kind ~ '^(charge|ask)'", [ids])).length,
  };
}

const STRANGER = `update jobs set kind = kind || '-anew' where subject = $1 and kind in ('charge', 'ask') and lease_token is null returning id`;

const FAULT = `
  create table poisoned (payment_id text);
  create function refuse_poisoned() returns trigger language plpgsql as $$
    begin
      if exists (select 1 from poisoned where payment_id = new.payment_id) then
        raise exception 'a row that does not fit';
      end if;
      return new;
    end $$;
  create trigger refuse_poisoned before update on attempts for each row execute function refuse_poisoned();`;
