const HOSTS_MAX = 32;

export interface Host {
  /** Of an IPv6 address without its brackets. */
  readonly host: string;
  readonly port: number;
}

/** `host:port,host:port`, as servers of several are named. Undefined: it is not of that form. */
export function hostsIn(text: string, fallbackPort: number): readonly Host[] | undefined {
  const hosts = text.split(",").map((each) => hostIn(each.trim(), fallbackPort));
  return hosts.length > HOSTS_MAX || hosts.includes(null) ? undefined : (hosts as Host[]);
}

function hostIn(text: string, fallbackPort: number): Host | null {
  const [, host, port = String(fallbackPort)] = /^(\[[0-9a-fA-F:.]+\]|[\w.-]+)(?::(\d{1,5}))?$/.exec(text) ?? [];
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535) return null;
  return { host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
}
