/** All that may happen to one payment at once, on real parts: its merchant, the gateway's webhooks, and our questions to the gateway. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sampledServers } from "../support/databases.ts";
import { waitFor } from "../support/wait-for.ts";
import { journalOf } from "./support/books.ts";
import { gatewayDesk, type GatewayDesk } from "./support/gateway.ts";
import { patiently, upi, type Answer, type Json, type Merchant } from "./support/merchant.ts";
import { openStage, type Stage } from "./support/stage.ts";
import "./support/patience.ts";

const held = upi("success", { capture_method: "manual", confirm: true });
/** Of a request that something else stands in the way of. */
const TRIES = 20;
/** More than the time until the first question about an answer that was lost. */
const UNTIL_QUESTION_S = 6;

describe.each(sampledServers())("on $name", ({ url: serverUrl }) => {
  let stage: Stage;
  let shop: Merchant;
  let gateway: GatewayDesk;

  beforeAll(async () => {
    // Its clock can be advanced, so that questions are due within a race.
    stage = await openStage(serverUrl, { TEST_MODE: "true", TEST_PROCESSING_DELAY: "0" });
    const { client, created } = await stage.merchant();
    shop = client;
    gateway = await gatewayDesk(stage, created.accountId);
  });
  afterAll(() => stage?.close());

  type Act = () => Promise<Answer>;

  /** A merchant that insists: while something else is under way it asks again, so that one operation follows the other. */
  const insist = (act: Act): Act => {
    return async () => {
      for (let tries = 1; ; tries++) {
        const answer = await patiently(act);
        if (tries === TRIES || !/ is under way\./.test(answer.json.error?.message ?? "")) return answer;
      }
    };
  };

  /** What may be asked of one payment, with amounts that together are far more than there is. */
  const requests = (id: string): Act[] => {
    const post = (verb: string, body?: object) => insist(() => shop.post(`/v1/payments/${id}/${verb}`, body));
    const refund = (amount?: number) => () => shop.post("/v1/refunds", { payment_id: id, amount });
    return [
      post("capture", { amount: 7_000 }),
      refund(3_000),
      post("capture", { amount: 11_000 }),
      post("confirm"),
      post("capture", { amount: 30_001, final: true }),
      refund(),
      post("cancel"),
      post("capture"),
      () => shop.patch(`/v1/payments/${id}`, { metadata: { note: String(performance.now()) } }),
      post("void"),
    ];
  };

  /** The gateway tells what it knows of all operations so far, the same event twice; and of the charge what was true before, or never. */
  const webhooks = ({ id, attempts: [charge] }: Json): Act[] => {
    let told = 0;
    const old = (status: string) => async () => gateway.tell(`${id} ${++told}`, { ...(await gateway.shown(charge.gateway_key)), status });
    const all = async () => {
      const { attempts } = await shop.payment(id);
      const { gateway_key: key } = attempts[++told % attempts.length];
      const data = (await gateway.shown(key)) ?? (await gateway.shown(charge.gateway_key));
      const [first] = await Promise.all([gateway.tell(`${id} ${told}`, data), gateway.tell(`${id} ${told}`, data)]);
      return first;
    };
    return [all, old("pending"), all, old("declined")];
  };

  /** Questions about answers that were lost are due at once. */
  const ask: Act = () => shop.post("/v1/test/clock/advance", { seconds: UNTIL_QUESTION_S });

  /** All of it at once, and questions for as long as an answer is waited for. */
  async function race(acts: readonly Act[], first: number): Promise<Answer[]> {
    let isOver = false;
    const sent = Array.from({ length: 64 }, (_, n) => patiently(acts[(n * 5 + first) % acts.length]!));
    const answered = Promise.all(sent).finally(() => (isOver = true));
    const asking = waitFor("the race to end", async () => isOver || (await ask(), null), { timeoutMs: 60_000, pauseMs: 250 });
    return (await Promise.all([answered, asking]))[0];
  }

  /** @returns the payment when all that was asked for has its outcome */
  const settled = (id: string): Promise<Json> =>
    waitFor(
      "all of it to be settled",
      async () => {
        const shown = await shop.payment(id);
        const isOpen = (row: Json): boolean => row.closed_at === null;
        const isOwed = (row: Json): boolean => row.status === "pending" || row.status === "processing";
        if (shown.status === "authorized") await shop.post(`/v1/payments/${id}/void`);
        if (shown.attempts.some(isOpen)) await ask();
        return shown.status !== "authorized" && !shown.attempts.some(isOpen) && !shown.refunds.some(isOwed) ? shown : null;
      },
      { timeoutMs: 60_000 },
    );

  const lose = (rate: number, seed = "") => shop.post("/v1/test/faults", rate === 0 ? {} : { flaky: { kind: "reset-after", rate, seed } });

  const rounds = Number(process.env["RACE_ROUNDS"] ?? 4);
  const timeout = 90_000 + rounds * 10_000;

  it(
    "64 requests, webhooks and questions at once, round after round, never take or give back more than there is",
    { timeout },
    async () => {
      let asked = 0;
      for (let round = 0; round < rounds; round++) {
        const payment = (await shop.create(held)).json;
        const { id } = payment;
        // In every other round the gateway does what it is asked, and half of its answers are lost, or all until the race is over.
        if (round % 2 === 1) await lose(round % 4 === 3 ? 1 : 0.5, String(round));
        const answers = await race([...requests(id), ...webhooks(payment), ask], round);
        expect(answers.filter(({ status }) => ![200, 201, 400, 402, 409, 429].includes(status)).map(({ text }) => text)).toEqual([]);
        await lose(0);
        const end = await settled(id);
        const [charge, ...more] = (await journalOf(stage.sandboxUrl)).filter(
          (entry) => entry.payment_id === id && entry.operation === "charge",
        );
        expect(more).toEqual([]);
        expect(end.amount_captured).toBeLessThanOrEqual(end.amount_authorized);
        expect(end.amount_refunded).toBeLessThanOrEqual(end.amount_captured);
        expect([charge!.captured, charge!.refunded]).toEqual([end.amount_captured, end.amount_refunded]);
        const { entries } = (await shop.get(`/v1/payments/${id}/timeline`)).json;
        asked += entries.filter(({ kind, text }: Json) => kind === "exchange" && text.startsWith("Question")).length;
      }
      // In a few rounds the gateway's webhook may be faster than each question.
      expect(asked > 0 || rounds < 50).toBe(true);
    },
  );
});
