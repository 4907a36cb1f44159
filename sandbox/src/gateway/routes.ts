/**
 * The simulated gateway: state + request + circumstances → entries + reply. Pure but for `ledger.served`: no clock, timer or chance
 * inside, so a simulator with a virtual clock drives the very code that serves HTTP.
 */
import { timingSafeEqual } from "node:crypto";
import {
  answer,
  type Circumstances,
  FAR_SIDE_BODY_MAX,
  type FarReply,
  type FarRequest,
  type FarSide,
  type FarSideDeps,
  type Gateway,
  type Handled,
  startFarSide,
} from "../far-side.ts";
import { effects, type FaultName } from "../faults.ts";
import { type Account, apply, type Ledger } from "../ledger.ts";
import { noteQuestion } from "../retention.ts";
import { keyOfReference, only, refuse } from "./answers.ts";
import { isKey, parseObject, readOrder } from "./body.ts";
import { challenge } from "./challenge.ts";
import { cardFields } from "./fields.ts";
import { answerUnder, cancel, carryOut, type Desk } from "./charges.ts";
import { inputOfToken } from "./inputs.ts";
import { find, journal, list, listOperations, retrieve } from "./questions.ts";
import { isScenarioName } from "../scenarios.ts";
import { draws, type Flaky, type SandboxSettings } from "./settings.ts";
import { signature, SIGNATURE_HEADER } from "./webhooks.ts";

/** Opens the sandbox's journal and starts it. Rejects if the journal cannot be opened or is damaged. */
export function startSandbox({
  settings,
  ...deps
}: Omit<FarSideDeps, "gateway"> & { readonly settings: SandboxSettings }): Promise<FarSide> {
  let current = settings;
  const gateway: Gateway = {
    handle: (ledger, request, circumstances) => {
      if (request.path !== FAULTS_PATH || request.method !== "POST") return handle(ledger, current, request, circumstances);
      const changed = faultsOf(request.body ?? "");
      if (changed !== null) current = { ...current, ...changed };
      return only(changed === null ? refuse("malformed") : answer(200, JSON.stringify(changed)));
    },
    webhook: ({ id, webhookSecret }, body, now) => ({
      path: `/v1/gateways/sandbox/${id}/webhooks`,
      headers: { "content-type": "application/json", [SIGNATURE_HEADER]: signature(webhookSecret, body, now) },
    }),
    shared: (source) => inputOfToken(source)?.token ?? source,
  };
  return startFarSide({ gateway, ...deps });
}

/** For whoever runs tests: how the far side fails from now on. Over HTTP it is answered on its own machine only, as the journal is. */
const FAULTS_PATH = "/faults";

function faultsOf(text: string): Pick<SandboxSettings, "flaky" | "mock"> | null {
  const body = parseObject(text);
  const { flaky = null, mock = null } = body ?? {};
  const mockFits = mock === null || (typeof mock === "string" && isScenarioName(mock));
  if (body === null || !mockFits || (flaky !== null && !isFlaky(flaky))) return null;
  return { flaky, mock };
}

function isFlaky(value: unknown): value is Flaky {
  const { kind, rate, seed } = value as Record<string, unknown>;
  return (
    typeof kind === "string" &&
    Object.hasOwn(effects, kind) &&
    typeof rate === "number" &&
    rate >= 0 &&
    rate <= 1 &&
    typeof seed === "string"
  );
}

/** Decides and applies. The caller makes `entries` durable before it lets the reply go. */
export function handle(ledger: Ledger, settings: SandboxSettings, request: FarRequest, circumstances: Circumstances): Handled {
  const handled = decide(ledger, settings, request, circumstances);
  for (const entry of handled.entries) apply(ledger, entry);
  return handled;
}

function decide(ledger: Ledger, settings: SandboxSettings, request: FarRequest, circumstances: Circumstances): Handled {
  if ((request.body?.length ?? 0) > FAR_SIDE_BODY_MAX) return only(refuse("too_large"));
  const cut = request.path.indexOf("?");
  const path = cut === -1 ? request.path : request.path.slice(0, cut);
  const [, noun = "", ...rest] = path.split("/");
  if (noun === "challenges") return challenge(ledger, settings, { request, ...circumstances });
  if (noun === "fields" && request.method === "GET") return only(cardFields(rest[0] ?? "") ?? refuse("no_route"));
  if (noun === "health" && request.method === "GET") return only(answer(200, '{"ok":true}'));
  if (noun === "journal" && request.method === "GET")
    return only(answer(200, JSON.stringify({ data: journal(ledger, circumstances.now) })));
  if (noun === "accounts") return register(ledger, rest[0] ?? "", request);
  const account = authenticate(ledger, request);
  if (typeof account === "string") return only(refuse(account));
  // Only what an account asks for counts: a look at our health must not shift which request meets a fault.
  ledger.served += 1;
  const fault = circumstances.fault ?? flakyFault(settings, ledger.served, request);
  const desk: Desk = { account, settings, now: circumstances.now, fault };
  return route(desk, request, { noun, rest, query: cut === -1 ? "" : request.path.slice(cut + 1) });
}

interface Target {
  readonly noun: string;
  readonly rest: readonly string[];
  readonly query: string;
}

function route(desk: Desk, request: FarRequest, { noun, rest, query }: Target): Handled {
  const [id = "", verb] = rest;
  if (request.method === "POST") {
    if (noun === "charges" && rest.length === 0) return order(desk, request, "charge", null);
    if (noun === "charges" && verb === "captures") return order(desk, request, "capture", id);
    if (noun === "charges" && verb === "voids") return order(desk, request, "void", id);
    if (noun === "refunds" && rest.length === 0) return order(desk, request, "refund", null);
    if (noun === "operations" && verb === "cancel" && isKey(id)) return cancelUnder(desk, id);
    return only(refuse("no_route"));
  }
  if (request.method !== "GET" || verb !== undefined) return only(refuse("no_route"));
  if (noun === "charges" && rest.length === 0) return only(shown(desk, list(desk, new URLSearchParams(query))));
  if (noun === "operations" && rest.length === 0) {
    const key = new URLSearchParams(query).get("key");
    if (key === null) return only(shown(desk, listOperations(desk, new URLSearchParams(query))));
    return asked(desk, key, find(desk, key));
  }
  if (noun === "charges" || noun === "operations") return asked(desk, keyOfReference(id), retrieve(desk, id));
  return only(refuse("no_route"));
}

function order(desk: Desk, request: FarRequest, operation: "charge" | "capture" | "void" | "refund", charge: string | null): Handled {
  const read = readOrder(request, operation, charge);
  return typeof read === "string" ? only(refuse(read)) : carryOut(desk, read);
}

function cancelUnder(desk: Desk, key: string): Handled {
  const fault = desk.fault ?? "none";
  // A cancel that a fault kept from arriving did nothing.
  if (lostBefore(fault)) return only(answerUnder(fault, null));
  const { entries, reply } = cancel(desk, key);
  return { entries, reply: answerUnder(fault, reply) };
}

function shown(desk: Desk, reply: FarReply): FarReply {
  return desk.fault === null ? reply : answerUnder(desk.fault, reply);
}

/** An old operation stays in the ledger as long as questions about it come. */
function asked(desk: Desk, key: string, reply: FarReply): Handled {
  return { entries: noteQuestion(desk.account, key, desk.now), reply: shown(desk, reply) };
}

function lostBefore(fault: FaultName): boolean {
  return fault.endsWith("-before") || fault === "throttled" || fault === "unavailable";
}

/** Drawn per request from the seed; how many requests came before is part of it, so that a repeat may fare better. */
function flakyFault({ flaky }: SandboxSettings, served: number, request: FarRequest): FaultName | null {
  if (flaky === null) return null;
  const { first } = draws(`flaky|${flaky.seed}|${served}|${request.method} ${request.path}`);
  return first < flaky.rate ? flaky.kind : null;
}

function authenticate(ledger: Ledger, { headers }: FarRequest): Account | "unauthorized" | "unknown_account" {
  const account = ledger.accounts.get(headers["sandbox-account"] ?? "");
  if (account === undefined) return "unknown_account";
  return sameSecret(headers["authorization"] ?? "", `Bearer ${account.apiKey}`) ? account : "unauthorized";
}

/**
 * First come, first served: the first caller sets the API key of an account, and later ones need that key to change it. Without `webhook_url` the
 * address stays as it is; `webhook_url_if_none` counts where there is none yet.
 */
function register(ledger: Ledger, id: string, request: FarRequest): Handled {
  if (request.method !== "PUT" && request.method !== "POST") return only(refuse("no_route"));
  const bearer = request.headers["authorization"] ?? "";
  const apiKey = bearer.startsWith("Bearer ") ? bearer.slice(7) : "";
  const body = parseObject(request.body ?? "");
  const known = ledger.accounts.get(id);
  if (apiKey === "" || (known !== undefined && !sameSecret(apiKey, known.apiKey))) return only(refuse("unauthorized"));
  const { webhook_url: url = known?.webhookUrl ?? body?.["webhook_url_if_none"] ?? null, webhook_secret: secret } = body ?? {};
  const urlFits = url === null || (typeof url === "string" && /^https?:\/\//.test(url) && URL.canParse(url));
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(id) || !urlFits || typeof secret !== "string" || secret === "") return only(refuse("malformed"));
  const reply = answer(200, JSON.stringify({ object: "account", account: id }));
  const webhookUrl = url === null ? null : String(url).replace(/\/+$/, "");
  if (known !== undefined && known.webhookUrl === webhookUrl && known.webhookSecret === secret) return only(reply);
  return { entries: [{ kind: "account", account: id, apiKey, webhookUrl, webhookSecret: secret }], reply };
}

function sameSecret(given: string, wanted: string): boolean {
  const left = Buffer.from(given);
  const right = Buffer.from(wanted);
  return left.length === right.length && timingSafeEqual(left, right);
}
