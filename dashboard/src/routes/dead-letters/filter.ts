/** What the list is filtered by: the address's, and so what is done to all that match. */
import type { WebhookEndpoint } from "@tillway/sdk";
import { wordsOf } from "../../kit/badge.tsx";
import { useApi, type Page as ListPage } from "../../kit/data.ts";
import { dayOf } from "../../kit/days.ts";
import type { Filter } from "../../kit/filters.tsx";
import { useQueryText } from "../../kit/scope.ts";
import { useMay } from "../../kit/session.tsx";
import { deadLetterReasons, type DeadLetterReason } from "../../../../server/src/core/dead-letters.ts";
import { QUEUE_NAMES } from "../../../../server/src/core/queues.ts";

export const reasons = Object.keys(deadLetterReasons) as DeadLetterReason[];

/** Of the work. Another one, of a newer version, may stand in the address. */
const kinds = ["charge", "ask", "capture", "void", "refund", "expire", "gateway-event", "webhook", "email"];

/** Of the API, in the list's query and in the `filter` of an act alike. */
export const fields = ["reason", "queue", "endpoint_id", "kind", "text", "from", "before"] as const;
export type LetterFilter = { readonly [Name in (typeof fields)[number]]?: string };

export function useLetterFilter(): LetterFilter {
  const text = useQueryText();
  return Object.fromEntries(fields.flatMap((name) => (text[name] === undefined ? [] : [[name, text[name]]])));
}

/** The fields of the bar. An endpoint is chosen by its URL, if the reader may see endpoints. */
export function useLetterFilters(): readonly Filter[] {
  const { may } = useMay("webhooks.read");
  const { data } = useApi<ListPage<WebhookEndpoint>>("/v1/webhook-endpoints", {}, { enabled: may });
  const endpoints = (data?.data ?? []).map(({ id, url }) => ({ value: id, label: url }));
  return [
    { kind: "choice", name: "reason", label: "Reason", choices: reasons.map((value) => ({ value, label: wordsOf(value) })) },
    { kind: "choice", name: "queue", label: "Queue", choices: QUEUE_NAMES.map((value) => ({ value, label: value })) },
    { kind: "choice", name: "endpoint_id", label: "Endpoint", choices: endpoints },
    { kind: "choice", name: "kind", label: "Kind of work", choices: kinds.map((value) => ({ value, label: value })) },
    { kind: "text", name: "text", label: "Failure holds", placeholder: "e.g. timeout" },
    { kind: "day", name: "from", label: "Since", edge: "from" },
    { kind: "day", name: "before", label: "Until", edge: "before" },
  ];
}

/** For a sentence: "dead letters of “Job failing” in payment-queue". */
export function sayFilter({ reason, queue, endpoint_id: endpoint, kind, text, from, before }: LetterFilter): string {
  const day = (moment: string, edge: "from" | "before") => dayOf(moment, edge)?.toLocaleDateString() ?? moment;
  return [
    "dead letters",
    reason === undefined ? null : `of “${wordsOf(reason)}”`,
    queue === undefined ? null : `in ${queue}`,
    kind === undefined ? null : `of the work ${kind}`,
    endpoint === undefined ? null : `to ${endpoint}`,
    text === undefined ? null : `whose failure holds “${text}”`,
    from === undefined ? null : `since ${day(from, "from")}`,
    before === undefined ? null : `until ${day(before, "before")}`,
  ]
    .filter((part) => part !== null)
    .join(" ");
}
