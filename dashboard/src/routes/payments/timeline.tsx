/** All that happened to a payment, oldest first. What came and went at the gateway opens as JSON, redacted as it is stored. */
import type { Timeline } from "@tillway/sdk";
import { useState } from "react";
import { Badge, wordsOf, type Tone } from "../../kit/badge.tsx";
import { Button } from "../../kit/button.tsx";
import { cx } from "../../kit/cx.ts";
import { JsonView } from "../../kit/layout.tsx";
import { linkLook, PageLink } from "../../kit/link.tsx";
import { Time } from "../../kit/time.tsx";

type Entry = Timeline["entries"][number];

const tones: Partial<Record<Entry["kind"], Tone>> = { exchange: "info", event: "good", case: "warn", person: "warn" };

export function TimelineList({ timeline }: { timeline: Timeline }) {
  const [kind, setKind] = useState<Entry["kind"] | null>(null);
  const kinds = [...new Set(timeline.entries.map((entry) => entry.kind))];
  const shown = timeline.entries.map((entry, at) => ({ entry, key: `${at}` })).filter(({ entry }) => kind === null || entry.kind === kind);
  return (
    <div>
      <div role="group" aria-label="Show" className="flex flex-wrap gap-1 border-b border-line px-4 py-2">
        {[null, ...kinds].map((one) => (
          <Button
            key={one ?? "all"}
            small
            kind="quiet"
            aria-pressed={kind === one}
            className={cx(kind === one && "bg-sunken")}
            onClick={() => setKind(one)}
          >
            {one === null ? "All" : wordsOf(one)}
          </Button>
        ))}
      </div>
      <ol aria-label="What happened" className="divide-y divide-line">
        {shown.map(({ entry, key }) => (
          <EntryRow key={key} entry={entry} />
        ))}
      </ol>
      {timeline.lacks_exchanges && (
        <p role="status" className="border-t border-line px-4 py-3 text-sm text-muted">
          The audit store does not answer: what was said to the gateway is not all shown. Nothing is lost; it is here again once the store
          answers.
        </p>
      )}
      {timeline.has_more && <p className="border-t border-line px-4 py-3 text-sm text-muted">There is more of it than is shown here.</p>}
    </div>
  );
}

function EntryRow({ entry: { at, kind, id, text, details } }: { entry: Entry }) {
  return (
    <li className="grid gap-x-3 gap-y-1 px-4 py-2 text-sm sm:grid-cols-[9rem_6rem_minmax(0,1fr)]">
      <span className="text-muted">
        <Time at={at} seconds />
      </span>
      <span>
        <Badge tone={tones[kind] ?? "neutral"}>{wordsOf(kind)}</Badge>
      </span>
      <div className="min-w-0">
        <p className="break-words">
          {text}{" "}
          {kind === "case" && (
            <PageLink to={`cases/${id}`} className={linkLook}>
              Open the case
            </PageLink>
          )}
        </p>
        {details !== undefined && <Details details={details} label={`${wordsOf(kind)} ${id}`} />}
      </div>
    </li>
  );
}

function Details({ details, label }: { details: Readonly<Record<string, unknown>>; label: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details className="mt-1" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="w-fit text-xs text-muted hover:text-ink">Details</summary>
      {isOpen && (
        <div className="mt-2 space-y-2">
          {Object.entries(details).map(([name, value]) => (
            <div key={name}>
              <p className="text-xs text-muted">{wordsOf(name)}</p>
              {isPlain(value) ? (
                <code className="font-mono text-xs break-all">{plainOf(value)}</code>
              ) : (
                <JsonView value={value} label={`${label}: ${wordsOf(name)}`} />
              )}
            </div>
          ))}
        </div>
      )}
    </details>
  );
}

/** A word, and no body of a request. */
function isPlain(value: unknown): boolean {
  return typeof value === "string" ? !/^\s*[{[]|&/.test(value) : typeof value !== "object" || value === null;
}

function plainOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? null);
}
