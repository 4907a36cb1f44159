/** Who is signed in, and what they may do: one table of the API (`GET /v1/roles`) says both what is off and why. */
import { useQuery, type QueryClient } from "@tanstack/react-query";
import { createContext, use, type ReactNode } from "react";
import type { Permission } from "../../../server/src/core/permissions.ts";
import { ApiError, call, earlyAnswer, forgetEarly, setCsrfToken } from "./api.ts";
import { useScope } from "./scope.ts";

export type { Permission };

export interface Session {
  readonly object: "session";
  readonly person: {
    readonly id: string;
    readonly email: string;
    readonly name: string;
    readonly has_totp: boolean;
    readonly is_operator: boolean;
  };
  readonly csrf_token: string;
  readonly merchants: readonly { readonly id: string; readonly name: string; readonly role: string }[];
  readonly expires_at: string;
  readonly is_restoring: boolean;
}

export interface Role {
  readonly role: string;
  readonly label: string;
  readonly means: string;
  readonly permissions: readonly string[];
}

const SESSION_KEY = ["session"];
const SESSION = { path: "/v1/session", scope: null } as const;
const ROLES = { path: "/v1/roles", scope: null } as const;

/** The session; null if nobody is signed in. */
export function useSession() {
  return useQuery<Session | null>({
    queryKey: SESSION_KEY,
    queryFn: readSession,
    initialData: () => withToken(earlyAnswer<Session>(SESSION)),
    staleTime: 60_000,
    refetchOnWindowFocus: "always",
  });
}

function withToken<T extends Session | undefined>(session: T): T {
  if (session !== undefined) setCsrfToken(session.csrf_token);
  return session;
}

async function readSession({ signal }: { signal: AbortSignal }): Promise<Session | null> {
  try {
    return withToken(await call<Session>({ ...SESSION, signal }));
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null;
    throw error;
  }
}

/** Takes a session that an answer brought (sign-in), or that there is none any more. What was read for somebody else is forgotten. */
export function takeSession(client: QueryClient, session: Session | null): void {
  forgetEarly();
  client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION_KEY[0] });
  setCsrfToken(session?.csrf_token ?? null);
  client.setQueryData(SESSION_KEY, session);
}

/** What it says may have changed: it is read again. */
export function readSessionAgain(client: QueryClient): void {
  void client.invalidateQueries({ queryKey: SESSION_KEY });
}

export function useRoles() {
  const { data } = useQuery({
    queryKey: ["roles"],
    queryFn: ({ signal }) => call<{ data: readonly Role[] }>({ ...ROLES, signal }),
    initialData: () => earlyAnswer<{ data: readonly Role[] }>(ROLES),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return data?.data;
}

export interface May {
  readonly may: boolean;
  /** Why not, for people; null if they may, or as long as that is not known. */
  readonly why: string | null;
}

/** Read once for all that a page shows as off: each link of the navigation and each button asks. */
const Who = createContext<{ session: Session; roles: readonly Role[] | undefined } | null>(null);

/** Around what is shown to somebody who is signed in. */
export function WhoIsSignedIn({ session, children }: { session: Session; children: ReactNode }) {
  return <Who value={{ session, roles: useRoles() }}>{children}</Who>;
}

/** Whether the person may do it at this merchant, and if not, why and who may. Only within `WhoIsSignedIn`. */
export function useMay(permission: Permission): May {
  const { merchant } = useScope();
  const signedIn = use(Who);
  if (signedIn === null) throw new Error("useMay is for pages of somebody who is signed in");
  const { session, roles } = signedIn;
  const own = session.merchants.find(({ id }) => id === merchant)?.role;
  if (roles === undefined || own === undefined) return { may: false, why: null };
  if (roles.find(({ role }) => role === own)?.permissions.includes(permission) === true) return { may: true, why: null };
  const label = roles.find(({ role }) => role === own)?.label ?? own;
  const who = roles.filter(({ permissions }) => permissions.includes(permission)).map((role) => role.label);
  return { may: false, why: `Your role, ${label}, may not do this. It takes ${listOf(who)}.` };
}

/** Gives what it shows the reason why it is off, if it is: `<Guarded permission="refunds.write">{(off) => <Button {...off}>…`. */
export function Guarded({
  permission,
  children,
}: {
  permission: Permission;
  children: (off: { why: string | null; disabled: boolean }) => ReactNode;
}) {
  const { may, why } = useMay(permission);
  return children({ disabled: !may, why });
}

function listOf(words: readonly string[]): string {
  return words.length <= 1 ? (words[0] ?? "nobody's") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
