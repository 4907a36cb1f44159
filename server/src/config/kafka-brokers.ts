const DEFAULT_PORT = 9_092;
const BROKERS_MAX = 32;

/** `host:9092,host:9092`, each with its port. Undefined: it is not of that form. */
export function kafkaBrokers(text: string): readonly string[] | undefined {
  const brokers = text.split(",").map((each) => brokerOf(each.trim()));
  if (brokers.length > BROKERS_MAX || brokers.includes(null)) return undefined;
  return brokers as string[];
}

function brokerOf(text: string): string | null {
  const [, host, port = String(DEFAULT_PORT)] = /^(\[[0-9a-fA-F:.]+\]|[\w.-]+)(?::(\d{1,5}))?$/.exec(text) ?? [];
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535) return null;
  return `${host}:${Number(port)}`;
}
