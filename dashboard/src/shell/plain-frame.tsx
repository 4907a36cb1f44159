/** Around pages that are of no merchant: one column in the middle. */
import { useEffect, type ReactNode } from "react";

export function PlainFrame({ title, about, children }: { title: string; about?: ReactNode; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Tillway`;
  }, [title]);
  return (
    <main className="flex min-h-dvh flex-col items-center px-4 py-12 sm:py-20">
      <p className="mb-6 flex items-center gap-2 text-lg font-semibold tracking-tight">
        <span aria-hidden="true" className="flex size-7 items-center justify-center rounded-md bg-accent text-sm font-bold text-on-accent">
          T
        </span>
        Tillway
      </p>
      <div className="w-full max-w-sm rounded-lg border border-line bg-surface p-6 shadow-raised">
        <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
        {about !== undefined && <div className="mt-1 text-sm text-muted">{about}</div>}
        <div className="mt-5">{children}</div>
      </div>
    </main>
  );
}
