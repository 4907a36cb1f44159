import { Badge } from "../../kit/badge.tsx";
import { useApi } from "../../kit/data.ts";
import { PageHeader, Section } from "../../kit/layout.tsx";
import { PageLink, linkLook } from "../../kit/link.tsx";
import { placeOfId } from "../../kit/places.ts";
import { Empty, Loaded } from "../../kit/states.tsx";
import { Ago, durationOf } from "../../kit/time.tsx";

interface Invariant {
  readonly id: string;
  readonly rule: string;
  readonly status: "holds" | "broken" | "not_checked_yet";
  readonly breaks: number;
  readonly rows: readonly string[];
  readonly checked: Readonly<Record<string, number>>;
  readonly last_run_at: string | null;
  readonly took_ms: number;
}

interface Answer {
  readonly data: readonly Invariant[];
  readonly full_pass?: { readonly started_at: string | null; readonly finished_at: string | null; readonly progress: number };
}

/** What has changed is checked within a minute. */
const EVERY_MS = 15_000;

export function Page() {
  const read = useApi<Answer>("/v1/invariants", {}, { everyMs: EVERY_MS });
  return (
    <>
      <PageHeader
        title="Invariants"
        about="What must hold of the money, whoever wrote the rows. Tillway looks all the time; a break is a case that names the rows."
      />
      <Loaded of={read} rows={10}>
        {(answer) =>
          answer.data.length === 0 ? (
            <Section>
              <Empty title="Nothing is checked here">This installation lists no invariants. Is its worker as new as its API?</Empty>
            </Section>
          ) : (
            <Checked {...answer} />
          )
        }
      </Loaded>
    </>
  );
}

function Checked({ data, full_pass: pass }: Answer) {
  // What is broken comes first; all else keeps its order.
  const sorted = data.toSorted((one, other) => Number(other.status === "broken") - Number(one.status === "broken"));
  return (
    <div className="space-y-4">
      <Verdict data={data} />
      {pass !== undefined && <FullPass pass={pass} />}
      <Section title="Each of them" flush>
        <ul className="divide-y divide-line">
          {sorted.map((invariant) => (
            <Row key={invariant.id} invariant={invariant} />
          ))}
        </ul>
      </Section>
    </div>
  );
}

const verdicts = {
  broken: { look: "border-bad/40 bg-bad-soft", mark: "!" },
  waiting: { look: "border-line bg-surface", mark: "…" },
  holds: { look: "border-good/30 bg-good-soft", mark: "✓" },
} as const;

/** All of it in one line. */
function Verdict({ data }: { data: readonly Invariant[] }) {
  const broken = data.filter(({ status }) => status === "broken").length;
  const waiting = data.filter(({ status }) => status === "not_checked_yet").length;
  const isWaiting = waiting === data.length;
  const { look, mark } = verdicts[broken > 0 ? "broken" : isWaiting ? "waiting" : "holds"];
  const first = data[0];
  const held =
    waiting === 0 ? `All ${data.length} invariants hold.` : `${data.length - waiting} invariants hold; ${waiting} not checked yet.`;
  return (
    <div role="status" className={`rounded-lg border px-4 py-3 ${look}`}>
      <p className="text-lg font-semibold">
        <span aria-hidden="true">{mark} </span>
        {broken > 0 && `${broken} of ${data.length} invariants ${broken === 1 ? "is" : "are"} broken.`}
        {broken === 0 && (isWaiting ? "Not checked yet: the first look comes within a minute." : held)}
      </p>
      {typeof first?.last_run_at === "string" && (
        <p className="mt-0.5 text-sm text-ink">
          Looked at <Ago at={first.last_run_at} />, in {durationOf(first.took_ms)}: {countsOf(first.checked)}.
        </p>
      )}
    </div>
  );
}

function FullPass({ pass }: { pass: NonNullable<Answer["full_pass"]> }) {
  const percent = Math.round(pass.progress * 100);
  return (
    <Section title="Walk over all payments">
      <div className="space-y-2 text-sm">
        <progress
          aria-label="Progress of the walk"
          max={100}
          value={pass.finished_at === null ? percent : 100}
          className="h-2 w-full appearance-none overflow-hidden rounded bg-sunken [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-sunken [&::-webkit-progress-value]:bg-accent"
        />
        <p className="text-muted">
          {pass.started_at === null && "It has not begun yet."}
          {pass.started_at !== null && pass.finished_at === null && (
            <>
              Begun <Ago at={pass.started_at} />; {percent} % of the time since your first payment is covered.
            </>
          )}
          {pass.finished_at !== null && (
            <>
              All payments, changed or not, were looked at <Ago at={pass.finished_at} />. The next walk begins a day after the start of this
              one.
            </>
          )}
        </p>
      </div>
    </Section>
  );
}

const looks = { holds: ["good", "Holds"], broken: ["bad", "Broken"], not_checked_yet: ["neutral", "Not checked yet"] } as const;

function Row({ invariant }: { invariant: Invariant }) {
  const { id, rule, status, breaks, rows } = invariant;
  const [tone, words] = looks[status];
  const note = noteOf(invariant);
  return (
    <li className="px-4 py-3" data-invariant={id}>
      <div className="flex items-start justify-between gap-4">
        <p className="min-w-0 text-sm font-medium">{rule}</p>
        <Badge tone={tone}>{words}</Badge>
      </div>
      {note !== null && <p className="mt-1 text-xs text-muted">{note}</p>}
      {rows.length > 0 && (
        <div className="mt-2 rounded-md bg-bad-soft px-3 py-2 text-sm">
          <p>
            {breaks} {breaks === 1 ? "row breaks" : "rows break"} it.{" "}
            <PageLink className="underline" to="cases" query={{ kind: "broken_invariant" }}>
              The cases say what to do
            </PageLink>
          </p>
          <ul className="mt-1 flex flex-wrap gap-x-3 gap-y-1 font-mono text-xs">
            {rows.map((row) => (
              <li key={row} className="max-w-full break-all">
                <RowLink id={row} />
              </li>
            ))}
          </ul>
          {breaks > rows.length && <p className="mt-1 text-xs">… and {breaks - rows.length} more.</p>}
        </div>
      )}
    </li>
  );
}

/** Where a row of this kind has a page, its page; else the search, which finds what it belongs to. */
function RowLink({ id }: { id: string }) {
  const page = placeOfId(id);
  const place = page === null ? { to: "search", query: { q: id } } : { to: page };
  return (
    <PageLink className={linkLook} {...place}>
      {id}
    </PageLink>
  );
}

/** "46 payments, 3 refunds": all are of the same look, so this is said once. */
function countsOf(checked: Invariant["checked"]): string {
  return Object.entries(checked)
    .map(([what, count]) => `${count.toLocaleString()} ${count === 1 ? what.replace(/ies$/, "y").replace(/s$/, "") : what}`)
    .join(", ");
}

function noteOf({ id, last_run_at: at }: Invariant): string | null {
  if (id !== "gateway_agrees") return at === null ? "Not looked at yet." : null;
  return at === null ? "The first settlement sweep has not ended yet." : "Compared by the settlement sweeps, account by account.";
}
