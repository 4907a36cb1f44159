import express from "express";
import { tillwayWebhook } from "@tillway/sdk/express";
import { listening, onEvent, port, secret } from "./shop.mjs";

const app = express();

// Before express.json(), which would parse the body: what was signed are its exact bytes.
app.post("/webhooks", tillwayWebhook({ secret }, onEvent));

app.use(express.json());

// How not to do it: here the body is parsed already. The answer says what to change.
app.post("/parsed", tillwayWebhook({ secret }, onEvent));

app.listen(port, "127.0.0.1", listening);
