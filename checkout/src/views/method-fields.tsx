/** The fields of any method, as the table of methods describes them. */
import type { JSX } from "preact";
import type { Field, Method } from "../contract.ts";
import { toAsciiDigits } from "../digits.ts";
import { isKey } from "../i18n.ts";
import { mayBeEmpty } from "../request.ts";
import { usePage } from "./context.ts";
import { FieldRow, TextField } from "./field.tsx";

export function MethodFields({ method }: { readonly method: Method }): JSX.Element {
  return (
    <>
      {method.fields.map((field) => (
        <OneField key={field.name} method={method} field={field} />
      ))}
    </>
  );
}

function OneField({ method, field }: { readonly method: Method; readonly field: Field }): JSX.Element {
  const { say } = usePage();
  const isOptional = mayBeEmpty(method, field);
  const word = `${method.type}.${field.name}`;
  const own = isKey(word) ? say(word) : field.label;
  const hint = `${word}_hint${isOptional ? "_optional" : ""}`;
  const named = {
    method: method.type,
    name: field.name,
    label: isOptional ? say("optional", { label: own }) : own,
    // What the API says of the field is for its callers, and in English: a shopper gets it only where we have no words of our own.
    hint: isKey(hint) ? say(hint) : isKey(word) ? undefined : field.help,
  };
  if (field.options) return <Choice {...named} options={field.options} />;
  const isNumber = field.type !== "text";
  return (
    <TextField
      {...named}
      {...(isNumber && { shape: toAsciiDigits })}
      input={{
        inputMode: isNumber ? "numeric" : field.name === "vpa" ? "email" : "text",
        autocomplete: "off",
        autoCapitalize: "off",
        spellcheck: false,
        dir: "auto",
        ...(field.placeholder !== undefined && { placeholder: field.placeholder }),
      }}
    />
  );
}

interface ChoiceProps {
  readonly method: string;
  readonly name: string;
  readonly label: string;
  readonly hint: string | undefined;
  readonly options: NonNullable<Field["options"]>;
}

function Choice({ options, ...named }: ChoiceProps): JSX.Element {
  const { state, say, dispatch } = usePage();
  const value = state.values[named.method]?.[named.name] ?? "";
  return (
    <FieldRow {...named}>
      {(described) => (
        <select
          {...described}
          name={described.id}
          value={value}
          onChange={(event) => dispatch({ type: "typed", method: named.method, field: named.name, value: event.currentTarget.value })}
        >
          <option value="">{say("choose")}</option>
          {options.map((one) => (
            <option key={one.value} value={one.value}>
              {one.label}
            </option>
          ))}
        </select>
      )}
    </FieldRow>
  );
}
