import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { call } from "../../kit/api.ts";
import { Button } from "../../kit/button.tsx";
import { Field } from "../../kit/field.tsx";
import { useQueryText } from "../../kit/scope.ts";
import { takeSession, type Session } from "../../kit/session.tsx";
import { ErrorNote } from "../../kit/states.tsx";
import { PlainFrame } from "../../shell/plain-frame.tsx";

type Answer = Session | { readonly object: "second_factor"; readonly challenge: string };

export function Page() {
  return (
    <PlainFrame title="Sign in">
      <SignIn />
    </PlainFrame>
  );
}

function SignIn() {
  const [challenge, setChallenge] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const client = useQueryClient();
  const navigate = useNavigate();
  const { to = "/" } = useQueryText();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(event.currentTarget));
    setBusy(true);
    setError(null);
    const what =
      challenge === null ? { path: "/v1/session", body: fields } : { path: "/v1/session/second-factor", body: { challenge, ...fields } };
    call<Answer>({ method: "POST", scope: null, ...what })
      .then((answer) => {
        if (answer.object === "second_factor") return setChallenge(answer.challenge);
        takeSession(client, answer);
        return navigate({ href: /^\/(?![/\\])/.test(to) ? to : "/", replace: true });
      })
      .catch(setError)
      .finally(() => setBusy(false));
  };
  return (
    <form className="space-y-4" onSubmit={submit}>
      {challenge === null ? (
        <>
          <Field label="E-mail" name="email" type="email" autoComplete="username" required autoFocus />
          <Field label="Password" name="password" type="password" autoComplete="current-password" required />
        </>
      ) : (
        <Field label="Code" name="code" autoComplete="one-time-code" inputMode="numeric" required autoFocus />
      )}
      {error !== null && <ErrorNote error={error} />}
      <Button type="submit" kind="primary" busy={busy} className="w-full">
        Sign in
      </Button>
    </form>
  );
}
