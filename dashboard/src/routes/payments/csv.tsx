/** Downloads all that the filters pick, as it comes: the API streams it, and the number of rows so far is said. */
import { useEffect, useRef, useState } from "react";
import { callRaw, type Query, type Scope } from "../../kit/api.ts";
import { Button } from "../../kit/button.tsx";
import { useScope } from "../../kit/scope.ts";
import { toast } from "../../kit/toast.tsx";

interface CsvProps {
  readonly path: string;
  readonly query: Query;
  /** What its rows are. */
  readonly noun: string;
}

export function CsvButton({ path, query, noun }: CsvProps) {
  const scope = useScope();
  const [rows, setRows] = useState<number | null>(null);
  const abort = useRef<AbortController | null>(null);
  useEffect(() => () => abort.current?.abort(), []);
  const load = async () => {
    if (abort.current !== null) return abort.current.abort();
    const control = (abort.current = new AbortController());
    setRows(0);
    try {
      const { file, count } = await read(path, query, { scope, signal: control.signal, onRows: setRows });
      save(file, `${noun}-${scope.mode}-${new Date().toISOString().slice(0, 10)}.csv`);
      toast(`The CSV has ${count.toLocaleString()} ${noun}`);
    } catch (error) {
      if (!control.signal.aborted) toast(`The CSV is not whole, so it was not saved: ${(error as Error).message}`, "bad");
    } finally {
      abort.current = null;
      setRows(null);
    }
  };
  return (
    <Button onClick={() => void load()} title={rows === null ? "All that the filters pick" : "Press to stop"}>
      <span className="figures">{rows === null ? "Download CSV" : `Stop, ${rows.toLocaleString()} rows so far`}</span>
    </Button>
  );
}

interface Reading {
  readonly scope: Scope;
  readonly signal: AbortSignal;
  readonly onRows: (rows: number) => void;
}

async function read(path: string, query: Query, { scope, signal, onRows }: Reading): Promise<{ file: Blob; count: number }> {
  const response = await callRaw({ path, query, scope, signal }, "text/csv");
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const reader = response.body!.getReader();
  let lines = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    lines += value.reduce((count, byte) => (byte === 10 ? count + 1 : count), 0);
    onRows(Math.max(0, lines - 1));
  }
  return { file: new Blob(parts, { type: "text/csv" }), count: Math.max(0, lines - 1) };
}

function save(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // The browser has taken it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
