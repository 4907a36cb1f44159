/** Tabs; which one is chosen is in the address, so that a link shows the same. */
import * as Radix from "@radix-ui/react-tabs";
import type { ReactNode } from "react";
import { useQueryText, useSetQuery } from "./scope.ts";

interface Tab {
  readonly value: string;
  readonly label: ReactNode;
  readonly content: ReactNode;
}

/** @param name of the query; the first tab is the one without it */
export function Tabs({ name = "tab", label, tabs }: { name?: string; label: string; tabs: readonly Tab[] }) {
  const text = useQueryText();
  const setQuery = useSetQuery();
  const first = tabs[0]?.value ?? "";
  const value = tabs.some((tab) => tab.value === text[name]) ? text[name]! : first;
  return (
    <Radix.Root value={value} onValueChange={(next) => setQuery({ [name]: next === first ? undefined : next }, { replace: true })}>
      <Radix.List aria-label={label} className="mb-4 flex gap-4 overflow-x-auto border-b border-line">
        {tabs.map((tab) => (
          <Radix.Trigger
            key={tab.value}
            value={tab.value}
            className="-mb-px border-b-2 border-transparent px-0.5 py-2 text-sm font-medium whitespace-nowrap text-muted -outline-offset-2 data-[state=active]:border-accent data-[state=active]:text-ink"
          >
            {tab.label}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {tabs.map((tab) => (
        <Radix.Content key={tab.value} value={tab.value}>
          {tab.content}
        </Radix.Content>
      ))}
    </Radix.Root>
  );
}
