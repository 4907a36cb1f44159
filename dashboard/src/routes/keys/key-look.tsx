/** How a key is shown in lists. */
import type { ApiKey } from "@tillway/sdk";
import { Badge, StatusBadge } from "../../kit/badge.tsx";
import { Ago } from "../../kit/time.tsx";

export function KeyStatus({ subject }: { subject: ApiKey }) {
  if (subject.revoked_at !== null) return <StatusBadge status="revoked" />;
  if (subject.expires_at === null) return <StatusBadge status="active" />;
  if (isPast(subject.expires_at)) return <Badge>Ended</Badge>;
  return (
    <span className="inline-flex items-center gap-1.5">
      <Badge tone="warn">Rotated</Badge>
      <span className="text-xs text-muted">
        ends <Ago at={subject.expires_at} />
      </span>
    </span>
  );
}

export function ScopeList({ names }: { names: readonly string[] }) {
  return <span className="text-xs text-muted">{names.length === 6 ? "Everything" : names.join(", ")}</span>;
}

export function isPast(at: string | null): boolean {
  return at !== null && new Date(at).getTime() <= Date.now();
}
