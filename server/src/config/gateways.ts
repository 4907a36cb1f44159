/** The variables of gateways, made of the table of connectors: where each one is, and what its operator may switch on. */
import type { Place } from "../connectors/exchange.ts";
import { connectors } from "../connectors/index.ts";
import { flag, gatewayUrl } from "./forms.ts";
import type { Variable } from "./read.ts";

const perGateway = Object.entries(connectors).map(([name, { title, url, switches = {} }]) => {
  const prefix = name.toUpperCase().replaceAll("-", "_");
  const switchOf = Object.keys(switches).map((end) => [end, `${prefix}_${end}`] as const);
  return { name, title, url, switches, urlVariable: `${prefix}_URL`, switchOf };
});

/** `NAME_URL` and the switches of each gateway that has an address of its own. */
export const gatewayVariables: Readonly<Record<string, Variable<unknown>>> = Object.fromEntries(
  perGateway.flatMap(({ title, url, switches, urlVariable, switchOf }): [string, Variable<unknown>][] =>
    url === undefined
      ? []
      : [
          [urlVariable, gatewayUrl(title, url)],
          ...switchOf.map(([end, variable]) => [variable, flag(switches[end]!)] as [string, Variable<unknown>]),
        ],
  ),
);

/** By connector name. */
export function placesOf(values: Readonly<Record<string, unknown>>): Readonly<Record<string, Place>> {
  return Object.fromEntries(
    perGateway.flatMap(({ name, url, urlVariable, switchOf }): [string, Place][] =>
      url === undefined
        ? []
        : [
            [
              name,
              {
                baseUrl: String(values[urlVariable]),
                switches: Object.fromEntries(switchOf.map(([end, each]) => [end, values[each] === true])),
              },
            ],
          ],
    ),
  );
}
