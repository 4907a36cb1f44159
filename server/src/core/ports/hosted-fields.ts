/** Card fields that a gateway shows in the shopper's browser, as data: the number goes to the gateway alone, and a token comes back. */
export interface HostedFields {
  /** The browser code that mounts them: a name in `sdk/src/browser/fields/`. */
  readonly adapter: string;
  /** The gateway's own script; null: the adapter needs none. */
  readonly scriptUrl: string | null;
  /** Origins that the page's Content-Security-Policy must let through. */
  readonly csp: { readonly script: readonly string[]; readonly frame: readonly string[]; readonly connect: readonly string[] };
  /** Whether its script lives in a page that requires Trusted Types, if the page lets it load further scripts from the origins above. */
  readonly trustedTypes: boolean;
  /** Credentials of the account that the browser needs. None of them is a secret. */
  readonly credentials: readonly string[];
  /** Further values for the adapter, the same for every account. */
  readonly values?: Readonly<Record<string, string>>;
  /** Where a token is worth something: at the account whose fields made it, or at every account of the gateway. */
  readonly tokens: "account" | "connector";
}

/**
 * What the adapter is handed for an account; null: the account lacks a credential that the fields need. Throws if a credential is not
 * declared as public: a secret never leaves.
 */
export function publicConfig(
  { credentials: wanted, values = {} }: Pick<HostedFields, "credentials" | "values">,
  rules: { readonly credentials: readonly { readonly name: string; readonly isSecret: boolean }[] } | undefined,
  credentials: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> | null {
  const config: Record<string, string> = { ...values };
  for (const name of wanted) {
    if (rules?.credentials.find((one) => one.name === name)?.isSecret !== false) throw new Error(`${name} is not declared as public`);
    const value = credentials[name];
    if (value === undefined) return null;
    config[name] = value;
  }
  return config;
}
