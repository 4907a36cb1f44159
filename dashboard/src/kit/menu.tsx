/**
 * A menu behind a button. Radix, not modal: its modal form writes a style into the document, which the page's policy refuses. It comes when
 * somebody is about to open the first menu: until then a button of the same look stands there, and what was pressed on it is done by Radix.
 */
import type * as RadixMenuModule from "@radix-ui/react-dropdown-menu";
import { useEffect, useLayoutEffect, useRef, useState, type ReactNode, type RefObject, type SyntheticEvent } from "react";
import { buttonLook } from "./button.tsx";
import { cx } from "./cx.ts";
import { toast } from "./toast.tsx";

type Radix = typeof RadixMenuModule;

let radix: Radix | null = null;
const load = async (): Promise<Radix> => (radix ??= await import("@radix-ui/react-dropdown-menu"));
const loadAhead = () => void load().catch(() => undefined);

/** What is in a menu is shown by an open one only. */
function loaded(): Radix {
  if (radix === null) throw new Error("an item of a menu is not within one");
  return radix;
}

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

/** What was pressed on the button that stood there before. */
interface Pressed {
  readonly event: Event;
  readonly hadFocus: boolean;
}

export function DropdownMenu(props: MenuProps) {
  const [isHere, setHere] = useState(radix !== null);
  const [pressed, setPressed] = useState<Pressed | null>(null);
  if (isHere) return <RadixMenu {...props} pressed={pressed} />;
  const come = (by: Pressed) => {
    setPressed(by);
    setHere(true);
  };
  return <Button {...props} onPress={come} />;
}

const OPENS = ["Enter", " ", "ArrowDown"];

function Button({ trigger, label, look, onPress }: MenuProps & { onPress: (pressed: Pressed) => void }) {
  const press = (event: SyntheticEvent) => {
    const { nativeEvent, currentTarget } = event;
    event.preventDefault();
    load().then(
      () => onPress({ event: nativeEvent, hadFocus: document.activeElement === currentTarget }),
      () => toast("The menu could not be loaded. Load the page again.", "bad"),
    );
  };
  return (
    <button
      type="button"
      className={look ?? buttonLook()}
      aria-label={label}
      aria-haspopup="menu"
      aria-expanded={false}
      onPointerEnter={loadAhead}
      onFocus={loadAhead}
      onPointerDown={(event) => event.button === 0 && !event.ctrlKey && press(event)}
      onKeyDown={(event) => OPENS.includes(event.key) && press(event)}
    >
      {trigger}
    </button>
  );
}

function RadixMenu({ trigger, label, children, look, align = "end", pressed }: MenuProps & { pressed: Pressed | null }) {
  const Menu = loaded();
  const ref = useRef<HTMLButtonElement>(null);
  usePressed(ref, pressed);
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

/** Presses this button once as the one before it was pressed, which it took the place of. */
function usePressed(ref: RefObject<HTMLButtonElement | null>, pressed: Pressed | null): void {
  const first = useRef(pressed);
  // Before anything sees that what had the focus is gone.
  useLayoutEffect(() => {
    if (first.current?.hadFocus === true) ref.current?.focus({ preventScroll: true });
  }, [ref]);
  // After the effects of Radix, which tell by them whether a key or a pointer was used.
  useEffect(() => {
    const event = first.current?.event;
    first.current = null;
    if (event instanceof KeyboardEvent) ref.current?.dispatchEvent(new KeyboardEvent(event.type, event));
    else if (event !== undefined) ref.current?.dispatchEvent(new PointerEvent(event.type, event));
  }, [ref]);
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
  const Menu = loaded();
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
  const Menu = loaded();
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
  const Menu = loaded();
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
  const Menu = loaded();
  return <Menu.Label className="px-2 pt-1.5 pb-0.5 text-xs text-muted">{children}</Menu.Label>;
}

export function MenuLine() {
  const Menu = loaded();
  return <Menu.Separator className="my-1 h-px bg-line" />;
}
