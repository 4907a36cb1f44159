/** The fields of a gateway's credentials, by its own list. */
import type { ConnectorList } from "@tillway/sdk";
import { Field } from "../../kit/field.tsx";

export type Connector = ConnectorList["data"][number];

interface Props {
  readonly connector: Connector;
  readonly mode: "test" | "live";
  readonly values: Readonly<Record<string, string>>;
  readonly onChange: (values: Readonly<Record<string, string>>) => void;
  /** What is left empty stays as it is. */
  readonly isChange?: boolean;
  /** The field that was refused, as the API names it, and why. */
  readonly refused?: { readonly param: string | null; readonly message: string } | null;
}

export function CredentialFields({ connector, mode, values, onChange, isChange = false, refused = null }: Props) {
  return (
    <>
      {connector.credentials.map(({ name, is_secret: isSecret, is_optional: isOptional, help, prefixes }) => {
        const starts = prefixes?.[mode] ?? [];
        return (
          <Field
            key={name}
            label={`${name}${isOptional && !isChange ? " (optional)" : ""}`}
            type={isSecret ? "password" : "text"}
            autoComplete="off"
            spellCheck={false}
            value={values[name] ?? ""}
            placeholder={isChange ? "Stays as it is" : starts.length > 0 ? `${starts[0]}…` : undefined}
            hint={help}
            error={refused?.param === `credentials.${name}` ? refused.message : null}
            onChange={(event) => onChange({ ...values, [name]: event.target.value })}
          />
        );
      })}
    </>
  );
}

/** As the API names them in a refusal. */
export function fieldsOf(connector: Connector | undefined): string[] {
  return (connector?.credentials ?? []).map(({ name }) => `credentials.${name}`);
}

/** Those that were typed. */
export function given(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (value.trim() === "" ? [] : [[name, value.trim()]])));
}
