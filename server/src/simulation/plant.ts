import type { Channel } from "../core/ports/channel.ts";
import type { Capabilities, Connector } from "../core/ports/connector.ts";
import type { Mail } from "../core/ports/mail.ts";
import type { HttpPort } from "../core/ports/http.ts";
import type { Store } from "../core/ports/store.ts";
import type { Deps } from "../flows/deps.ts";
import type { Tables } from "../storage/memory/index.ts";

/** A planted bug: wrappers of ports, never a switch in production code. */
export interface Plant {
  readonly name: string;
  /** Why somebody could make this mistake, and its cost. */
  readonly why: string;
  /** Expected to break no rule: it removes something that saves work and does not keep money safe. */
  readonly harmless?: boolean;
  /** A seed that found it: tried first. Where the histories have changed since, the search begins with the first seed as for any other. */
  readonly foundBy?: number;
  /** Inside the boundary: faults of the database itself. */
  readonly store?: (store: Store, tables: Tables) => Store;
  readonly http?: (http: HttpPort) => HttpPort;
  /** What the sandbox's connector takes its gateway to be able to do. */
  readonly capabilities?: Partial<Capabilities>;
  readonly connector?: (connector: Connector) => Connector;
  readonly channel?: (channel: Channel) => Channel;
  readonly mail?: (mail: Mail) => Mail;
  /** Outside the boundary: a process that uses its ports wrongly. */
  readonly deps?: (deps: Deps) => Deps;
}
