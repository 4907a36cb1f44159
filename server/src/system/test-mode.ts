/** Test mode: a clock that tests advance, for all processes over one database, and no key that could charge a real card. */
import type { Ms } from "../core/model.ts";
import type { Channel } from "../core/ports/channel.ts";
import type { Connector } from "../core/ports/connector.ts";
import type { Settings } from "../core/ports/settings.ts";
import type { TestStorage } from "../core/ports/test-mode.ts";
import type { DatabaseClock } from "./clock.ts";

/** Ten years, as the table's own rule says. A time that goes on without end would leave the years that ids and times can name. */
const AHEAD_MAX_MS = 315_360_000_000;

export type TestMode = ReturnType<typeof testMode>;

/** @param ahead of the database's time at the start */
export function testMode(storage: TestStorage, ahead: Ms) {
  return {
    /** How far time is ahead by now, as any process may have moved it. */
    follow: async (): Promise<Ms> => (ahead = await storage.ahead()),
    /** Other processes follow with their next heartbeats. Null: that would be too far. */
    advance: async (clock: DatabaseClock, ms: Ms): Promise<{ readonly now: Ms; readonly aheadMs: Ms } | null> => {
      const moved = await storage.advance(ms, AHEAD_MAX_MS);
      if (moved === null) return null;
      ahead = moved;
      clock.advance(ms);
      return { now: clock.now(), aheadMs: ahead };
    },
    // Gateways and receivers live in a time that nobody advanced: what they sign, and what we sign for them, is judged by it.
    connector: (connector: Connector): Connector => ({
      ...connector,
      verifyWebhook: (raw, account, now) => connector.verifyWebhook(raw, account, now - ahead),
    }),
    channel: <Kind extends Channel>(channel: Kind): Kind => ({
      ...channel,
      send: (message) => channel.send({ ...message, now: message.now - ahead }),
    }),
    /** A live key that turns up later is refused like an unknown one. */
    settings: (settings: Settings): Settings => ({
      ...settings,
      authenticate: async (key, secret, now) => {
        const actor = await settings.authenticate(key, secret, now);
        return actor?.mode === "live" ? null : actor;
      },
    }),
  };
}
