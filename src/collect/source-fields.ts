import { isPlainObject, type Plain } from "./bounded-json.ts";

/**
 * Reads the fields of a foreign payload by name and remembers which were used, so that the rest
 * can be kept. A field is used up only when it had a usable value.
 */
export interface SourceFields {
  /** The first of these that is a non-empty text or a number, as text. */
  text(...names: readonly string[]): string | undefined;
  /** The first of these that is present, as it was sent. */
  value(...names: readonly string[]): unknown;
  /** A number, also when it was sent as text; NaN when it is neither; undefined when absent. */
  number(...names: readonly string[]): number | undefined;
  /** The fields of an object, or of an empty one. */
  object(name: string): SourceFields;
  list(name: string): readonly unknown[] | undefined;
  /** What nobody asked for, or undefined when nothing is left. */
  rest(): Plain | undefined;
}

export function sourceFields(source: unknown): SourceFields {
  const fields: Plain = isPlainObject(source) ? source : {};
  const used = new Set<string>();
  const parts = new Map<string, SourceFields>();
  const find = (names: readonly string[], fits: (value: unknown) => boolean): unknown => {
    const name = names.find((one) => Object.hasOwn(fields, one) && fits(fields[one]));
    if (name === undefined) return undefined;
    used.add(name);
    return fields[name];
  };
  return {
    text(...names) {
      const found = find(names, isTextual);
      return found === undefined ? undefined : String(found);
    },
    value: (...names) => find(names, isGiven),
    number(...names) {
      const found = find(names, isGiven);
      return found === undefined ? undefined : toNumber(found);
    },
    object(name) {
      const known = parts.get(name);
      if (known !== undefined) return known;
      const part = sourceFields(find([name], isPlainObject));
      parts.set(name, part);
      return part;
    },
    list: (name) => find([name], Array.isArray) as readonly unknown[] | undefined,
    rest() {
      const left = Object.entries(fields).filter(([name, value]) => {
        return !used.has(name) && value !== undefined && value !== null;
      });
      for (const [name, part] of parts) {
        const inner = part.rest();
        if (inner !== undefined) left.push([name, inner]);
      }
      return left.length === 0 ? undefined : Object.fromEntries(left);
    },
  };
}

/** The fields that have a value: an event has no use for `undefined`. */
export function present(fields: Plain): Plain {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "";
}

function isTextual(value: unknown): boolean {
  return (typeof value === "string" && value !== "") || typeof value === "number";
}

function toNumber(value: unknown): number {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  return typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
}
