/** How all checkouts of a merchant look, and which pages may show them in a frame. */
import { Type } from "typebox";
import { noCheckoutSettings, type CheckoutSettings, CHECKOUT_LOGO_BYTES_MAX, CHECKOUT_ORIGINS_MAX } from "../../core/checkout.ts";
import { TillwayError } from "../../core/errors.ts";
import type { App } from "../../http/app.ts";
import { flowsBy, scopeOf, sendText } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";
import { refuseCardNumbers } from "../payment-input.ts";
import { component, errorAnswers, nullable, shows, strict } from "../schemas/common.ts";

export function checkoutSettingsRoutes(api: App, deps: ApiDeps): void {
  const { settings, clock } = deps.flows;
  const [reads, writes] = [api.guard("config.read"), api.guard("config.write")];
  api.get("/v1/checkout/settings", { onRequest: reads, schema: schemas.get }, async (request, reply) =>
    sendText(reply, 200, shown((await settings.checkoutSettings(scopeOf(request))) ?? noCheckoutSettings)),
  );
  api.put("/v1/checkout/settings", { onRequest: writes, schema: schemas.put }, async (request, reply) => {
    const { name = null, color = null, logo = null, origins = [] } = request.body;
    if (name !== null) refuseCardNumbers("name", name);
    if (logo !== null) refuseLogo(logo);
    const wanted = { name, color: color?.toLowerCase() ?? null, logo, origins: [...new Set(origins.map(originOf))] };
    await flowsBy(deps, request).settings.putCheckoutSettings(scopeOf(request), wanted, clock.now());
    return sendText(reply, 200, shown(wanted));
  });
}

const LOGO = /^data:image\/(png|jpeg|webp);base64,([A-Za-z0-9+/]+={0,2})$/;

/** What the picture's bytes begin with, whatever the URI says that they are. */
const SIGNATURES: Readonly<Record<string, (bytes: Buffer) => boolean>> = {
  png: (bytes) => bytes.subarray(0, 8).equals(Buffer.from("89504e470d0a1a0a", "hex")),
  jpeg: (bytes) => bytes.subarray(0, 3).equals(Buffer.from("ffd8ff", "hex")),
  webp: (bytes) => bytes.toString("latin1", 0, 4) === "RIFF" && bytes.toString("latin1", 8, 12) === "WEBP",
};

function refuseLogo(logo: string): void {
  const [, type = "", base64 = ""] = LOGO.exec(logo) ?? [];
  const bytes = Buffer.from(base64, "base64");
  if (bytes.length > CHECKOUT_LOGO_BYTES_MAX)
    throw refused("logo", `logo must not have more than ${CHECKOUT_LOGO_BYTES_MAX} bytes. Make it smaller.`);
  if (SIGNATURES[type]?.(bytes) !== true)
    throw refused(
      "logo",
      "logo must be a picture as a data URI: data:image/png;base64,… (or jpeg, webp), with the bytes of such a picture.",
    );
}

/** Of a URL a host may hold more, such as `*` or `;`, which mean something in the header that origins stand in. */
const HOST = /^([a-z0-9.-]+|\[[0-9a-f:.]+\])$/;

/** As a browser writes it. https, but for pages of this machine. */
function originOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isLocal = url !== null && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname);
  const isOrigin =
    url !== null &&
    HOST.test(url.hostname) &&
    url.username === "" &&
    url.pathname === "/" &&
    url.search === "" &&
    url.hash === "" &&
    !text.endsWith("/");
  if (isOrigin && (url.protocol === "https:" || (url.protocol === "http:" && isLocal))) return url.origin;
  throw refused("origins", "Each origin must be one like https://shop.example, without a path. http is for localhost only.");
}

function refused(param: string, message: string): TillwayError {
  return new TillwayError("invalid_field", { param, message });
}

function shown(settings: CheckoutSettings): string {
  return JSON.stringify({ object: "checkout_settings", ...settings });
}

const name = () => Type.String({ minLength: 1, maxLength: 100, description: "In the place of the merchant's own name." });
const color = () =>
  Type.String({
    pattern: "^#[0-9A-Fa-f]{6}$",
    description: "Of buttons and marks; the page keeps its text readable.",
    examples: ["#0b5cff"],
  });
const logo = () =>
  Type.String({
    maxLength: 50_000,
    description: "A data URI of a PNG, JPEG or WebP of at most 32 KB: no page asks a foreign server.",
    examples: ["data:image/png;base64,iVBORw0KGgo="],
  });
const origins = () =>
  Type.Array(Type.String({ maxLength: 255, examples: ["https://shop.example"] }), {
    maxItems: CHECKOUT_ORIGINS_MAX,
    description: "Of the pages that may show the checkout in a frame. None: it is shown as a page of its own only.",
  });

export const checkoutSettingsSchema = component("CheckoutSettings", {
  object: Type.Literal("checkout_settings"),
  name: nullable(name()),
  color: nullable(color()),
  logo: nullable(logo()),
  origins: origins(),
});

const tags = ["Checkout"];

const schemas = {
  get: {
    operationId: "retrieveCheckoutSettings",
    summary: "Get the checkout settings",
    description: "How all checkouts of yours look, and which pages may show them in a frame.",
    tags,
    querystring: Type.Object({}),
    response: { 200: shows("CheckoutSettings", "The settings."), ...errorAnswers("get", []) },
  },
  put: {
    operationId: "replaceCheckoutSettings",
    summary: "Replace the checkout settings",
    description: "All of them at once: what is left out is unset.",
    tags,
    body: strict({
      name: Type.Optional(nullable(name())),
      color: Type.Optional(nullable(color())),
      logo: Type.Optional(nullable(logo())),
      origins: Type.Optional(origins()),
    }),
    response: { 200: shows("CheckoutSettings", "The settings."), ...errorAnswers("write", []) },
  },
};
