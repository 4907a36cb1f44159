import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { Button } from "../../kit/button.tsx";
import { Field } from "../../kit/field.tsx";
import { useForm } from "../../kit/form.ts";
import { linkLook } from "../../kit/link.tsx";
import { ErrorNote } from "../../kit/states.tsx";
import { PlainFrame } from "../../shell/plain-frame.tsx";

export function Page() {
  const [sent, setSent] = useState<string | null>(null);
  const { submit, busy, error } = useForm<unknown>({
    call: ({ email }) => ({ method: "POST", path: "/v1/password-resets", body: { email: email?.trim() } }),
    onDone: (_done, { email = "" }) => setSent(email.trim()),
  });
  const back = (
    <p className="mt-4 text-center text-sm">
      <Link to={"/sign-in" as never} className={linkLook}>
        Back to sign in
      </Link>
    </p>
  );
  if (sent !== null)
    return (
      <PlainFrame title="Look into your mail">
        <p role="status" className="text-sm">
          If somebody with the address <strong className="break-words">{sent}</strong> signs in here, an e-mail with a link is on its way.
          It works once.
        </p>
        <div className="mt-4 space-y-2 text-sm text-muted">
          <p>
            Nothing came? A Tillway without a mail server, as <code className="font-mono text-xs">npm start</code> makes it, sends none.
            Then whoever runs it makes you a link:
          </p>
          <code className="block rounded-md bg-sunken p-3 font-mono text-xs break-words text-ink select-all">
            npx tillway people sign-in-link --email {sent}
          </code>
        </div>
        {back}
      </PlainFrame>
    );
  return (
    <PlainFrame title="Forgot your password?" about="We send you a link by which you choose a new one.">
      <form className="space-y-4" onSubmit={submit}>
        <Field label="E-mail" name="email" type="email" autoComplete="username" required autoFocus />
        {error !== null && <ErrorNote error={error} />}
        <Button type="submit" kind="primary" busy={busy} className="w-full">
          Send the link
        </Button>
      </form>
      {back}
    </PlainFrame>
  );
}
