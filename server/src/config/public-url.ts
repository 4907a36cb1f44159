/** Where gateways and shoppers reach us: `PUBLIC_URL`, or else the host and port that we listen on. No slash at its end. */
export function publicUrlOf(config: Readonly<{ publicUrl: string | null; host: string }>, listeningPort: number): string {
  if (config.publicUrl !== null) return config.publicUrl;
  // A server can listen on an address that means "all of mine", but nobody can call it.
  const host = config.host === "0.0.0.0" ? "127.0.0.1" : config.host === "::" ? "::1" : config.host;
  return `http://${host.includes(":") ? `[${host}]` : host}:${listeningPort}`;
}

/** Where shoppers reach the checkout: `CHECKOUT_URL`, or else the host and port that it listens on. */
export function checkoutUrlOf(config: Readonly<{ checkoutUrl: string | null; checkoutPort: number; host: string }>): string {
  return publicUrlOf({ publicUrl: config.checkoutUrl, host: config.host }, config.checkoutPort);
}

/**
 * Where people reach the dashboard: `DASHBOARD_URL`, or else the host and port that it listens on. This machine is named localhost: there
 * alone browsers keep a secure cookie over http.
 */
export function dashboardUrlOf(config: Readonly<{ dashboardUrl: string | null; dashboardPort: number; host: string }>): string {
  const isHere = /^(localhost|0\.0\.0\.0|127(\.\d+){3}|::1?)$/.test(config.host);
  return publicUrlOf({ publicUrl: config.dashboardUrl, host: isHere ? "localhost" : config.host }, config.dashboardPort);
}

/** The path of the sandbox's pages in the all-in-one process: a shopper's browser cannot reach into the process. */
export const SANDBOX_PREFIX = "/sandbox";
