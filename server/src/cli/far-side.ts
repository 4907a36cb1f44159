/** A simulated gateway as a process of its own, until a signal: what `gateway stripe` and `gateway razorpay` have in common. */
import { startGatewayServer } from "@tillway/sandbox";
import { isLoopbackHost, publicUrlOf } from "../config.ts";
import type { HttpPort } from "../core/ports/http.ts";
import type { Clock } from "../core/ports/world.ts";
import { createHttp } from "../net/http.ts";
import { createLog } from "../observe/log.ts";
import { machineClock } from "../system/clock.ts";
import { settingsOf } from "./parts.ts";
import { chosenPort, serve } from "./running.ts";

export interface Opening {
  readonly http: HttpPort;
  readonly clock: Clock;
  /** Where it is reached. */
  readonly publicUrl: string;
}

type FarSide = Parameters<typeof startGatewayServer>[0] & { close(): Promise<void> };

/** @param shown what a program reads with `--json`, and what people read */
export function serveFarSide(
  { port: wanted, json }: { readonly port: number; readonly json: boolean },
  open: (opening: Opening) => FarSide,
  shown: (url: string) => { readonly json: object; readonly notes: readonly string[] },
): Promise<number> {
  const config = settingsOf("gateway");
  const log = createLog({ level: config.logLevel, destination: "stderr", fields: { role: "gateway" } });
  return serve(log, async (life) => {
    const port = await chosenPort(config.host, wanted);
    const url = publicUrlOf({ host: config.host, publicUrl: null }, port);
    const http = createHttp();
    life.onStop(() => http.close());
    const farSide = open({ http, clock: machineClock(), publicUrl: url });
    life.onStop(() => farSide.close());
    const server = await startGatewayServer(farSide, { port, host: config.host });
    life.onStop(() => server.close());
    console.log(json ? JSON.stringify(shown(url).json) : shown(url).notes.join("\n"));
    if (!isLoopbackHost(config.host)) console.error(OPEN_WARNING);
  });
}

const OPEN_WARNING = `Warning: HOST lets other machines reach this far side. It is a test double without a guard: its key is known to everybody, and it
calls webhook addresses of anybody's choice. Keep it in a network of its own.`;
