import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { ApiError } from "../../kit/api.ts";
import { Button } from "../../kit/button.tsx";
import { Field } from "../../kit/field.tsx";
import { useForm } from "../../kit/form.ts";
import { linkLook } from "../../kit/link.tsx";
import { useLinkToken } from "../../kit/one-time-link.ts";
import { takeSession } from "../../kit/session.tsx";
import { ErrorNote } from "../../kit/states.tsx";
import { toast } from "../../kit/toast.tsx";
import { PlainFrame } from "../../shell/plain-frame.tsx";

export function Page() {
  const token = useLinkToken();
  const client = useQueryClient();
  const navigate = useNavigate();
  const { submit, busy, error, errorOf } = useForm<unknown>({
    call: ({ password }) => ({ method: "POST", path: "/v1/password-resets/use", body: { token, password } }),
    onDone: () => {
      takeSession(client, null);
      toast("Your password is changed. Sign in with it.");
      void navigate({ to: "/sign-in" as never, replace: true });
    },
  });
  if (token === "") return <PlainFrame title="New password">Open the whole link of the e-mail: a part of it is missing.</PlainFrame>;
  return (
    <PlainFrame title="New password" about="It signs you out everywhere.">
      <form className="space-y-4" onSubmit={submit}>
        <Field
          label="New password"
          name="password"
          type="password"
          hint="12 characters or more."
          autoComplete="new-password"
          minLength={12}
          required
          autoFocus
          error={errorOf("password")}
        />
        {error !== null && <ErrorNote error={error} fields={["password"]} />}
        {error instanceof ApiError && error.code === "link_ended" && (
          <p className="text-sm">
            <Link to={"/forgot" as never} className={linkLook}>
              Ask for another link
            </Link>
          </p>
        )}
        <Button type="submit" kind="primary" busy={busy} className="w-full">
          Change the password
        </Button>
      </form>
    </PlainFrame>
  );
}
