import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A certificate authority of its own, and a server's key and certificate for 127.0.0.1 under it: paths of PEM files. */
export function makeCertificates(folder: string): {
  readonly ca: string;
  readonly key: string;
  readonly certificate: string;
  readonly chain: string;
} {
  const at = (name: string): string => join(folder, name);
  const openssl = (...argv: string[]): void => void execFileSync("openssl", argv, { cwd: folder, stdio: "pipe" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl("req", "-x509", ...key, "-days", "2", "-subj", "/CN=A test's authority", "-keyout", "ca.key", "-out", "ca.pem");
  openssl("req", ...key, "-subj", "/CN=127.0.0.1", "-keyout", "server.key", "-out", "server.csr");
  writeFileSync(at("names"), "subjectAltName=IP:127.0.0.1,DNS:localhost\n");
  const signing = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names"];
  openssl("x509", "-req", "-in", "server.csr", ...signing, "-days", "2", "-out", "server.pem");
  writeFileSync(at("chain.pem"), ["server.key", "server.pem", "ca.pem"].map((name) => readFileSync(at(name), "utf8")).join(""));
  return { ca: at("ca.pem"), key: at("server.key"), certificate: at("server.pem"), chain: at("chain.pem") };
}
