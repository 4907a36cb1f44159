// The CommonJS build under the names of an ES module: one copy of each class, so that `instanceof` holds whoever loaded it.
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
  Tillway,
  TillwayError,
  TimeoutError,
  verifyWebhook,
  WebhookVerificationError,
} from "../cjs/dist/index.js";
