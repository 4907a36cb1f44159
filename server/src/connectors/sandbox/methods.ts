/** Payment methods at the sandbox, as data: what its request says of each. A new one is an entry here; the far side needs none. */
import type { MethodOf, MethodType } from "../../core/methods/method.ts";
import type { PaymentMethod } from "../../core/model.ts";
import type { Capabilities } from "../../core/ports/connector.ts";

/** Fields of a charge. A method that the far side has no inputs of its own for goes by its name and a scenario. */
interface ChargeFields {
  readonly token?: string;
  readonly vpa?: string;
  readonly method?: MethodType;
  /** Left out: it behaves like a bank. */
  readonly scenario?: string;
}

interface SandboxMethod<Method> {
  readonly fields: (method: Method) => ChargeFields;
  /** Values of a field that it takes, and their names; left out: any. */
  readonly choices?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Banks of the sandbox: what they are called, and the scenario that a charge at them follows. */
const banks: Readonly<Record<string, { readonly name: string; readonly scenario: string }>> = {
  SANDBOX: { name: "Sandbox Bank, which asks on its page", scenario: "challenge" },
  SANDBOX_REFUSING: { name: "Refusing Sandbox Bank, which asks and says no", scenario: "challenge-declined" },
  SANDBOX_SLOW: { name: "Slow Sandbox Bank, which pays after 10 seconds without a page", scenario: "pending" },
};

const sandboxMethods: { readonly [T in MethodType]: SandboxMethod<MethodOf<T>> } = {
  card: { fields: ({ token }) => ({ token }) },
  upi: { fields: ({ vpa }) => ({ vpa: vpa ?? undefined }) },
  netbanking: {
    fields: ({ bank }) => ({ method: "netbanking", scenario: banks[bank]?.scenario }),
    choices: { bank: Object.fromEntries(Object.entries(banks).map(([code, { name }]) => [code, name])) },
  },
};

/** What the connector says of itself. UPI by a link is the one kind that the sandbox lacks. */
export const takenMethods: Pick<Capabilities, "methods" | "choices"> = {
  methods: Object.keys(sandboxMethods) as readonly MethodType[],
  choices: Object.fromEntries(Object.entries(sandboxMethods).map(([type, { choices }]) => [type, choices])),
};

/** What a charge says of its method. */
export function chargeFieldsOf(method: PaymentMethod): ChargeFields {
  return (sandboxMethods[method.type] as SandboxMethod<PaymentMethod>).fields(method);
}
