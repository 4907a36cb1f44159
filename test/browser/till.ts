/** A merchant with a checkout, and a browser before it: real server, worker, PostgreSQL and sandbox, whose own books say what was taken. */
import type { Browser, BrowserContext, FrameLocator, Page } from "playwright-core";
import { journalOf } from "../journeys/support/books.ts";
import type { Json, Merchant } from "../journeys/support/merchant.ts";
import { waitFor } from "../support/wait-for.ts";

export const AMOUNT = 1_299_00;
export const PAY = "Pay ₹1,299.00";
export const CARD = { approved: "4242 4242 4242 4242", challenged: "4000 0025 0000 3155" };

/** A published UPI address whose first part names what the sandbox does. */
export type Vpa = `${string}@sandbox`;

type Shown = Page | FrameLocator;

export async function typeCard(page: Shown, number: string): Promise<void> {
  await page.getByLabel("Card number").fill(number);
  await page.getByLabel("Expiry date").fill("12/34");
  await page.getByLabel("Security code").fill("123");
}

export async function typeVpa(page: Shown, vpa: Vpa): Promise<void> {
  await page.getByRole("radio", { name: "UPI" }).check();
  await page.getByLabel("UPI ID").fill(vpa);
}

export const press = (page: Shown, name = PAY): Promise<void> => page.getByRole("button", { name }).click();
export const sees = (page: Shown, heading: string): Promise<void> => page.getByRole("heading", { name: heading }).waitFor();
export const reads = (page: Shown, text: string): Promise<void> => page.getByText(text).waitFor();

export interface Till {
  session(more?: object): Promise<{ readonly order: string; readonly id: string; readonly url: string }>;
  /** A page of a browser of its own, or of one that is open. It waits for the form. */
  open(url: string, context?: BrowserContext): Promise<Page>;
  /** What the sandbox took for this order, charge by charge, less what it gave back, once nothing of it is under way. */
  taken(order: string): Promise<readonly number[]>;
  /** The payments of this order, by status. */
  payments(order: string): Promise<readonly Json[]>;
  /** What a page should not have said. */
  readonly faults: string[];
}

export function tillOf(merchant: Merchant, sandboxUrl: string, browser: Browser): Till {
  const faults: string[] = [];
  const payments = async (order: string): Promise<readonly Json[]> => (await merchant.get(`/v1/payments?order_id=${order}`)).json.data;
  return {
    faults,
    payments,
    async session(more = {}) {
      const order: Json = (await merchant.post("/v1/orders", { amount: AMOUNT, currency: "INR" })).json;
      const made = await merchant.post("/v1/checkout/sessions", { order_id: order.id, ...more });
      if (made.status !== 201) throw new Error(made.text);
      return { order: order.id, id: made.json.id, url: made.json.url };
    },
    async open(url, context) {
      const page = await (context ?? (await browser.newContext({ locale: "en-IN", viewport: { width: 1000, height: 900 } }))).newPage();
      page.setDefaultTimeout(30_000);
      page.on("pageerror", (error) => faults.push(error.message));
      page.on("console", (line) => line.type() === "error" && !/Failed to load resource/.test(line.text()) && faults.push(line.text()));
      await page.goto(url);
      await page.getByRole("button", { name: PAY }).waitFor();
      return page;
    },
    async taken(order) {
      const ended = await waitFor(
        "the payments of the order to end",
        async () => {
          const all = await payments(order);
          return all.every(({ status, refunds }) => isOver(status) && (refunds ?? []).every(isRefundOver)) ? all : null;
        },
        { timeoutMs: 60_000, pauseMs: 100 },
      );
      const ids = new Set(ended.map(({ id }) => id as string));
      const charges = (await journalOf(sandboxUrl)).filter(({ payment_id: id, captured = 0 }) => ids.has(id) && captured > 0);
      return charges.map(({ captured, refunded }) => captured! - refunded!);
    },
  };
}

function isOver(status: unknown): boolean {
  return status === "succeeded" || status === "failed" || status === "canceled";
}

function isRefundOver({ status }: Json): boolean {
  return status === "succeeded" || status === "failed";
}
