// A copy of deploy/nginx for this machine: with other ports, and a throw-away certificate of its two names on localhost.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const shipped = resolve(import.meta.dirname, "../deploy/nginx");
export const EDGE_HOSTS = { pay: "pay.localhost", checkout: "checkout.localhost" };

/**
 * Writes the copy, and returns the path of its nginx.conf.
 * @param {string} directory made if it is not there
 * @param {{ https: number, http: number }} listen
 * @param {readonly Readonly<Record<"api" | "dashboard" | "checkout", number>>[]} [processes] the ports of each API; left out: those of the shipped file
 */
export function copyEdge(directory, listen, processes) {
  cpSync(shipped, directory, { recursive: true });
  for (const name of readdirSync(directory).filter((file) => file.endsWith(".conf"))) {
    const text = readFileSync(join(directory, name), "utf8")
      .replaceAll("example.com", "localhost")
      .replaceAll("listen 443 ", `listen ${listen.https} `)
      .replaceAll("listen 80 ", `listen ${listen.http} `);
    writeFileSync(join(directory, name), processes && name === "upstreams.conf" ? withPorts(text, processes) : text);
  }
  makeCertificate(join(directory, "tls"));
  return join(directory, "nginx.conf");
}

/** @param {string} text @param {readonly Readonly<Record<string, number>>[]} processes */
function withPorts(text, processes) {
  return text.replace(/upstream tillway_(\w+) \{[^}]*\}/g, (group, name) => {
    const servers = processes.map((ports) => `  server 127.0.0.1:${ports[name]} max_fails=0;\n`).join("");
    return group.replace(/( {2}server [^;]*;\n)+/, servers);
  });
}

/** @param {string} directory */
function makeCertificate(directory) {
  mkdirSync(directory);
  const names = Object.values(EDGE_HOSTS).map((host) => `DNS:${host}`);
  const args = [
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-days",
    "30",
    "-subj",
    `/CN=${EDGE_HOSTS.pay}`,
    "-addext",
    `subjectAltName=${names.join(",")}`,
  ];
  const files = ["-keyout", join(directory, "key.pem"), "-out", join(directory, "cert.pem")];
  execFileSync("openssl", ["req", "-x509", ...args, ...files], { stdio: "ignore" });
}
