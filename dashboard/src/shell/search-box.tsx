/** One box that takes anything: `/` puts the cursor in it, Enter shows what was found. */
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, type FormEvent } from "react";
import { isTyping } from "../kit/keys.ts";
import { usePageAddress } from "../kit/link.tsx";

export function SearchBox() {
  const ref = useRef<HTMLInputElement>(null);
  const navigate = useNavigate();
  const address = usePageAddress();
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key !== "/" || isTyping(event)) return;
      event.preventDefault();
      ref.current?.focus();
      ref.current?.select();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const q = ref.current?.value.trim() ?? "";
    if (q !== "") void navigate({ to: address("search") as never, search: { q } as never });
  };
  return (
    <form role="search" aria-label="Everything" className="max-w-md min-w-0 flex-auto" onSubmit={submit}>
      <input
        ref={ref}
        type="search"
        aria-label="Search"
        aria-keyshortcuts="/"
        placeholder="Search: any id, e-mail, last 4, amount…"
        autoComplete="off"
        spellCheck={false}
        className="h-8 w-full rounded-md border border-edge/60 bg-ground px-2.5 text-sm"
        onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
      />
    </form>
  );
}
