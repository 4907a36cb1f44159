/** "Recover all that match": counts first, then sends, then shows what arrives. */
import { useState } from "react";
import { Button } from "../../kit/button.tsx";
import { Dialog } from "../../kit/dialog.tsx";
import { Field } from "../../kit/field.tsx";
import { ErrorNote, Loading } from "../../kit/states.tsx";
import { Time } from "../../kit/time.tsx";
import { RUN_MAX, useRecovery, type Matching, type Progress } from "./recovery.ts";

interface Props {
  readonly open: boolean;
  readonly onClose: () => void;
  /** The query of the list's address. */
  readonly filter: Readonly<Record<string, string>>;
}

export function Recover(props: Props) {
  return props.open ? <OpenRecover {...props} /> : null;
}

function matchingOf(filter: Props["filter"]): Matching {
  const { status, endpoint_id: endpoint, event_type: type } = filter;
  return {
    status: status ?? "failed",
    ...(endpoint === undefined ? {} : { endpoint_id: endpoint }),
    ...(type === undefined ? {} : { event_types: [type] }),
  };
}

const PACE = { usual: 20, most: 200 };

function OpenRecover({ onClose, filter }: Props) {
  const matching = matchingOf(filter);
  const { found, progress, error, run } = useRecovery(matching);
  const [limit, setLimit] = useState(String(RUN_MAX));
  const [pace, setPace] = useState(String(PACE.usual));
  const matched = Math.min(found?.matched ?? 0, Number(limit) || 0);
  const why =
    found === null ? "They are being counted." : matched === 0 ? "Nothing matches." : (outOf(limit, RUN_MAX) ?? outOf(pace, PACE.most));
  const actions = (
    <>
      <Button onClick={onClose}>{progress === null ? "Back" : "Close"}</Button>
      {progress === null && (
        <Button kind="primary" why={why} onClick={() => void run(Number(limit), Number(pace))}>
          {`Send ${matched} again`}
        </Button>
      )}
    </>
  );
  return (
    <Dialog open onClose={onClose} title="Recover all deliveries that match" actions={actions}>
      <div className="space-y-4 text-sm">
        {error !== null && <ErrorNote error={error} />}
        {progress !== null ? <Shown progress={progress} /> : found === null ? error === null && <Loading rows={3} /> : null}
        {progress === null && found !== null && (
          <>
            <p role="status">
              <strong className="figures">{found.matched}</strong> {matching.status} deliveries match
              {found.matched >= RUN_MAX && " (a run takes no more than that)"}
              {found.oldest_at !== null && found.newest_at !== null && (
                <>
                  , owed from <Time at={found.oldest_at} /> to <Time at={found.newest_at} />
                </>
              )}
              . Those to endpoints that are paused or switched off don't. Each is sent again with its whole schedule from the start.
            </p>
            <div className="grid gap-3 sm:grid-cols-2">
              <Field label="At most" type="number" min={1} max={RUN_MAX} value={limit} onChange={(event) => setLimit(event.target.value)} />
              <Field
                label="Per second"
                type="number"
                min={1}
                max={PACE.most}
                value={pace}
                onChange={(event) => setPace(event.target.value)}
              />
            </div>
          </>
        )}
      </div>
    </Dialog>
  );
}

function outOf(text: string, most: number): string | null {
  const value = Number(text);
  return Number.isInteger(value) && value >= 1 && value <= most ? null : `Both figures are whole; this one is from 1 to ${most}.`;
}

function Shown({ progress: { state, recovered, delivered, failed } }: { progress: Progress }) {
  const waiting = Math.max(0, recovered - delivered - failed);
  return (
    <div className="space-y-3">
      <progress className="h-2 w-full accent-accent" aria-label="Sent again" max={Math.max(1, recovered)} value={delivered + failed} />
      <dl role="status" aria-label="Counts" className="grid grid-cols-2 gap-2 sm:grid-cols-4">
        {(
          [
            ["Sent again", recovered],
            ["Delivered", delivered],
            ["Waiting", waiting],
            ["Failed again", failed],
          ] as const
        ).map(([name, value]) => (
          <div key={name}>
            <dt className="text-xs text-muted">{name}</dt>
            <dd className="figures text-lg font-semibold">{value}</dd>
          </div>
        ))}
      </dl>
      <p>
        {state === "finished"
          ? `Done: ${delivered} of ${recovered} delivered.`
          : "They are sent at the pace you chose. You may close this: it goes on at the server, and the list shows it."}
      </p>
    </div>
  );
}
