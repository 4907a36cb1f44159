/** How the checkout looks, and which pages may show it in a frame. */
import type { CheckoutSettings } from "@tillway/sdk";
import { useState, type ChangeEvent } from "react";
import { paletteOf } from "../../../../checkout/src/color.ts";
import { Button } from "../../kit/button.tsx";
import { useAct } from "../../kit/data.ts";
import { Field, TextArea } from "../../kit/field.tsx";
import { Section } from "../../kit/layout.tsx";
import { useMay } from "../../kit/session.tsx";
import { toast } from "../../kit/toast.tsx";
import { SaveBar } from "./save-bar.tsx";

const COLOR = /^#[0-9a-f]{6}$/i;
const LOGO_BYTES_MAX = 32 * 1024;

type Wish = Omit<CheckoutSettings, "object">;

export function CheckoutForm({ saved }: { saved: CheckoutSettings }) {
  const [name, setName] = useState(saved.name ?? "");
  const [color, setColor] = useState(saved.color ?? "");
  const [logo, setLogo] = useState(saved.logo);
  const [origins, setOrigins] = useState(saved.origins.join("\n"));
  const { why } = useMay("config.write");
  const isOff = why !== null;
  const act = useAct<Wish>({
    call: (body) => ({ method: "PUT", path: "/v1/checkout/settings", body }),
    changes: ["/v1/checkout/settings"],
    onDone: () => toast("Checkout settings were saved"),
  });
  const isColor = color === "" || COLOR.test(color);
  const wish: Wish = { name: orNull(name), color: orNull(color.toLowerCase()), logo, origins: linesOf(origins) };
  const was: Wish = { name: saved.name, color: saved.color, logo: saved.logo, origins: saved.origins };
  const isChanged = JSON.stringify(wish) !== JSON.stringify(was);
  const reset = () => {
    setName(saved.name ?? "");
    setColor(saved.color ?? "");
    setLogo(saved.logo);
    setOrigins(saved.origins.join("\n"));
  };
  return (
    <div className="grid gap-4 lg:grid-cols-[minmax(0,1fr)_20rem]">
      <Section title="Checkout">
        <div className="space-y-5">
          <Field
            label="Name"
            value={name}
            maxLength={100}
            disabled={isOff}
            hint="What shoppers see. Empty: the merchant's own name."
            onChange={(event) => setName(event.target.value)}
          />
          <ColorField {...{ color, setColor, isColor, isOff }} />
          <LogoField {...{ logo, setLogo, isOff }} />
          <OriginsField {...{ origins, setOrigins, isOff }} refused={act.error?.param === "origins" ? act.error.message : null} />
          <SaveBar
            isChanged={isChanged}
            fault={isColor ? null : "The colour is # and six digits of 0-9 and a-f."}
            busy={act.isPending}
            error={act.error}
            fields={["origins"]}
            onSave={() => act.mutate(wish)}
            onReset={reset}
          />
        </div>
      </Section>
      <Section title="As shoppers see it">
        <Preview color={isColor ? orNull(color) : null} logo={logo} name={name} />
      </Section>
    </div>
  );
}

interface OriginsProps {
  readonly origins: string;
  readonly setOrigins: (origins: string) => void;
  readonly isOff: boolean;
  readonly refused: string | null;
}

function OriginsField({ origins, setOrigins, isOff, refused }: OriginsProps) {
  return (
    <TextArea
      label="Pages that may show it in a frame"
      value={origins}
      rows={4}
      disabled={isOff}
      placeholder="https://shop.example"
      className="font-mono text-xs"
      hint="One origin a line, without a path. None: the checkout is a page of its own only."
      error={refused}
      onChange={(event) => setOrigins(event.target.value)}
    />
  );
}

interface ColorProps {
  readonly color: string;
  readonly setColor: (color: string) => void;
  readonly isColor: boolean;
  readonly isOff: boolean;
}

function ColorField({ color, setColor, isColor, isOff }: ColorProps) {
  return (
    <div className="flex items-end gap-2">
      <Field
        label="Colour"
        value={color}
        maxLength={7}
        placeholder="#0b5cff"
        disabled={isOff}
        className="max-w-36 font-mono"
        error={isColor ? null : "# and six digits of 0-9 and a-f, such as #0b5cff."}
        onChange={(event) => setColor(event.target.value.trim())}
      />
      <input
        type="color"
        aria-label="Choose the colour"
        disabled={isOff}
        value={COLOR.test(color) ? color.toLowerCase() : "#2b4acb"}
        className="h-8 w-10 rounded-md border border-edge bg-surface p-0.5"
        onChange={(event) => setColor(event.target.value)}
      />
    </div>
  );
}

function LogoField({ logo, setLogo, isOff }: { logo: string | null; setLogo: (logo: string | null) => void; isOff: boolean }) {
  const [fault, setFault] = useState<string | null>(null);
  const take = (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0];
    if (file === undefined) return;
    if (!/^image\/(png|jpeg|webp)$/.test(file.type)) return setFault("A PNG, JPEG or WebP, please.");
    if (file.size > LOGO_BYTES_MAX) return setFault(`It has ${Math.ceil(file.size / 1024)} KB; at most 32 KB fit. Make it smaller.`);
    setFault(null);
    const reader = new FileReader();
    reader.onload = () => typeof reader.result === "string" && setLogo(reader.result);
    reader.readAsDataURL(file);
  };
  return (
    <div className="space-y-2">
      <Field
        label="Logo"
        type="file"
        accept="image/png,image/jpeg,image/webp"
        disabled={isOff}
        className="h-auto py-1 file:mr-2 file:rounded file:border-0 file:bg-sunken file:px-2 file:py-1 file:text-xs file:text-ink"
        hint="PNG, JPEG or WebP, at most 32 KB. It is kept here: no page asks a foreign server for it."
        error={fault}
        onChange={take}
      />
      {logo !== null && !isOff && (
        <Button small onClick={() => setLogo(null)}>
          Remove the logo
        </Button>
      )}
    </div>
  );
}

/** The button and a link as the checkout makes them, on both of its grounds: it keeps text readable whatever the colour is. */
function Preview({ color, logo, name }: { color: string | null; logo: string | null; name: string }) {
  const { brand, onBrand, onLight, onDark } = paletteOf(color);
  const text = "font-family='system-ui,sans-serif' font-size='14'";
  const side = (x: number, ground: string, link: string) =>
    `<rect x='${x}' width='140' height='120' fill='${ground}'/><rect x='${x + 14}' y='20' width='112' height='38' rx='6' fill='${brand}'/>` +
    `<text x='${x + 70}' y='44' text-anchor='middle' font-weight='600' fill='${onBrand}' ${text}>Pay ₹499.00</text>` +
    `<text x='${x + 70}' y='90' text-anchor='middle' fill='${link}' ${text}>Other ways to pay</text>`;
  const svg = `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 280 120'>${side(0, "#ffffff", onLight)}${side(140, "#16181d", onDark)}</svg>`;
  return (
    <div className="space-y-3">
      <div className="flex min-h-10 items-center gap-2">
        {logo !== null && <img src={logo} alt="The logo" className="max-h-10 max-w-32" />}
        <span className="truncate font-semibold">{name}</span>
      </div>
      <img
        className="w-full rounded-md border border-line"
        src={`data:image/svg+xml,${encodeURIComponent(svg)}`}
        alt="The pay button and a link in your colour, on a light and on a dark page"
      />
      <p className="text-xs text-muted">
        Text on the button is {onBrand === "#ffffff" ? "white" : "black"}; links are a shade of it that can be read ({onLight} on light,{" "}
        {onDark} on dark): at least 4.5 to 1.
      </p>
    </div>
  );
}

function orNull(text: string): string | null {
  return text.trim() === "" ? null : text.trim();
}

function linesOf(text: string): string[] {
  return text.split(/\s+/).filter((line) => line !== "");
}
