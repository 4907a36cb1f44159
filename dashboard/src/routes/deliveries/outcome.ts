/** What a try came to, for its badge. Mail servers give no code of HTTP: without a code and without a fault it was taken. */
export function outcomeOf({ status_code: code, error }: { readonly status_code: number | null; readonly error: string | null }) {
  const isGood = code === null ? error === null : code >= 200 && code < 300;
  return { tone: isGood ? "good" : "bad", text: code === null ? (error ?? "Taken") : String(code) } as const;
}
