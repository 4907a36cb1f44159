import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { tillwayWebhook } from "@tillway/sdk/hono";
import { listening, onEvent, port, secret } from "./shop.mjs";

const app = new Hono();

app.post("/webhooks", tillwayWebhook({ secret }, onEvent));

// How not to do it: a middleware has read the body before. The answer says what to change.
app.use("/parsed", async (context, next) => {
  await context.req.json();
  await next();
});
app.post("/parsed", tillwayWebhook({ secret }, onEvent));

serve({ fetch: app.fetch, port, hostname: "127.0.0.1" }, listening);
