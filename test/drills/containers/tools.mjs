// Building and running images where no registry is in reach and no daemon is there yet: buildah and podman with a storage of their own, and a
// Docker daemon in a network namespace of its own, which reaches nothing outside.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { until } from "../servers.mjs";

const root = resolve(import.meta.dirname, "../../..");
const programs = ["buildah", "podman", "dockerd", "docker", "docker-compose", "debootstrap", "ip", "nsenter"];
const STEP_MS = 1_800_000;
const OUTPUT_BYTES = 64 << 20;

/** Why this machine cannot do it; null: it can. */
export function lacking() {
  if (process.getuid?.() !== 0) return "it needs root, for root file systems and network namespaces";
  const missing = programs.filter((program) => !process.env.PATH.split(":").some((folder) => existsSync(join(folder, program))));
  return missing.length > 0 ? `${missing.join(", ")}: not installed` : null;
}

/** One folder for all that is made. `folder` outlives the run: bases are made once. */
export class Tools {
  constructor(folder) {
    this.folder = folder;
    mkdirSync(join(folder, "etc"), { recursive: true });
    const file = (name, text) => {
      writeFileSync(join(folder, "etc", name), text);
      return join(folder, "etc", name);
    };
    const storage = `[storage]\ndriver = "overlay"\ngraphroot = "${folder}/images"\nrunroot = "${folder}/run"\n`;
    this.env = {
      ...process.env,
      CONTAINERS_STORAGE_CONF: file("storage.conf", storage),
      CONTAINERS_CONF: file(
        "containers.conf",
        '[containers]\ndefault_ulimits = ["nofile=20000:20000"]\n[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n',
      ),
      CONTAINERS_REGISTRIES_CONF: file(
        "registries.conf",
        'unqualified-search-registries = ["docker.io"]\nshort-name-mode = "permissive"\n',
      ),
    };
    this.policy = file("policy.json", '{"default": [{"type": "insecureAcceptAnything"}]}');
  }

  run(program, ...words) {
    return execFileSync(program, words, {
      cwd: root,
      env: this.env,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      timeout: STEP_MS,
      maxBuffer: OUTPUT_BYTES,
    });
  }

  /** Stand-ins for the images of others. */
  makeBases(nodeImage, postgresImage) {
    const [, version] = /:(\d+\.\d+\.\d+)/.exec(nodeImage);
    const bases = join(this.folder, "bases");
    this.run(join(import.meta.dirname, "bases.sh"), bases, version);
    this.#importBase(join(bases, "node"), nodeImage, []);
    this.#importBase(join(bases, "postgres"), postgresImage, ['ENTRYPOINT ["docker-entrypoint.sh"]', 'CMD ["postgres"]']);
  }

  #importBase(folder, image, changes) {
    if (this.has(image)) return;
    const tar = `${folder}.tar`;
    this.run("tar", "--numeric-owner", "-C", folder, "-cf", tar, ".");
    this.run("podman", "import", ...changes.flatMap((change) => ["--change", change]), tar, `docker.io/library/${image}`);
    this.run("rm", tar);
  }

  has(image) {
    try {
      this.run("podman", "image", "exists", image);
      return true;
    } catch {
      return false;
    }
  }

  /** By the Dockerfile as it is. The npm of this machine may be set up to trust a certificate more, which the build gets as its secret. */
  build(image) {
    const npmrc = join(this.folder, "etc", "npmrc");
    writeFileSync(npmrc, process.env.NODE_EXTRA_CA_CERTS ? "cafile=/etc/ssl/certs/ca-certificates.crt\n" : "");
    this.run(
      "buildah",
      "bud",
      // A stage whose files are as they were is not built again.
      "--layers",
      "--format",
      "docker",
      "--network",
      "host",
      "--signature-policy",
      this.policy,
      "--secret",
      `id=npmrc,src=${npmrc}`,
      "--tag",
      image,
      ".",
    );
  }

  /** As a registry would send it. */
  compressedBytes(image) {
    return Number(
      execFileSync("sh", ["-c", `podman save "$1" 2>/dev/null | gzip -6 | wc -c`, "sh", image], {
        env: this.env,
        encoding: "utf8",
        timeout: STEP_MS,
      }),
    );
  }

  /** Starts a Docker daemon. @returns {Promise<Daemon>} */
  async daemon() {
    const daemon = new Daemon(this, `tillway-drill-${process.pid}`);
    await daemon.start();
    return daemon;
  }
}

class Daemon {
  #child = null;

  constructor(tools, name) {
    Object.assign(this, { tools, name, socket: `unix://${tools.folder}/docker.sock` });
  }

  async start() {
    const { folder } = this.tools;
    this.tools.run("ip", "netns", "add", this.name);
    this.inside("ip", "link", "set", "lo", "up");
    const log = openSync(join(folder, "dockerd.log"), "w");
    const words = [
      "--data-root",
      join(folder, "docker"),
      "--exec-root",
      join(folder, "docker-exec"),
      "-H",
      this.socket,
      "--pidfile",
      join(folder, "docker.pid"),
    ];
    this.#child = spawn("nsenter", [`--net=/run/netns/${this.name}`, "dockerd", ...words, "--storage-driver", "overlay2"], {
      stdio: ["ignore", log, log],
    });
    await until("the Docker daemon", async () => this.docker("version") !== "");
  }

  /** A command in the daemon's network, where the ports of its containers are. */
  inside(program, ...words) {
    return this.tools.run("nsenter", `--net=/run/netns/${this.name}`, program, ...words);
  }

  docker(...words) {
    return this.tools.run("docker", "-H", this.socket, ...words);
  }

  load(image) {
    execFileSync("sh", ["-c", `podman save "$1" 2>/dev/null | docker -H "$2" load`, "sh", image, this.socket], {
      env: this.tools.env,
      timeout: STEP_MS,
    });
    const named = this.docker("images", "--format", "{{.Repository}}:{{.Tag}}").split("\n");
    const found = named.find((each) => each.endsWith(image));
    if (found !== image) this.docker("tag", found, image);
  }

  async stop() {
    this.#child?.kill("SIGTERM");
    await until(
      "the end of the Docker daemon",
      async () => this.#child === null || this.#child.exitCode !== null || this.#child.signalCode !== null,
    );
    this.tools.run("ip", "netns", "delete", this.name);
  }

  lastLines() {
    return readFileSync(join(this.tools.folder, "dockerd.log"), "utf8").split("\n").slice(-20).join("\n");
  }
}
