import { BODY_MAX_BYTES } from "./payload.ts";
import { receive, type OnEvent, type WebhookOptions } from "./receive.ts";
import { checkWebhookOptions, type WebhookHeaders, type WebhookPayload } from "./verify.ts";

export type { OnEvent, WebhookOptions } from "./receive.ts";

/** What is needed of Fastify. */
export interface FastifyApp {
  removeContentTypeParser(type: string[]): unknown;
  addContentTypeParser(type: string, options: { parseAs: "buffer"; bodyLimit: number }, parser: BodyParser): unknown;
  // oxlint-disable-next-line typescript/no-explicit-any -- Fastify's own handler has types of the app's route
  post(path: string, handler: (request: any, reply: any) => Promise<unknown>): unknown;
}

type BodyParser = (request: unknown, body: Uint8Array, done: (error: null, body: Uint8Array) => void) => void;

export interface FastifyRequest {
  readonly headers: WebhookHeaders;
  readonly body: unknown;
}

interface FastifyReply {
  code(status: number): FastifyReply;
  type(contentType: string): FastifyReply;
  send(body?: string): unknown;
}

export interface FastifyWebhookOptions extends WebhookOptions {
  /** Default: `/webhooks`. */
  readonly path?: string;
  readonly onEvent: OnEvent<FastifyRequest>;
}

/** A plugin of Fastify: `app.register(tillwayWebhook, { path, secret, onEvent })`. Bodies stay raw on its route only. */
export async function tillwayWebhook(app: FastifyApp, { path = "/webhooks", onEvent, ...options }: FastifyWebhookOptions): Promise<void> {
  checkWebhookOptions(options);
  app.removeContentTypeParser(["application/json"]);
  app.addContentTypeParser("application/json", { parseAs: "buffer", bodyLimit: BODY_MAX_BYTES }, (_request, body, done) =>
    done(null, body),
  );
  app.post(path, async (request: FastifyRequest, reply: FastifyReply) => {
    const incoming = { payload: request.body as WebhookPayload, headers: request.headers };
    const { status, body } = await receive(incoming, options, (event) => onEvent(event, request));
    reply.code(status);
    if (body !== "") reply.type("application/json");
    return reply.send(body === "" ? undefined : body);
  });
}
