/** What opens on the dashboard's pages: dialogs, drawers, menus, and what an act shows. One line each; the pages are those of a shop that was filled. */
import type { Page } from "playwright-core";

export interface Opening {
  /** Of the dashboard's table, with a query where it matters. */
  readonly at: string;
  readonly what: string;
  /** Returns once it is shown. */
  readonly open: (page: Page) => Promise<unknown>;
  /** Where it is not there at each width. */
  readonly widths?: readonly number[];
}

const WIDE = [1280];
const NARROW = [360];

const pressed = async (page: Page, name: string | RegExp) =>
  page
    .getByRole("button", { name, exact: typeof name === "string" })
    .first()
    .click();
const dialog = (page: Page) => page.getByRole("dialog");
/** A press that opens a dialog. */
const dialogBy =
  (...names: (string | RegExp)[]) =>
  async (page: Page): Promise<void> => {
    for (const name of names) await pressed(page, name);
    await dialog(page).getByRole("heading").first().waitFor();
    await page.waitForSelector("dialog .animate-pulse", { state: "detached" });
  };
const menuBy = (name: string | RegExp) => async (page: Page) => {
  await pressed(page, name);
  await page.getByRole("menu").waitFor();
};
/** An item of a menu that opens a dialog. */
const itemOf = (menu: string | RegExp, item: string | RegExp) => async (page: Page) => {
  await menuBy(menu)(page);
  await page.getByRole("menuitem", { name: item }).click();
  await dialog(page).getByRole("heading").first().waitFor();
};
/** Words that an act shows on the page. */
const shownBy = (name: string, words: RegExp) => async (page: Page) => {
  await pressed(page, name);
  await page.locator("main").getByText(words).first().waitFor();
};
const all =
  (...acts: ((page: Page) => Promise<unknown>)[]) =>
  async (page: Page) => {
    for (const act of acts) await act(page);
  };
const filling = (label: string, text: string) => (page: Page) => dialog(page).getByLabel(label, { exact: true }).fill(text);
const unfolded = async (page: Page) => {
  await page.locator("main summary").first().click();
  await page.locator("main details[open]").first().waitFor();
};

const shell: readonly Opening[] = [
  { at: "home", what: "the help", open: (page) => page.keyboard.press("?").then(() => dialog(page).waitFor()) },
  { at: "home", what: "the menu of the person", open: menuBy(/^Account of/) },
  { at: "home", what: "the menu of merchants", open: menuBy(/^Merchant:/), widths: WIDE },
  { at: "home", what: "the navigation", open: (page) => pressed(page, "Menu").then(() => dialog(page).waitFor()), widths: NARROW },
  {
    at: "home",
    what: "what the search box found",
    open: async (page) => {
      await page.getByRole("combobox", { name: "Search" }).fill("asha.rao@shopper.example");
      await page.getByRole("option").first().waitFor();
      await page.keyboard.press("ArrowDown");
    },
  },
];

const money: readonly Opening[] = [
  {
    at: "payments",
    what: "all filters",
    open: (page) => pressed(page, /^More filters/).then(() => page.getByRole("group", { name: "More filters" }).waitFor()),
  },
  { at: "payments", what: "the choice of columns", open: menuBy("Columns"), widths: WIDE },
  { at: "payments?status=failed", what: "the saved views", open: menuBy(/^Saved views/) },
  { at: "payments?status=failed&currency=INR", what: "a view to save", open: itemOf(/^Saved views/, /^Save these/) },
  { at: "payments?status=failed&method=card", what: "a view to rename", open: itemOf("Saved views: Failed cards", /^Rename/) },
  { at: "payments?status=failed&method=card", what: "a view to delete", open: itemOf("Saved views: Failed cards", /^Delete/) },
  { at: "payments/$id", what: "details of the timeline", open: unfolded },
  { at: "payments/$id", what: "a refund", open: dialogBy("Refund") },
  {
    at: "payments/$id",
    what: "a refund of what is no amount",
    open: all(dialogBy("Refund"), filling("Amount in INR", "a lot"), (page) => page.keyboard.press("Tab")),
  },
  { at: "payments/$held", what: "a capture", open: dialogBy("Capture") },
  { at: "payments/$held", what: "the end of a hold", open: dialogBy("Release hold") },
  { at: "payments/$created", what: "a cancel", open: dialogBy("Cancel payment") },
  { at: "payments/$troubled", what: "its open case to resolve", open: dialogBy("Resolve") },
  { at: "payment-links", what: "a new link", open: dialogBy("New payment link") },
  { at: "payment-links/$id", what: "the end of a link", open: dialogBy("Deactivate") },
  { at: "cases/$id", what: "what resolves a case", open: dialogBy("Resolve") },
];

const hooks: readonly Opening[] = [
  {
    at: "webhooks",
    what: "a new endpoint of some events, whose address was refused",
    open: all(
      dialogBy("Add endpoint"),
      (page) => dialog(page).getByLabel("All, also those to come").uncheck(),
      (page) => dialog(page).getByLabel("payment.succeeded").check(),
      filling("URL", "not an address"),
      (page) => dialog(page).getByRole("button", { name: "Add endpoint" }).click(),
      (page) => dialog(page).getByRole("alert").waitFor(),
    ),
  },
  { at: "webhooks/$id", what: "its settings", open: dialogBy("Edit") },
  { at: "webhooks/$id", what: "what deletes it", open: dialogBy("Delete") },
  {
    at: "webhooks/$id",
    what: "a new secret",
    open: all(
      dialogBy("Rotate secret"),
      (page) => dialog(page).getByRole("button", { name: "Rotate secret" }).click(),
      (page) => page.getByRole("dialog", { name: "Copy the signing secret now" }).waitFor(),
    ),
  },
  { at: "webhooks/$id", what: "what a test event got", open: shownBy("Send a test event", /Your server answered 200/) },
  { at: "deliveries?status=failed", what: "a recovery of all", open: dialogBy("Recover all that match") },
  {
    at: "emails",
    what: "a message",
    open: (page) =>
      page
        .locator("tr[data-row] button")
        .first()
        .click()
        .then(() => dialog(page).waitFor()),
  },
];

const gateways: readonly Opening[] = [
  { at: "connectors", what: "a new account", open: dialogBy("Add account") },
  { at: "connectors/$id", what: "its settings", open: dialogBy("Edit") },
  { at: "connectors/$id", what: "other credentials", open: dialogBy("Rotate credentials") },
  { at: "connectors/$id", what: "what switches it off", open: dialogBy("Disable") },
  { at: "connectors/$id", what: "what closes it", open: dialogBy("Close") },
  { at: "connectors/$id", what: "what a test call got", open: shownBy("Test call", /^The gateway accepted them last/) },
  {
    at: "connectors/$id",
    what: "a comparison with the gateway's list",
    open: async (page) => {
      await pressed(page, "Compare now");
      await page.getByText("The comparison has begun").first().waitFor();
      await page.locator("main").getByText("Finished", { exact: true }).waitFor();
    },
  },
  { at: "routing", what: "a new rule", open: dialogBy("Add rule") },
  { at: "routing", what: "where a payment would go", open: shownBy("Try it", /^It would go to/) },
  {
    at: "routing",
    what: "a rule in shares",
    open: all(dialogBy(/^Edit /), (page) =>
      dialog(page)
        .getByLabel(/^In shares/)
        .check(),
    ),
  },
];

const operations: readonly Opening[] = [
  { at: "dead-letters", what: "all tried again", open: dialogBy("Retry all that match") },
  { at: "dead-letters?reason=delivery_failed", what: "all discarded", open: dialogBy("Discard all that match") },
  { at: "dead-letters", what: "one discarded", open: dialogBy(/^Discard (?!all)/) },
  {
    at: "analytics",
    what: "the figures as tables",
    open: async (page) => {
      for (const button of await page.getByRole("button", { name: /as a table$/ }).all()) await button.click();
      await page.getByRole("rowheader").first().waitFor();
    },
  },
];

const administration: readonly Opening[] = [
  { at: "keys", what: "what is done to a key", open: menuBy("Actions of Reporting") },
  { at: "keys", what: "a new key", open: dialogBy("Create key") },
  { at: "keys", what: "a key to change", open: itemOf("Actions of Reporting", /^Change/) },
  { at: "keys", what: "a key to rotate", open: itemOf("Actions of Reporting", /^Rotate/) },
  { at: "keys", what: "a key to revoke", open: itemOf("Actions of Reporting", /^Revoke/) },
  {
    at: "keys",
    what: "a secret, and the warning that it is not shown again",
    open: all(
      dialogBy("Create key"),
      filling("Name", "Looked at"),
      (page) => dialog(page).getByRole("button", { name: "Create key" }).click(),
      (page) => dialog(page).getByLabel("Key and secret").waitFor(),
      (page) => page.keyboard.press("Escape"),
      (page) => dialog(page).getByRole("alert").waitFor(),
    ),
  },
  { at: "team", what: "an invitation", open: dialogBy("Invite somebody") },
  { at: "team", what: "another role", open: itemOf("Actions of owner@merchant.example", /^Change role/) },
  { at: "team", what: "somebody to remove", open: itemOf("Actions of owner@merchant.example", /^Remove/) },
  { at: "team", what: "an invitation to withdraw", open: dialogBy(/^Withdraw the invitation/) },
  {
    at: "audit",
    what: "a change, before and after",
    open: (page) =>
      page
        .locator("tr[data-row] button")
        .first()
        .click()
        .then(() => dialog(page).waitFor()),
  },
  { at: "audit", what: "how seals are checked", open: unfolded },
  { at: "settings?tab=email", what: "the words of e-mails", open: (page) => page.getByLabel("Sender's name").waitFor() },
  { at: "settings?tab=general", what: "the time zone", open: (page) => page.getByLabel("Time zone").last().waitFor() },
  { at: "operator/merchants", what: "a new merchant", open: dialogBy("Create merchant") },
  { at: "operator/merchants/$id", what: "a new key of a merchant", open: dialogBy("Create key") },
  { at: "operator/merchants/$id", what: "a key of a merchant to revoke", open: dialogBy(/^Revoke /) },
  { at: "/account", what: "a second factor", open: dialogBy("Set up an authenticator app") },
];

export const openings: readonly Opening[] = [...shell, ...money, ...hooks, ...gateways, ...operations, ...administration];
