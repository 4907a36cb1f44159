/** A form of a page that is of no merchant: sends it once at a time, and keeps what was refused. */
import { useState, type FormEvent } from "react";
import { ApiError, call, type Call } from "./api.ts";

interface Sending<T> {
  readonly call: (fields: Readonly<Record<string, string>>) => Omit<Call, "scope">;
  readonly onDone: (result: T, fields: Readonly<Record<string, string>>) => unknown;
}

export function useForm<T>({ call: callOf, onDone }: Sending<T>) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (busy) return;
    const form = event.currentTarget;
    const fields = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, typeof value === "string" ? value : ""]));
    setBusy(true);
    setError(null);
    call<T>({ ...callOf(fields), scope: null })
      .then((result) => onDone(result, fields))
      .catch(setError)
      .finally(() => setBusy(false));
  };
  /** What is wrong with one field; beside it, not below the form. */
  const errorOf = (name: string) => (error instanceof ApiError && error.param === name ? error.message : null);
  return { submit, busy, error, errorOf };
}
