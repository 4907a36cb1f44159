/** A menu behind a button. Radix, not modal: its modal form writes a style into the document, which the page's policy refuses. */
import * as Menu from "@radix-ui/react-dropdown-menu";
import { useRef, useState, type ReactNode } from "react";
import { buttonLook } from "./button.tsx";
import { cx } from "./cx.ts";

const item =
  "flex items-center gap-2 rounded px-2 py-1.5 text-sm -outline-offset-2 data-[highlighted]:bg-accent-soft data-[disabled]:opacity-60";

interface MenuProps {
  readonly trigger: ReactNode;
  /** Where the trigger's words don't say it. */
  readonly label?: string;
  readonly children: ReactNode;
  readonly look?: string;
  readonly align?: "start" | "end";
}

export function DropdownMenu({ trigger, label, children, look, align = "end" }: MenuProps) {
  const ref = useRef<HTMLButtonElement>(null);
  // What is outside an open <dialog> can't be pressed: a menu in one stays in it. All others are in the page's landmark.
  const [place, setPlace] = useState<HTMLElement | null>(null);
  const findPlace = () => setPlace(ref.current?.closest("dialog") ?? document.querySelector("main"));
  return (
    <Menu.Root modal={false} onOpenChange={findPlace}>
      <Menu.Trigger ref={ref} className={look ?? buttonLook()} aria-label={label}>
        {trigger}
      </Menu.Trigger>
      <Menu.Portal container={place}>
        <Menu.Content
          align={align}
          sideOffset={4}
          collisionPadding={8}
          className="z-40 max-h-(--radix-dropdown-menu-content-available-height) min-w-44 overflow-y-auto rounded-lg border border-line bg-surface p-1 text-ink shadow-float"
        >
          {children}
        </Menu.Content>
      </Menu.Portal>
    </Menu.Root>
  );
}

export function MenuItem({
  onSelect,
  children,
  danger = false,
  why = null,
}: {
  onSelect: () => void;
  children: ReactNode;
  danger?: boolean;
  why?: string | null;
}) {
  return (
    <Menu.Item className={cx(item, danger && "text-bad")} disabled={why !== null} title={why ?? undefined} onSelect={onSelect}>
      {children}
      {why !== null && <span className="sr-only">{why}</span>}
    </Menu.Item>
  );
}

/** Stays open, so that several can be chosen. */
export function MenuCheck({
  checked,
  onChange,
  children,
}: {
  checked: boolean;
  onChange: (checked: boolean) => void;
  children: ReactNode;
}) {
  return (
    <Menu.CheckboxItem className={item} checked={checked} onCheckedChange={onChange} onSelect={(event) => event.preventDefault()}>
      <span aria-hidden="true" className="w-4 text-accent">
        {checked ? "✓" : ""}
      </span>
      {children}
    </Menu.CheckboxItem>
  );
}

export function MenuChoice({
  value,
  onChange,
  choices,
}: {
  value: string;
  onChange: (value: string) => void;
  choices: readonly (readonly [value: string, label: string])[];
}) {
  return (
    <Menu.RadioGroup value={value} onValueChange={onChange}>
      {choices.map(([one, label]) => (
        <Menu.RadioItem key={one} value={one} className={item}>
          <span aria-hidden="true" className="w-4 text-accent">
            {one === value ? "✓" : ""}
          </span>
          {label}
        </Menu.RadioItem>
      ))}
    </Menu.RadioGroup>
  );
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <Menu.Label className="px-2 pt-1.5 pb-0.5 text-xs text-muted">{children}</Menu.Label>;
}

export function MenuLine() {
  return <Menu.Separator className="my-1 h-px bg-line" />;
}
