import { hostsIn } from "./hosts.ts";

const DEFAULT_PORT = 9_092;

/** `host:9092,host:9092`, each with its port. Undefined: it is not of that form. */
export function kafkaBrokers(text: string): readonly string[] | undefined {
  return hostsIn(text, DEFAULT_PORT)?.map(({ host, port }) => `${host.includes(":") ? `[${host}]` : host}:${port}`);
}
