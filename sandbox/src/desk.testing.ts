/** A far side on a table: a ledger in memory, a time that stands still until a test moves it. For tests only. */
import type { Clock } from "./ports.ts";
import type { FaultName } from "./faults.ts";
import { emptyLedger, type Ledger } from "./ledger.ts";
import { handle } from "./gateway/routes.ts";
import type { SandboxSettings } from "./gateway/settings.ts";
import { mockSettings } from "./gateway/settings.testing.ts";
import type { FarReply } from "./far-side.ts";

export interface Desk {
  readonly ledger: Ledger;
  now: number;
  ask(method: string, path: string, body?: unknown, fault?: FaultName): FarReply & { readonly json: Record<string, unknown> };
}

export const apiKey = "sandbox-api-key";
export const webhookSecret = "sandbox-webhook-secret";
export const keyOf = (n: number | string): string => `gatewaykey-${String(n).padStart(6, "0")}`;

/** Account `acc_1` is registered, with webhooks to a host that does not exist. */
export function openDesk(settings: Partial<SandboxSettings> = {}): Desk {
  const ledger = emptyLedger();
  const all = { ...mockSettings(), ...settings };
  const desk: Desk = {
    ledger,
    now: 1_000_000,
    ask(method, path, body, fault) {
      const headers = { authorization: `Bearer ${apiKey}`, "sandbox-account": "acc_1" };
      const text = body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body);
      const { reply } = handle(ledger, all, { method, path, headers, body: text }, { now: desk.now, fault });
      return { ...reply, json: reply.body.startsWith("{") ? (JSON.parse(reply.body) as Record<string, unknown>) : {} };
    },
  };
  desk.ask("PUT", "/accounts/acc_1", { webhook_url: "http://merchant.invalid", webhook_secret: webhookSecret });
  return desk;
}

export interface ManualClock extends Clock {
  /** Moves time step by step to each sleeper that wakes on the way. */
  advance(ms: number): Promise<void>;
}

export function manualClock(startAt = 1_800_000_000_000): ManualClock {
  let now = startAt;
  let sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  const rest = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    now: () => now,
    sleep(ms, signal) {
      return new Promise((resolve) => {
        if (signal?.aborted === true || ms <= 0) return resolve();
        sleepers.push({ at: now + ms, wake: resolve });
        signal?.addEventListener("abort", () => resolve(), { once: true });
      });
    },
    async advance(ms) {
      const end = now + ms;
      for (;;) {
        await rest();
        await rest();
        const next = Math.min(...sleepers.map(({ at }) => at));
        if (next > end) break;
        now = next;
        const due = sleepers.filter(({ at }) => at <= now);
        sleepers = sleepers.filter(({ at }) => at > now);
        for (const sleeper of due) sleeper.wake();
      }
      now = end;
      await rest();
    },
  };
}
