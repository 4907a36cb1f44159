/** Finds a request by the id that its answer carried. */
import { useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { Button } from "../../kit/button.tsx";
import { CopyBlock } from "../../kit/copy.tsx";
import { Field } from "../../kit/field.tsx";
import { PageHeader, Section } from "../../kit/layout.tsx";
import { usePageAddress } from "../../kit/link.tsx";

const LOOK_UP = "npx tillway logs get req_…";

export function Page() {
  const [id, setId] = useState("");
  const [error, setError] = useState<string | null>(null);
  const navigate = useNavigate();
  const address = usePageAddress();
  const find = (event: FormEvent) => {
    event.preventDefault();
    const wanted = id.trim();
    if (!/^req_\w+$/.test(wanted)) return setError("The id of a request begins with req_. The header Request-Id of each answer has it.");
    void navigate({ to: address(`requests/${wanted}`) as never });
  };
  return (
    <>
      <PageHeader title="Requests" />
      <Section title="Find a request">
        <form onSubmit={find} className="flex max-w-xl flex-wrap items-start gap-2">
          <div className="min-w-0 flex-auto">
            <Field
              label="Id of the request"
              hideLabel
              placeholder="req_…"
              value={id}
              autoComplete="off"
              spellCheck={false}
              error={error}
              onChange={(event) => setId(event.target.value)}
            />
          </div>
          <Button kind="primary" type="submit">
            Find
          </Button>
        </form>
        <p className="my-3 max-w-prose text-sm text-muted">
          Each answer of the API carries one, as the header Request-Id, and each error names it. Requests that changed or refused something
          are kept for 30 days; those that created a payment as long as the payment. Reads that succeeded are not kept.
        </p>
        <CopyBlock label="Command that looks up a request" text={LOOK_UP} />
      </Section>
    </>
  );
}
