/** Forms with brackets, as Stripe's API takes them: `metadata[a]=1&expand[0]=x` becomes an object with a list. */

/** A member's text, a list of members, or members by name. */
export type FormValue = string | readonly FormValue[] | { readonly [name: string]: FormValue };
export type Form = Readonly<Record<string, FormValue>>;

/** More than any request of Stripe's has. */
const FIELDS_MAX = 500;
const DEPTH_MAX = 6;

type Node = Map<string, Node | string>;

/** Null: no form, brackets that do not fit, or the same name twice. */
export function parseForm(text: string): Form | null {
  const root: Node = new Map();
  const fields = [...new URLSearchParams(text)];
  if (fields.length > FIELDS_MAX) return null;
  for (const [name, value] of fields) {
    const path = pathOf(name);
    if (path === null || !put(root, path, value)) return null;
  }
  return valueOf(root, false) as Form;
}

/** `a[b][]` is a, b and the next place of a list. */
function pathOf(name: string): readonly string[] | null {
  const open = name.indexOf("[");
  if (open === -1) return [name];
  const inner = name.slice(open);
  if (open === 0 || !/^(\[[^[\]]*\])+$/.test(inner)) return null;
  const path = [name.slice(0, open), ...inner.slice(1, -1).split("][")];
  return path.length > DEPTH_MAX ? null : path;
}

function put(root: Node, path: readonly string[], value: string): boolean {
  let node = root;
  for (const [i, part] of path.entries()) {
    const name = part === "" ? String(node.size) : part;
    if (i === path.length - 1) return !node.has(name) && node.set(name, value).size > 0;
    const next = node.get(name) ?? new Map<string, Node | string>();
    if (typeof next === "string") return false;
    node.set(name, next);
    node = next;
  }
  return false;
}

/** Places 0, 1, 2 … make a list; metadata never is one, whatever its keys are. */
function valueOf(node: Node, isMap: boolean): FormValue {
  const names = [...node.keys()];
  const isList = !isMap && names.length > 0 && names.every((name, i) => name === String(i));
  const read = (name: string): FormValue => {
    const value = node.get(name)!;
    return typeof value === "string" ? value : valueOf(value, name === "metadata");
  };
  // No prototype: a field may be called as one of its members.
  return isList
    ? names.map(read)
    : (Object.assign(Object.create(null), Object.fromEntries(names.map((name) => [name, read(name)]))) as Form);
}
