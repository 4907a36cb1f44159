import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { ApiError, call } from "../../kit/api.ts";
import { wordsOf } from "../../kit/badge.tsx";
import { Button, buttonLook } from "../../kit/button.tsx";
import { cx } from "../../kit/cx.ts";
import { Field } from "../../kit/field.tsx";
import { useForm } from "../../kit/form.ts";
import { useLinkToken } from "../../kit/one-time-link.ts";
import { takeSession, type Session } from "../../kit/session.tsx";
import { ErrorNote, Loaded } from "../../kit/states.tsx";
import { PlainFrame } from "../../shell/plain-frame.tsx";

interface Invitation {
  readonly email: string;
  readonly merchant: { readonly id: string; readonly name: string };
  readonly role: string;
  /** They sign in here already, and give that password. */
  readonly has_password: boolean;
}

export function Page() {
  const token = useLinkToken();
  const invitation = useQuery({
    queryKey: ["invitation", token],
    queryFn: () => call<Invitation>({ method: "POST", path: "/v1/session/invitation", body: { token }, scope: null }),
    enabled: token !== "",
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (token === "") return <PlainFrame title="Invitation">Open the whole link of the e-mail: a part of it is missing.</PlainFrame>;
  if (invitation.error instanceof ApiError && invitation.error.code === "link_ended") return <Ended />;
  return (
    <PlainFrame title="Invitation">
      <Loaded of={invitation} rows={4}>
        {(found) => <Accept token={token} invitation={found} />}
      </Loaded>
    </PlainFrame>
  );
}

/** Most who open a link again have used it: what they want is to sign in. */
function Ended() {
  return (
    <PlainFrame title="Invitation" about="This link was used already, was called off, or has ended. If you joined by it, sign in.">
      <Link to={"/" as never} className={cx(buttonLook("primary"), "w-full")}>
        Sign in
      </Link>
      <p className="mt-4 text-sm text-muted">If not, ask whoever invited you for another link.</p>
    </PlainFrame>
  );
}

function Accept({ token, invitation }: { token: string; invitation: Invitation }) {
  const { email, merchant, role, has_password: hasPassword } = invitation;
  const client = useQueryClient();
  const navigate = useNavigate();
  const { submit, busy, error, errorOf } = useForm<Session>({
    call: ({ name, password }) => ({
      method: "POST",
      path: "/v1/session/invitation/accept",
      body: { token, password, ...(name === undefined ? {} : { name: name.trim() }) },
    }),
    onDone: (session) => {
      takeSession(client, session);
      void navigate({ to: `/${merchant.id}/test/home` as never, replace: true });
    },
  });
  return (
    <form className="space-y-4" onSubmit={submit}>
      <p className="text-sm">
        You are invited to <strong>{merchant.name}</strong> as <strong>{wordsOf(role).toLowerCase()}</strong>.
      </p>
      <Field label="E-mail" name="email" type="email" value={email} readOnly autoComplete="username" />
      {!hasPassword && (
        <Field label="Your name" name="name" autoComplete="name" required maxLength={100} autoFocus error={errorOf("name")} />
      )}
      <Field
        label={hasPassword ? "Your password" : "Choose a password"}
        hint={hasPassword ? "You sign in here already: it is that password." : "12 characters or more."}
        name="password"
        type="password"
        autoComplete={hasPassword ? "current-password" : "new-password"}
        minLength={hasPassword ? 1 : 12}
        required
        error={errorOf("password")}
      />
      {error !== null && <ErrorNote error={error} fields={["name", "password"]} />}
      <Button type="submit" kind="primary" busy={busy} className="w-full">
        Join {merchant.name}
      </Button>
    </form>
  );
}
