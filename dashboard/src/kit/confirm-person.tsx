/** Asks once more who sits here, when the listener says that an open page is not enough, and lets the request go on then. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { ApiError, onConfirmationNeeded } from "./api.ts";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";
import { Field } from "./field.tsx";
import { useForm } from "./form.ts";
import { takeSession, useSession } from "./session.tsx";
import { ErrorNote } from "./states.tsx";

type Answered = (isConfirmed: boolean) => void;

/** One for the whole page: it opens over the dialog whose request waits. */
export function ConfirmPerson() {
  const [waiting, setWaiting] = useState<{ answered: Answered } | null>(null);
  useEffect(() => {
    let last: Answered | null = null;
    const ask = () => new Promise<boolean>((answered) => setWaiting({ answered: (last = answered) }));
    const forget = onConfirmationNeeded(ask);
    return () => {
      forget();
      // The session ended meanwhile: who still waits is answered, or all that comes later would wait for that.
      last?.(false);
    };
  }, []);
  const end = (isConfirmed: boolean) => {
    waiting?.answered(isConfirmed);
    setWaiting(null);
  };
  return (
    <Dialog open={waiting !== null} onClose={() => end(false)} title="Is it still you?">
      <Proof onDone={() => end(true)} onBack={() => end(false)} />
    </Dialog>
  );
}

function Proof({ onDone, onBack }: { onDone: () => void; onBack: () => void }) {
  const client = useQueryClient();
  const { data: session } = useSession();
  const isByCode = session?.person.has_totp === true;
  const { submit, busy, error } = useForm<object>({
    call: ({ proof }) => ({ method: "POST", path: "/v1/session/confirm", body: isByCode ? { code: proof?.trim() } : { password: proof } }),
    onDone,
  });
  useEffect(() => {
    // Too late: it is another session that is needed now.
    if (error instanceof ApiError && error.code === "authentication_error") takeSession(client, null);
  }, [client, error]);
  return (
    <form className="space-y-4 text-sm" onSubmit={submit}>
      <p>
        You signed in a while ago. {isByCode ? "Type a code of your authenticator app, or a recovery code" : "Type your password"}, and what
        you asked for goes on. For 15 minutes you are not asked again.
      </p>
      {isByCode ? (
        <Field label="Code" name="proof" autoComplete="one-time-code" spellCheck={false} maxLength={40} required autoFocus />
      ) : (
        <Field label="Password" name="proof" type="password" autoComplete="current-password" required autoFocus />
      )}
      {error !== null && <ErrorNote error={error} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onBack}>Back</Button>
        <Button type="submit" kind="primary" busy={busy}>
          Go on
        </Button>
      </div>
    </form>
  );
}
