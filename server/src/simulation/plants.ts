/** Planted bugs: wrappers of ports, never switches in production code. A simulator that does not catch them proves nothing. */
import type { Channel } from "../core/ports/channel.ts";
import type { Connector } from "../core/ports/connector.ts";
import type { HttpPort } from "../core/ports/http.ts";
import type { Store } from "../core/ports/store.ts";
import type { Deps } from "../flows/deps.ts";
import type { Tables } from "../storage/memory/index.ts";

export interface Plant {
  readonly name: string;
  /** Why somebody could make this mistake, and what it costs. */
  readonly why: string;
  /** Inside the boundary: what the database itself does wrong. */
  readonly store?: (store: Store, tables: Tables) => Store;
  readonly http?: (http: HttpPort) => HttpPort;
  readonly connector?: (connector: Connector) => Connector;
  readonly channel?: (channel: Channel) => Channel;
  /** Outside the boundary: what a process does wrong with its ports. */
  readonly deps?: (deps: Deps) => Deps;
}
