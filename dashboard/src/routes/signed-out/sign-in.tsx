import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { Button } from "../../kit/button.tsx";
import { Field } from "../../kit/field.tsx";
import { useForm } from "../../kit/form.ts";
import { linkLook } from "../../kit/link.tsx";
import { useQueryText } from "../../kit/scope.ts";
import { takeSession, type Session } from "../../kit/session.tsx";
import { ErrorNote } from "../../kit/states.tsx";
import { PlainFrame } from "../../shell/plain-frame.tsx";

type Answer = Session | { readonly object: "second_factor"; readonly challenge: string };

export function Page() {
  const [challenge, setChallenge] = useState<string | null>(null);
  const done = useSignedIn();
  const { to } = useQueryText();
  if (challenge !== null)
    return (
      <PlainFrame title="Second factor" about="Type the six digits of your authenticator app, or one of your recovery codes.">
        <SecondFactor challenge={challenge} onDone={done} onBack={() => setChallenge(null)} />
      </PlainFrame>
    );
  return (
    <PlainFrame
      title="Sign in"
      about={to === undefined ? undefined : "You are not signed in, or no longer. Then you go on where you were."}
    >
      <Password onDone={(answer) => (answer.object === "second_factor" ? setChallenge(answer.challenge) : done(answer))} />
    </PlainFrame>
  );
}

function Password({ onDone }: { onDone: (answer: Answer) => void }) {
  const { submit, busy, error } = useForm<Answer>({
    call: ({ email, password }) => ({ method: "POST", path: "/v1/session", body: { email: email?.trim(), password } }),
    onDone,
  });
  return (
    <form className="space-y-4" onSubmit={submit}>
      <Field label="E-mail" name="email" type="email" autoComplete="username" required autoFocus />
      <Field label="Password" name="password" type="password" autoComplete="current-password" required />
      {error !== null && <ErrorNote error={error} />}
      <Button type="submit" kind="primary" busy={busy} className="w-full">
        Sign in
      </Button>
      <p className="text-center text-sm">
        <Link to={"/forgot" as never} className={linkLook}>
          Forgot your password?
        </Link>
      </p>
      <p className="text-center text-sm text-muted">
        The first time? Open the link that was printed at the start, or that of your invitation.
      </p>
    </form>
  );
}

function SecondFactor({ challenge, onDone, onBack }: { challenge: string; onDone: (session: Session) => void; onBack: () => void }) {
  const { submit, busy, error } = useForm<Session>({
    call: ({ code }) => ({ method: "POST", path: "/v1/session/second-factor", body: { challenge, code: code?.trim() } }),
    onDone,
  });
  return (
    <form className="space-y-4" onSubmit={submit}>
      <Field label="Code" name="code" autoComplete="one-time-code" spellCheck={false} maxLength={40} required autoFocus />
      {error !== null && <ErrorNote error={error} />}
      <div className="flex gap-2">
        <Button onClick={onBack}>Back</Button>
        <Button type="submit" kind="primary" busy={busy} className="flex-auto">
          Sign in
        </Button>
      </div>
    </form>
  );
}

/** Goes to where the person wanted to go, within this dashboard. */
function useSignedIn(): (session: Session) => void {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { to = "/" } = useQueryText();
  return (session) => {
    takeSession(client, session);
    // `//host` and `/\host` would be other origins.
    void navigate({ href: /^\/(?![/\\])/.test(to) ? to : "/", replace: true });
  };
}
