import { describe, expect, it } from "vitest";
import { requestFaults } from "../../../test/contracts/stripe.ts";
import { needs } from "../../../test/support/require-services.ts";
import { stripeDesk } from "./desk.testing.ts";
import { type Param, type Params, params } from "./params.ts";
import { routes } from "./routes.ts";
import { expandable } from "./views.ts";

const samples: Readonly<Record<Exclude<Param["kind"], "hash" | "list">, readonly string[]>> = {
  text: ["x"],
  integer: ["100"],
  boolean: ["true", "false"],
  metadata: ["v"],
  off_session: ["true", "false", "one_off", "recurring"],
  url: ["https://shop.test/back"],
};
/** Free text of which Stripe's description has a list. */
const words: Readonly<Record<string, readonly string[]>> = {
  enabled_events: ["*", "payment_intent.succeeded"],
  api_version: ["2026-10-28.endive"],
};

type Pair = [name: string, value: string];

/** Each value that a parameter may have, as it stands on the wire, with what must stand beside it. */
function variants(name: string, { kind, oneOf, of }: Param): readonly (readonly Pair[])[] {
  if (kind === "hash") {
    const inner = Object.entries(of ?? {}) as [string, Param][];
    const needed = inner.filter(([, param]) => param.required).map(([part, param]) => variants(`${name}[${part}]`, param)[0]!);
    return inner.flatMap(([part, param]) => variants(`${name}[${part}]`, param).map((one) => [...needed.flat(), ...one]));
  }
  const values = oneOf ?? words[name] ?? (kind === "list" ? ["x"] : samples[kind]);
  const wire = kind === "list" ? `${name}[0]` : kind === "metadata" ? `${name}[k]` : name;
  return values.map((value) => [[wire, value] as Pair]);
}

function required(table: Params): Pair[] {
  return Object.entries(table).flatMap(([name, param]) => (param.required ? variants(name, param)[0]! : []));
}

const cases = routes.flatMap(({ method, path, params: table }) =>
  (Object.entries(table) as [string, Param][]).flatMap(([name, param]) =>
    variants(name, param).map((pairs) => {
      // Each name once: what is tried wins over what must stand beside it.
      const form = new URLSearchParams([...new Map([...required(table), ...pairs])]).toString();
      const at = path.replace("*", "id_1");
      return { asked: { method, path: method === "GET" ? `${at}?${form}` : at, body: method === "GET" ? null : form }, name };
    }),
  ),
);

describe("the parameters that the far side takes", () => {
  it.each(cases)("are Stripe's: $asked.method $asked.path $asked.body", ({ asked }) => {
    expect(requestFaults(asked)).toEqual([]);
  });

  it("are many", () => {
    expect(cases.length).toBeGreaterThan(100);
  });

  it.each(Object.keys(params.createIntent))("must have the right form: %s", async (name) => {
    const { ask } = stripeDesk();
    const given: Record<string, string> = { amount: "100", currency: "usd" };
    const { kind } = params.createIntent[name as keyof typeof params.createIntent];
    // A list where none belongs, text where a hash belongs.
    const wrong = kind === "hash" || kind === "list" || kind === "metadata" ? { [name]: "x" } : { [`${name}[a]`]: "x" };
    if (!(name in wrong)) delete given[name];
    const { status, json } = await ask("POST", "/v1/payment_intents", { ...given, ...wrong });
    expect([status, json.error?.["param"]]).toEqual([400, name]);
  });
});

const mock = needs("stripe-mock", process.env["STRIPE_MOCK_URL"]);

mock.describe("Stripe's own mock", () => {
  // It is of another version, and it refuses what it cannot expand.
  const shared = cases.filter(({ name }) => name !== "expand" && name !== "api_version").map(({ asked }) => asked);
  const expanding = routes.flatMap(({ method, path, params: table, shows, isList }) =>
    expandable[shows].map((name) => {
      const form = new URLSearchParams([...required(table), ["expand[0]", `${isList ? "data." : ""}${name}`]]).toString();
      const at = path.replace("*", "id_1");
      return { method, path: method === "GET" ? `${at}?${form}` : at, body: method === "GET" ? null : form };
    }),
  );

  it("takes each of them as well", async () => {
    const refused: string[] = [];
    for (const asked of [...shared, ...expanding]) {
      const headers = { authorization: "Bearer sk_test_123", "content-type": "application/x-www-form-urlencoded" };
      const { status } = await fetch(mock.url + asked.path, { method: asked.method, headers, body: asked.body });
      if (status !== 200) refused.push(`${asked.method} ${asked.path} ${asked.body}: ${status}`);
    }
    expect(refused).toEqual([]);
  });
});
