import { Link } from "@tanstack/react-router";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { Button } from "../../kit/button.tsx";
import { Field } from "../../kit/field.tsx";
import { useForm } from "../../kit/form.ts";
import { Section } from "../../kit/layout.tsx";
import { linkLook } from "../../kit/link.tsx";
import { useSession, type Session } from "../../kit/session.tsx";
import { ErrorNote } from "../../kit/states.tsx";
import { toast } from "../../kit/toast.tsx";
import { SecondFactor } from "./second-factor.tsx";
import { Sessions } from "./sessions.tsx";

export function Page() {
  const { data: session } = useSession();
  useEffect(() => {
    document.title = "Account · Tillway";
  }, []);
  if (session === null || session === undefined) return null;
  return (
    <main className="mx-auto max-w-2xl space-y-4 px-4 py-8">
      <Link to={"/" as never} className={`text-sm ${linkLook}`}>
        ← Back to the dashboard
      </Link>
      <div>
        <h1 className="text-xl font-semibold tracking-tight">Account and sign-in</h1>
        <p className="text-sm text-muted">{session.person.email}</p>
      </div>
      <Name session={session} />
      <Password />
      <SecondFactor session={session} />
      <Sessions />
    </main>
  );
}

function Name({ session }: { session: Session }) {
  const client = useQueryClient();
  const { submit, busy, error, errorOf } = useForm<unknown>({
    call: ({ name }) => ({ method: "PATCH", path: "/v1/person", body: { name: name?.trim() } }),
    onDone: () => {
      void client.invalidateQueries({ queryKey: ["session"] });
      toast("Your name is changed.");
    },
  });
  return (
    <Section title="Name">
      <form className="space-y-3" onSubmit={submit}>
        <Field
          label="Your name"
          name="name"
          defaultValue={session.person.name}
          autoComplete="name"
          maxLength={100}
          required
          error={errorOf("name")}
        />
        {error !== null && <ErrorNote error={error} fields={["name"]} />}
        <Button type="submit" busy={busy}>
          Save the name
        </Button>
      </form>
    </Section>
  );
}

function Password() {
  const client = useQueryClient();
  const { submit, busy, error, errorOf } = useForm<unknown>({
    call: ({ current, password }) => ({ method: "POST", path: "/v1/person/password", body: { current, password } }),
    onDone: () => {
      void client.invalidateQueries({ queryKey: ["session"] });
      void client.invalidateQueries({ queryKey: ["person-sessions"] });
      toast("Your password is changed. All other sessions have ended.");
    },
  });
  return (
    <Section title="Password">
      <form className="space-y-3" onSubmit={submit}>
        <Field
          label="Current password"
          name="current"
          type="password"
          autoComplete="current-password"
          required
          error={errorOf("current")}
        />
        <Field
          label="New password"
          name="password"
          type="password"
          hint="12 characters or more."
          autoComplete="new-password"
          minLength={12}
          required
          error={errorOf("password")}
        />
        {error !== null && <ErrorNote error={error} fields={["current", "password"]} />}
        <Button type="submit" busy={busy}>
          Change the password
        </Button>
      </form>
    </Section>
  );
}
