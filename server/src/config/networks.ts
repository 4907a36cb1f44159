import { BlockList, isIP } from "node:net";

/** RFC 1918, RFC 6598 and RFC 4193: what an operator may call their own, and nothing else. */
const PRIVATE_NETWORKS = [
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["100.64.0.0", 10],
  ["fc00::", 7],
] as const;

/** Networks in CIDR form with commas between; undefined if one of them is none, or not within a private one. */
export function privateNetworks(text: string): readonly string[] | undefined {
  const networks = text.split(",").map((network) => network.trim());
  return networks.every(isPrivateNetwork) ? networks : undefined;
}

function isPrivateNetwork(network: string): boolean {
  const [, address = "", bits = ""] = /^([0-9a-f.:]+)\/(\d{1,3})$/i.exec(network) ?? [];
  const family = isIP(address);
  if (family === 0 || Number(bits) > (family === 4 ? 32 : 128)) return false;
  return PRIVATE_NETWORKS.some(([wide, wideBits]) => {
    if (isIP(wide) !== family || Number(bits) < wideBits) return false;
    const list = new BlockList();
    list.addSubnet(wide, wideBits, family === 4 ? "ipv4" : "ipv6");
    return list.check(address, family === 4 ? "ipv4" : "ipv6");
  });
}
