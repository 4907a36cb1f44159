/** Which methods a merchant's shoppers can pay with, and what a checkout has to ask them for: a pure function of accounts and capabilities. */
import type { ConnectorAccount } from "../records.ts";
import type { Capabilities } from "../ports/connector.ts";
import type { NextActionType } from "./actions.ts";
import type { MethodEntry, MethodField } from "./entry.ts";
import { kindsOf, methodEntries, methodTypes, type MethodType } from "./method.ts";

export interface MethodOffer {
  readonly type: MethodType;
  readonly label: string;
  readonly fields: readonly OfferedField[];
  readonly actions: readonly NextActionType[];
  /** By priority. */
  readonly accounts: readonly OfferingAccount[];
}

export interface OfferedField extends MethodField {
  readonly name: string;
  /** Values that one of the gateways takes, and their names for people; null: any that fits. */
  readonly options: Readonly<Record<string, string>> | null;
}

export interface OfferingAccount {
  readonly id: string;
  readonly connector: string;
  /** Fields that are sent together, one list for each way; an empty one: nothing is asked for. */
  readonly forms: readonly (readonly string[])[];
}

/** What a gateway does with a method, as far as a form depends on it. */
export interface Gateway extends Pick<Capabilities, "methods" | "choices"> {
  /** It exchanges the fields of a card for a token; otherwise only tokens come here. */
  readonly exchanges: boolean;
}

type Account = Pick<ConnectorAccount, "id" | "connector">;

/** Methods that one of these accounts takes, in the order of the table. Accounts whose gateway is not there are passed over. */
export function offersOf(accounts: readonly Account[], gatewayOf: (connector: string) => Gateway | undefined): readonly MethodOffer[] {
  return methodTypes.flatMap((type) => {
    const takers = accounts.flatMap(({ id, connector }) => {
      const gateway = gatewayOf(connector);
      const forms = gateway === undefined ? [] : formsOf(type, gateway);
      return gateway === undefined || forms.length === 0 ? [] : [{ id, connector, forms, gateway }];
    });
    if (takers.length === 0) return [];
    const { label, fields, actions } = methodEntries[type];
    const offered = Object.entries(fields).map(([name, field]) => ({ ...field, name, options: optionsOf(type, name, takers) }));
    return [
      {
        type,
        label,
        fields: offered,
        actions: Object.keys(actions) as NextActionType[],
        accounts: takers.map(({ id, connector, forms }) => ({ id, connector, forms })),
      },
    ];
  });
}

function formsOf(type: MethodType, { methods, exchanges }: Gateway): readonly (readonly string[])[] {
  const entry: MethodEntry = methodEntries[type];
  const required = Object.keys(entry.fields).filter((name) => entry.fields[name]!.isRequired);
  return kindsOf(type)
    .filter((kind) => methods.includes(kind))
    .flatMap((kind) => {
      if (entry.either !== undefined) return exchanges ? [entry.either.these, [entry.either.or]] : [[entry.either.or]];
      return [entry.without === undefined || kind !== type ? required : [...required, entry.without.field]];
    });
}

function optionsOf(type: MethodType, name: string, takers: readonly { readonly gateway: Gateway }[]): OfferedField["options"] {
  const lists = takers.map(({ gateway }) => choicesOf(gateway, type)[name]);
  return lists.every((list) => list === undefined) ? null : Object.assign({}, ...lists.toReversed());
}

function choicesOf({ choices }: Gateway, type: MethodType): Readonly<Record<string, Readonly<Record<string, string>> | undefined>> {
  return choices?.[type] ?? {};
}
