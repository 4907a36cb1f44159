/** The table of pages as a router. Addresses: `/{merchant}/{mode}/…`, so that a link says whose data it shows. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, type AnyRoute } from "@tanstack/react-router";
import { pages, plainPages } from "./routes.tsx";
import { MerchantLayout } from "./shell/merchant-layout.tsx";
import { SignedIn } from "./shell/signed-in.tsx";
import { Start } from "./shell/start.tsx";
import { Crashed, NotFound } from "./shell/not-found.tsx";
import { Toasts } from "./kit/toast.tsx";

const root = createRootRoute({
  component: () => (
    <>
      <Outlet />
      <Toasts />
    </>
  ),
  notFoundComponent: NotFound,
});

const signedIn = createRoute({ getParentRoute: () => root, id: "signed-in", component: SignedIn });
const start = createRoute({ getParentRoute: () => signedIn, path: "/", component: Start });
const merchant = createRoute({ getParentRoute: () => signedIn, path: "/$merchant/$mode", component: MerchantLayout });

const plain = plainPages.map(({ path, load, signedIn: isSignedIn }) =>
  createRoute({ getParentRoute: (): AnyRoute => (isSignedIn ? signedIn : root), path, component: lazyRouteComponent(load, "Page") }),
);
const ofMerchant = pages.map(({ path, load, title, permission }) =>
  createRoute({
    getParentRoute: () => merchant,
    path,
    component: lazyRouteComponent(load, "Page"),
    staticData: { title, ...(permission === undefined ? {} : { permission }) },
  }),
);
const index = createRoute({ getParentRoute: () => merchant, path: "/", component: Start });

const isPlainOf = (isSignedIn: boolean) => plain.filter((_route, at) => plainPages[at]?.signedIn === isSignedIn);
const tree = root.addChildren([
  ...isPlainOf(false),
  signedIn.addChildren([start, ...isPlainOf(true), merchant.addChildren([index, ...ofMerchant])]),
]);

export const router = createRouter({
  routeTree: tree,
  defaultPreload: "intent",
  scrollRestoration: true,
  defaultNotFoundComponent: NotFound,
  defaultErrorComponent: Crashed,
  // Values are text, as the API takes them: no JSON in the address.
  parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: (search) => {
    const pairs = Object.entries(search as Record<string, string | number | undefined>).flatMap(([name, value]): [string, string][] =>
      value === undefined || value === "" ? [] : [[name, String(value)]],
    );
    return pairs.length === 0 ? "" : `?${new URLSearchParams(pairs)}`;
  },
});
