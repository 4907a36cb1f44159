/** All open cases of a kind at once: counted first, then resolved in bounded steps, which go on without the dialog. */
import type { CaseResolutions } from "@tillway/sdk";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { call } from "../../kit/api.ts";
import { wordsOf } from "../../kit/badge.tsx";
import { ConfirmDialog } from "../../kit/dialog.tsx";
import { TextArea } from "../../kit/field.tsx";
import { beginRun } from "../../kit/runs.tsx";
import { useScope } from "../../kit/scope.ts";
import { useSession } from "../../kit/session.tsx";
import { toast } from "../../kit/toast.tsx";

const PATH = "/v1/cases/resolve";
const COUNTED_MAX = 1_000;
const STEP = 100;

export function ResolveManyDialog({ kind, onClose }: { kind: string; onClose: () => void }) {
  const scope = useScope();
  const client = useQueryClient();
  const { data: session } = useSession();
  const [reason, setReason] = useState("");
  const [matched, setMatched] = useState<number | null>(null);
  const [error, setError] = useState<unknown>(null);
  const by = session?.person.email ?? "";

  useEffect(() => {
    const body = { filter: { kind }, reason: "Counted only", by, limit: COUNTED_MAX, dry_run: true };
    call<CaseResolutions>({ method: "POST", path: PATH, scope, body }).then((answer) => setMatched(answer.matched), setError);
  }, [scope, kind, by]);

  /** Closes the dialog at once: the strip below each page says how far it is. */
  async function run(): Promise<void> {
    onClose();
    const { tell, signal } = beginRun(`Resolving cases “${wordsOf(kind)}”`, matched ?? 0);
    let done = 0;
    try {
      for (let hasMore = true; hasMore && !signal.aborted;) {
        const body = { filter: { kind }, reason: reason.trim(), by, limit: STEP };
        const step = await call<CaseResolutions>({ method: "POST", path: PATH, scope, body, idempotencyKey: crypto.randomUUID() });
        done += step.changed;
        tell({ done, of: Math.max(matched ?? 0, done) });
        hasMore = step.has_more;
      }
      tell(signal.aborted ? { state: "stopped", why: "You stopped it." } : { state: "finished" });
      toast(done === 1 ? "1 case is resolved" : `${done} cases are resolved`);
    } catch (thrown) {
      tell({ state: "stopped", why: thrown instanceof Error ? thrown.message : "The server did not answer." });
      toast(`Stopped after ${done} cases were resolved`, "bad");
    }
    void client.invalidateQueries();
  }

  const off = matched === null ? "They are being counted." : matched === 0 ? "None is open." : null;
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`Resolve all cases “${wordsOf(kind)}”?`}
      effect="It says of each that a person has settled it. It moves no money and stops no question to the gateway."
      verb={`Resolve ${matched === null ? "" : matched}`}
      error={error}
      why={off ?? (reason.trim() === "" ? "Say what you found or did." : null)}
      onConfirm={() => void run()}
    >
      <p role="status">{matched === null ? "Counting…" : `${matched}${matched >= COUNTED_MAX ? " or more" : ""} are open.`}</p>
      <TextArea
        label="Reason"
        hint="What you found or did. It stands in each of them. No card numbers."
        rows={3}
        maxLength={1_000}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
      />
    </ConfirmDialog>
  );
}
