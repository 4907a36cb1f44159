/** A state as words and a colour; the words alone say it too. */
import { cx } from "./cx.ts";

export type Tone = "good" | "warn" | "bad" | "info" | "neutral";

const tones: Record<Tone, string> = {
  good: "bg-good-soft text-good",
  warn: "bg-warn-soft text-warn",
  bad: "bg-bad-soft text-bad",
  info: "bg-info-soft text-info",
  neutral: "bg-neutral-soft text-muted",
};

export function Badge({ tone = "neutral", children, title }: { tone?: Tone; children: string; title?: string }) {
  return (
    <span title={title} className={cx("inline-flex items-center rounded px-1.5 py-0.5 text-xs font-medium whitespace-nowrap", tones[tone])}>
      {children}
    </span>
  );
}

/** Of all things that have a state: payments, orders, refunds, deliveries, cases, links, endpoints, attempts. */
const statuses: Record<string, Tone> = {
  active: "good",
  attempted: "info",
  attempting: "info",
  authorized: "info",
  canceled: "neutral",
  closed: "good",
  created: "neutral",
  deactivated: "neutral",
  dead: "bad",
  declined: "bad",
  degraded: "warn",
  delivered: "good",
  disabled: "neutral",
  down: "bad",
  enabled: "good",
  expired: "neutral",
  failed: "bad",
  healthy: "good",
  inactive: "neutral",
  open: "warn",
  paid: "good",
  partly_refunded: "neutral",
  paused: "warn",
  pending: "info",
  processing: "info",
  refunded: "neutral",
  requires_action: "warn",
  resolved: "good",
  revoked: "neutral",
  succeeded: "good",
  unknown: "warn",
  used_up: "neutral",
};

/** `requires_action` as "Requires action", in its colour. One that is not known yet is shown without. */
export function StatusBadge({ status }: { status: string }) {
  return <Badge tone={statuses[status] ?? "neutral"}>{wordsOf(status)}</Badge>;
}

/** A name of the API as words: `card_declined` as "Card declined", `upi_expired` as "UPI expired". */
export function wordsOf(name: string): string {
  const words = name.replaceAll("_", " ").replaceAll(/\bupi\b/g, "UPI");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
