/** What every part of the page has at hand. */
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { FieldsPlace } from "../gateway-fields.ts";
import type { Say } from "../i18n.ts";
import { showAmount } from "../money.ts";
import type { View } from "../contract.ts";
import type { Action, State } from "../state.ts";

export interface Doings {
  submit(): void;
  cancelPayment(): void;
  cancelSession(): void;
  tryNow(): void;
  /** The bank's page: in this tab, or in a window where the page is in a frame. */
  openBank(url: string): void;
  /** The gateway's own window. */
  openWindow(): void;
  /** Leaves the frame, and asks first if something would be lost. */
  close(): void;
  leave(): void;
  /** Where the gateway's own card fields go. */
  mountFields(element: HTMLElement): Promise<FieldsPlace | null>;
}

export interface Page {
  readonly state: State;
  readonly say: Say;
  readonly doings: Doings;
  dispatch(action: Action): void;
}

export const PageContext = createContext<Page | null>(null);

export function usePage(): Page {
  return useContext(PageContext)!;
}

/** With the view, where there must be one. */
export function useView(): Page & { readonly view: View; readonly merchant: string; readonly amount: string } {
  const page = usePage();
  const view = page.state.view!;
  return { ...page, view, merchant: view.merchant.name, amount: showAmount(view.order.amount, view.order.currency, page.state.locale) };
}
