/** The gateways that this program speaks to, with what an account of each is made of. */
import { Type } from "typebox";
import type { CredentialField } from "../../core/ports/connector.ts";
import type { App } from "../../http/app.ts";
import { sendText } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";
import { component, errorAnswers, listOf, nullable, shows, strict } from "../schemas/common.ts";

export function connectorRoutes(api: App, { flows }: ApiDeps): void {
  const schema = {
    operationId: "listConnectors",
    summary: "List the connectors",
    description: "The gateways that accounts may be at, and the credentials that an account of each is made of.",
    tags: ["Connector accounts"],
    querystring: Type.Object({}),
    response: { 200: shows("ConnectorList", "All of them, by name."), ...errorAnswers("get", []) },
  };
  api.get("/v1/connectors", { onRequest: api.guard("config.read"), schema }, async (_request, reply) => {
    const data = [...flows.connectors].flatMap(([name, { accounts }]) =>
      accounts === undefined ? [] : [{ name, object: "connector", modes: accounts.modes, credentials: accounts.credentials.map(shown) }],
    );
    return sendText(reply, 200, JSON.stringify({ object: "list", data: data.toSorted(byName), has_more: false }));
  });
}

const byName = (a: { readonly name: string }, b: { readonly name: string }) => (a.name < b.name ? -1 : 1);

function shown({ name, isSecret, isOptional, help, prefixes }: CredentialField): object {
  return { name, is_secret: isSecret, is_optional: isOptional, help, prefixes: prefixes ?? null };
}

const beginnings = Type.Array(Type.String());

export const connectorSchema = component("Connector", {
  name: Type.String({ description: "What `connector` of an account is." }),
  object: Type.Literal("connector"),
  modes: Type.Array(Type.Enum(["test", "live"]), { description: "In which an account may be." }),
  credentials: Type.Array(
    strict({
      name: Type.String(),
      is_secret: Type.Boolean({ description: "Answers show its last four characters only." }),
      is_optional: Type.Boolean(),
      help: Type.String({ description: "What it is, and where the gateway shows it. For people." }),
      prefixes: nullable(strict({ test: beginnings, live: beginnings })),
    }),
    { description: "What an account is made of." },
  ),
});

export const connectorListSchema = listOf("ConnectorList", "Connector");
