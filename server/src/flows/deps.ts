import type { By } from "../core/admin-actions.ts";
import type { Job, Ms } from "../core/model.ts";
import type { Alarming } from "../core/ports/alarms.ts";
import type { Archiving } from "../core/ports/archive.ts";
import type { Channel } from "../core/ports/channel.ts";
import type { Analytics } from "../core/ports/analytics.ts";
import type { DeadMessages } from "../core/ports/dead-messages.ts";
import type { Invariants } from "../core/ports/invariants.ts";
import type { Mail } from "../core/ports/mail.ts";
import type { Clock, Log, Queue, Random } from "../core/ports/world.ts";
import type { Observer } from "../core/ports/observer.ts";
import type { Connector } from "../core/ports/connector.ts";
import type { People } from "../core/ports/people.ts";
import type { Restores } from "../core/ports/restores.ts";
import type { ResultLog } from "../core/ports/result-log.ts";
import type { Settings } from "../core/ports/settings.ts";
import type { Store } from "../core/ports/store.ts";
import type { Keeping } from "../core/ports/keeping.ts";
import type { ApiVersions } from "../core/ports/versions.ts";

/** What every flow is handed: ports, filled by wire (or by the simulator). No container, no globals. */
export interface Deps {
  readonly store: Store;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly queue: Queue;
  /** By connector name. */
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly webhooks: Channel;
  /** Null or left out: this process has no way out for e-mail. */
  readonly mail?: Mail | null;
  /** Null or left out: nobody signs in here. */
  readonly people?: PeopleMail | null;
  /** Whether a merchant may have webhooks sent there: scheme, literal addresses. Each send checks the resolved addresses again. */
  readonly checkUrl: (url: string) => { readonly ok: true } | { readonly ok: false; readonly reason: string };
  /** Null or left out: exchanges stay in the database. */
  readonly archiving?: Archiving | null;
  /** Left out where rows are not looked at from outside, as in the simulator: its oracle does. */
  readonly invariants?: Invariants;
  readonly analytics?: Analytics;
  /** Left out where no engine brings messages, as in the simulator. */
  readonly deadMessages?: DeadMessages;
  /** Left out where no database is set back, as in the simulator. */
  readonly restores?: Restores;
  /** Null or left out: the operator gets no e-mails. */
  readonly alarming?: Alarming | null;
  /** Left out: jobs are claimed, or an engine brings them. */
  readonly keeping?: Keeping;
  /** A job of a change that was written, of which nobody needs to be told: a worker here has it, or it is on its way to the engine. Left out: none is. */
  readonly isUnderWay?: (job: Job) => boolean;
  /** Tells other programs of a job that a request runs here, without a message to a worker. Never throws. Left out: nobody listens. */
  readonly startsHere?: (job: Job) => void;
  /** Left out where nobody outside is told, as in the simulator. */
  readonly results?: ResultLog;
  readonly versions: ApiVersions;
  readonly options: FlowOptions;
  /** Absent where nobody looks, as in the simulator. */
  readonly observer?: Observer;
  /** Keeps the work that a request started until it ends: its answer may be given before. A stopping process waits for it. */
  readonly track: (work: Promise<void>) => Promise<void>;
  /** Those of the process, of which these are a caller's. Left out: they are the process's own. */
  readonly origin?: Deps;
}

/** The same for one caller: what settings it changes is noted as theirs. */
export function actingBy<Given extends Deps>(deps: Given, who: By): Given {
  return { ...deps, settings: deps.settings.by(who), origin: deps.origin ?? deps };
}

/** What the e-mails to people of the dashboard are made of. */
export interface PeopleMail extends Pick<People, "invitation" | "reset"> {
  /** @param id of an invitation or of a reset */
  readonly linkTo: (id: string) => string;
}

/** State of one process, kept by the dependencies it runs with: a process has one set of them, and the simulator one for each of its own. */
export function ownedByDeps<State>(begin: () => State): (deps: Deps) => State {
  const states = new WeakMap<Deps, State>();
  return (deps) => {
    const origin = deps.origin ?? deps;
    let own = states.get(origin);
    if (own === undefined) states.set(origin, (own = begin()));
    return own;
  };
}

export interface FlowOptions {
  /** Gaps before each webhook try. */
  readonly webhookScheduleMs: readonly number[];
  /** Spreads the retries of many deliveries; off where somebody watches a test schedule. */
  readonly webhookJitter: boolean;
  /** Leaves an endpoint alone that is down; off where somebody watches a test schedule. */
  readonly webhookBreaker: boolean;
  /** How long rows are kept that explain, but are not money. */
  readonly retention: { readonly exchangesMs: Ms; readonly deliveriesMs: Ms };
}
