/** How a shopper pays, as types and pure functions over the table of methods. No other file of the core knows a method by its name. */
import type { MethodEntry, MethodField } from "./entry.ts";
import { methodTable } from "./table.ts";

type Table = typeof methodTable;

export type MethodType = keyof Table;

/** A way to pay as gateways tell them apart: a method, or one of its ways without a field. */
export type MethodKind = MethodType | { [T in MethodType]: Table[T] extends { without: { kind: infer Kind } } ? Kind : never }[MethodType];

/** A connector's token. Network and last digits are null if only the gateway knows them. */
interface TokenMethod<Type> {
  readonly type: Type;
  readonly connector: string;
  readonly token: string;
  /** The only account where the token is worth something; left out: any of its connector. */
  readonly account?: string;
  readonly network: string | null;
  readonly last4: string | null;
}

/** A field that may be left out is null then. */
type Kept<Fields> = { readonly [Name in keyof Fields]: Fields[Name] extends { isRequired: true } ? string : string | null };

/** One method of a payment. */
export type MethodOf<T extends MethodType> = Table[T] extends { keeps: "token" }
  ? TokenMethod<T>
  : { readonly type: T } & Kept<Table[T]["fields"]>;

/** How the shopper pays, as a payment keeps it. A card number never comes this far. */
export type PaymentMethod = { [T in MethodType]: MethodOf<T> }[MethodType];

type Typed<Field> = Field extends { type: "number" } ? string | number : string;

/** What a request sends of one method. */
export type MethodInput<T extends MethodType> = { readonly [Name in keyof Table[T]["fields"]]?: Typed<Table[T]["fields"][Name]> };

/** Values that a gateway takes, with their names for people, by method and field; a field that is not named takes any that fits it. */
export type Choices = { readonly [T in MethodType]?: { readonly [Name in keyof Table[T]["fields"]]?: Readonly<Record<string, string>> } };

export const methodTypes = Object.keys(methodTable) as readonly MethodType[];

/** The table without its literals: for code that serves every method alike. */
export const methodEntries: Readonly<Record<MethodType, MethodEntry>> = methodTable;

/** Every field of every method, with its path in a request: `card.number`. */
export function allMethodFields(): readonly { readonly path: string; readonly field: MethodField }[] {
  return methodTypes.flatMap((type) =>
    Object.entries(methodEntries[type].fields).map(([name, field]) => ({ path: `${type}.${name}`, field })),
  );
}

/** The kind of a payment's method. */
export function kindOf(method: PaymentMethod): MethodKind {
  const { without } = methodEntries[method.type];
  return without !== undefined && keptOf(method)[without.field] === null ? (without.kind as MethodKind) : method.type;
}

/** All kinds of a method; none of a word that is no method. */
export function kindsOf(type: string): readonly MethodKind[] {
  const known = methodTypes.find((one) => one === type);
  if (known === undefined) return [];
  const { without } = methodEntries[known];
  return without === undefined ? [known] : [known, without.kind as MethodKind];
}

/** What a kind is called in a sentence. */
export function nameOfKind(kind: MethodKind): string {
  return Object.values(methodEntries).find(({ without }) => without?.kind === kind)?.without?.said ?? kind;
}

/** What a payment keeps of its method, by name. */
export function keptOf(method: PaymentMethod): Readonly<Record<string, string | null>> {
  return method as unknown as Readonly<Record<string, string | null>>;
}

/** The connector whose token it is; null: it is no token. */
export function tokenOwner(method: PaymentMethod): string | null {
  return "connector" in method ? method.connector : null;
}

/** The only account where it can be charged; null: it is bound to none. */
export function accountOfToken(method: PaymentMethod): string | null {
  return ("account" in method ? method.account : null) ?? null;
}

/** Whose network routing rules look at. */
export function networkOf(method: PaymentMethod | null): string | null {
  return method !== null && "network" in method ? method.network : null;
}

/** Methods that a payment keeps as a token. They have a network, and nobody may see their fields. */
export const tokenMethods: readonly string[] = methodTypes.filter((type) => methodEntries[type].keeps === "token");

/** What the API shows of it. A field that was left out is left out here too. */
export function shownOf(method: PaymentMethod): Readonly<Record<string, string | null | undefined>> {
  if ("token" in method) return { network: method.network, last4: method.last4 };
  const kept = keptOf(method);
  const shown: Record<string, string | undefined> = {};
  for (const name in methodEntries[method.type].fields) shown[name] = kept[name] ?? undefined;
  return shown;
}
