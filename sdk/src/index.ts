export { Tillway, type TillwayOptions } from "./client.ts";
export type { Fetch } from "./attempt.ts";
export {
  ApiError,
  AuthenticationError,
  CardError,
  ConflictError,
  ConnectionError,
  IdempotencyError,
  InvalidRequestError,
  NotFoundError,
  PermissionError,
  RateLimitError,
  ResponseError,
  TillwayError,
  TimeoutError,
} from "./errors.ts";
export type { Page, Pages } from "./pages.ts";
export type { RequestOptions, ResponseInfo } from "./request.ts";
export {
  verifyWebhook,
  WebhookVerificationError,
  type VerifyOptions,
  type WebhookHeaders,
  type WebhookPayload,
  type WebhookRefusal,
} from "./webhooks/verify.ts";
export type * from "./generated/types.ts";
export type { AnyEvent, EventData, WebhookEvent } from "./generated/events.ts";
