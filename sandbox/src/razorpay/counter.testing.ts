/** The simulated Razorpay with a client of one merchant's. For tests only. */
import { manualClock } from "../desk.testing.ts";
import { createRazorpayFarSide, type RazorpayOptions } from "./far-side.ts";

export type Json = Record<string, any>; // oxlint-disable-line typescript/no-explicit-any -- bodies of another system

export const key = (id = "rzp_test_one", secret = "secret") => `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;

export function open(options: Partial<RazorpayOptions> = {}) {
  const clock = manualClock();
  const far = createRazorpayFarSide({ clock, http: null, publicUrl: "http://razorpay.test", ...options });
  async function ask(method: string, path: string, body?: object | string, headers: Record<string, string> = {}) {
    const text = body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body);
    const reply = await far.handle({ method, path, headers: { authorization: key(), ...headers }, body: text });
    const json = (reply.body.startsWith("{") ? JSON.parse(reply.body) : {}) as Json;
    return { ...reply, json };
  }
  const post = (path: string, body: object, headers?: Record<string, string>) => ask("POST", `/v1${path}`, body, headers);
  const get = (path: string, headers?: Record<string, string>) => ask("GET", `/v1${path}`, undefined, headers);
  const orderOf = async (more: object = {}): Promise<string> =>
    (await post("/orders", { amount: 4_500, currency: "INR", payment: { capture: "automatic" }, ...more })).json["id"] as string;
  const pay = async (order: string, more: object = {}) =>
    post("/payments/create/json", {
      amount: 4_500,
      currency: "INR",
      order_id: order,
      email: "asha@example.com",
      contact: "+919999999999",
      method: "card",
      token: "token_AbroadSuccess",
      ...more,
    });
  return { far, clock, ask, post, get, orderOf, pay };
}
