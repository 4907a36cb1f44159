/** A mail server for tests that says what it is told to say, line by line, and keeps what it took. */
import { createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";

export interface SmtpScript {
  /** Words of EHLO's answer. */
  readonly offers?: readonly string[];
  /** In the place of what a good server says, by the command's first word (`connect` for the greeting, `body` for the end of the message). Null: silence. */
  readonly says?: Readonly<Record<string, string | null>>;
  /** It takes the message and is gone before it says so. */
  readonly diesWithMessage?: boolean;
}

export interface ScriptedServer {
  readonly url: string;
  readonly port: number;
  /** Commands as they came. */
  readonly commands: string[];
  /** Whole messages that it said yes to. */
  readonly taken: string[];
  /** May be changed between two messages. */
  script: SmtpScript;
  close(): Promise<void>;
}

/** @param port 0: any */
export async function startScriptedServer(script: SmtpScript = {}, port = 0): Promise<ScriptedServer> {
  const sockets = new Set<Socket>();
  const started: { script: SmtpScript; readonly commands: string[]; readonly taken: string[] } = { script, commands: [], taken: [] };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => undefined);
    serve(socket, started);
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const { port: bound } = server.address() as AddressInfo;
  return Object.assign(started, {
    url: `smtp://127.0.0.1:${bound}`,
    port: bound,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  });
}

const usual: Readonly<Record<string, string>> = {
  connect: "220 mail.test ESMTP",
  MAIL: "250 2.1.0 Ok",
  RCPT: "250 2.1.5 Ok",
  DATA: "354 Go on",
  AUTH: "235 2.7.0 Welcome",
  body: "250 2.0.0 Ok: queued as 1",
  QUIT: "221 Bye",
  RSET: "250 Ok",
};

function serve(socket: Socket, state: { readonly script: SmtpScript; readonly commands: string[]; readonly taken: string[] }): void {
  const say = (word: string): string => {
    const line = state.script.says?.[word];
    const said = line === undefined ? (usual[word] ?? "502 What?") : line;
    if (said !== null) socket.write(`${said}\r\n`);
    return said ?? "";
  };
  let waiting = "";
  let isBody = false;
  say("connect");
  socket.setEncoding("utf8").on("data", (text: string) => {
    waiting += text;
    for (;;) {
      const end = isBody ? "\r\n.\r\n" : "\r\n";
      const at = waiting.indexOf(end);
      if (at < 0) return;
      const line = waiting.slice(0, at);
      waiting = waiting.slice(at + end.length);
      if (isBody) {
        isBody = false;
        if (state.script.diesWithMessage) {
          state.taken.push(line);
          return void socket.destroy();
        }
        if (say("body").startsWith("2")) state.taken.push(line);
        continue;
      }
      state.commands.push(line);
      const word = line.split(" ", 1)[0]!.toUpperCase();
      if (word === "EHLO")
        socket.write(
          ["mail.test", ...(state.script.offers ?? [])].map((each, n, all) => `250${n === all.length - 1 ? " " : "-"}${each}\r\n`).join(""),
        );
      else isBody = say(word).startsWith("354");
    }
  });
}
