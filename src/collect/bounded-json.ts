/**
 * What senders add in their own words is kept as JSON, within bounds: deep nesting would exhaust
 * the stack of whoever writes it out again, and values that JSON has no word for would be lost.
 */
const jsonDepth = 16;

/** Says what is wrong with a value as JSON, or undefined. O(size), stops at `jsonDepth`. */
export function jsonFault(value: unknown, depth: number = jsonDepth): string | undefined {
  switch (typeof value) {
    case "string":
    case "boolean":
    case "undefined":
      return undefined;
    case "number":
      return Number.isFinite(value) ? undefined : "must be a finite number";
    case "object":
      return value === null ? undefined : objectFault(value, depth);
    default:
      return `a ${typeof value} is not JSON`;
  }
}

function objectFault(value: object, depth: number): string | undefined {
  if (depth <= 0) return `nested deeper than ${jsonDepth} levels`;
  const list: readonly unknown[] | undefined = Array.isArray(value) ? value : undefined;
  if (list === undefined && !isPlainObject(value)) return "must be plain JSON";
  for (const part of list ?? Object.values(value)) {
    const fault = jsonFault(part, depth - 1);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

export type Plain = Readonly<Record<string, unknown>>;

/** An object as JSON.parse makes it: no class, no list. */
export function isPlainObject(value: unknown): value is Plain {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The fields of `from` whose names are not in `known`. */
export function beyond(from: Plain, known: ReadonlySet<string>): [string, unknown][] {
  return Object.entries(from).filter(([key, value]) => value !== undefined && !known.has(key));
}

/** Own properties only, whatever they are called: `__proto__` becomes a name like any other. */
export function gather(entries: readonly (readonly [string, unknown])[]): Plain {
  return Object.fromEntries(entries);
}
