/** One labelled input, with its hint and what is wrong with it. */
import type { ComponentChildren, JSX, TargetedInputEvent } from "preact";
import { isKey } from "../i18n.ts";
import { usePage } from "./context.ts";

export interface Named {
  readonly method: string;
  readonly name: string;
  readonly label: string;
  readonly hint?: string | undefined;
}

interface FieldProps extends Named {
  readonly mark?: ComponentChildren;
  /** The input, told which texts describe it. */
  readonly children: (described: {
    readonly id: string;
    readonly "aria-invalid": boolean;
    readonly "aria-describedby"?: string;
  }) => ComponentChildren;
}

export function fieldId(method: string, name: string): string {
  return `${method}-${name}`;
}

export function FieldRow({ method, name, label, hint, mark, children }: FieldProps): JSX.Element {
  const { state, say } = usePage();
  const fault = state.faults[`${method}.${name}`];
  const id = fieldId(method, name);
  const described = [fault !== undefined && `${id}-fault`, hint !== undefined && `${id}-hint`].filter((one) => one !== false).join(" ");
  return (
    <div class={`field field-${name}`}>
      <div class="field-head">
        <label for={id}>{label}</label>
        {mark}
      </div>
      {children({ id, "aria-invalid": fault !== undefined, ...(described !== "" && { "aria-describedby": described }) })}
      {fault !== undefined && (
        <p class="fault" id={`${id}-fault`}>
          {isKey(fault) ? say(fault) : fault}
        </p>
      )}
      {hint !== undefined && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

/** What an input may be told besides its value. */
interface InputWords {
  readonly inputMode?: "numeric" | "email" | "text";
  readonly autocomplete?: string;
  readonly autoCapitalize?: "off";
  readonly spellcheck?: boolean;
  readonly dir?: "auto" | "ltr";
  readonly placeholder?: string;
  readonly maxLength?: number;
}

interface TextProps extends Named {
  readonly mark?: ComponentChildren;
  readonly input: InputWords;
  /** What becomes of a typed text; as it is, if there is nothing to it. */
  readonly shape?: (text: string, before: string) => string;
}

/** `type="text"` always: other types lose digits of other scripts, leading zeros and the caret. */
export function TextField({ input, shape, ...field }: TextProps): JSX.Element {
  const { state, dispatch } = usePage();
  const value = state.values[field.method]?.[field.name] ?? "";
  const onInput = (event: TargetedInputEvent<HTMLInputElement>): void => {
    const box = event.currentTarget;
    const next = shape ? shaped(box, (text) => shape(text, value)) : box.value;
    dispatch({ type: "typed", method: field.method, field: field.name, value: next });
  };
  return (
    <FieldRow {...field}>
      {(described) => <input {...input} {...described} type="text" name={described.id} value={value} onInput={onInput} />}
    </FieldRow>
  );
}

/** Groups what is in the box, and keeps the caret behind the same digit. */
function shaped(box: HTMLInputElement, shape: (text: string) => string): string {
  const at = box.selectionStart ?? box.value.length;
  const isAtEnd = at === box.value.length;
  const digits = (text: string): number => text.replaceAll(/[^\p{Nd}]/gu, "").length;
  const before = digits(box.value.slice(0, at));
  const next = shape(box.value);
  box.value = next;
  if (!isAtEnd) {
    let caret = 0;
    while (caret < next.length && digits(next.slice(0, caret)) < before) caret++;
    box.setSelectionRange(caret, caret);
  }
  return next;
}
