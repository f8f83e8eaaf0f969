import type { Item } from "../../../collect/item.ts";
import { type FieldError, problem } from "../../../errors.ts";
import type { Condition } from "../schema.ts";

/**
 * Conditions on items, made into functions once and then asked for every candidate. Idea: a closed
 * list of fields, each with its own reader, and plain comparisons; nothing is evaluated, and what
 * a shop calls its attributes is only ever looked up among an item's own keys.
 * A field that an item lacks makes every test false, except `ne` (true) and `exists` with false.
 * On `categories` a test holds when it holds for one of them, `ne` when `eq` holds for none.
 */
export type Test = (item: Item) => boolean;

type Value = string | number | boolean;
type Read = (item: Item) => Value | readonly Value[] | undefined;
type Comparison = Extract<Condition, { field: string }>;

const DEPTH_MOST = 6;
const NODES_MOST = 200;

const fields: Readonly<Record<string, Read>> = {
  item: (item) => item.item,
  group: (item) => item.group,
  brand: (item) => item.brand,
  seller: (item) => item.seller,
  supplier: (item) => item.supplier,
  categories: (item) => item.categories,
  link: (item) => item.link,
  priceMinor: (item) => item.priceMinor,
  salePriceMinor: (item) => item.salePriceMinor,
  costMinor: (item) => item.costMinor,
  currency: (item) => item.currency,
  stock: (item) => item.stock,
  availability: (item) => item.availability,
  createdAt: (item) => item.createdAt,
  updatedAt: (item) => item.updatedAt,
  images: (item) => item.images.length,
  "title.en": (item) => item.title.en,
  "title.zh": (item) => item.title.zh,
  "description.en": (item) => item.description?.en,
  "description.zh": (item) => item.description?.zh,
};

/**
 * The test of a condition. `pointer` is where the condition stands in what was sent.
 * @throws problem with the code given, naming every place that is wrong
 */
export function compileCondition(
  condition: Condition,
  pointer: string,
  code: "invalid-rule" | "invalid-request",
): Test {
  const errors: FieldError[] = [];
  const room = { nodes: NODES_MOST };
  const test = compile(condition, pointer, DEPTH_MOST, room, errors);
  if (errors.length === 0) return test;
  const words = errors.map((error) => `${error.pointer}: ${error.detail}`).join("; ");
  throw problem(code, words, { errors });
}

function compile(
  condition: Condition,
  pointer: string,
  depth: number,
  room: { nodes: number },
  errors: FieldError[],
): Test {
  if (depth === 0 || room.nodes-- <= 0) {
    const detail = `at most ${DEPTH_MOST} conditions deep and ${NODES_MOST} in all`;
    errors.push({ pointer, detail });
    return () => false;
  }
  const part = (inner: Condition, at: string): Test =>
    compile(inner, `${pointer}/${at}`, depth - 1, room, errors);
  if ("all" in condition) {
    const tests = condition.all.map((inner, index) => part(inner, `all/${index}`));
    return (item) => tests.every((test) => test(item));
  }
  if ("any" in condition) {
    const tests = condition.any.map((inner, index) => part(inner, `any/${index}`));
    return (item) => tests.some((test) => test(item));
  }
  if ("not" in condition) {
    const test = part(condition.not, "not");
    return (item) => !test(item);
  }
  return comparison(condition, pointer, errors);
}

function comparison(condition: Comparison, pointer: string, errors: FieldError[]): Test {
  const read = readerOf(condition.field);
  if (read === undefined) {
    const known = [...Object.keys(fields), "attributes.<name>"].join(", ");
    errors.push({ pointer: `${pointer}/field`, detail: `unknown field; known are ${known}` });
    return () => false;
  }
  const wrong = wrongValue(condition);
  if (wrong !== undefined) {
    errors.push({ pointer: `${pointer}/value`, detail: wrong });
    return () => false;
  }
  return testOf(read, condition);
}

function readerOf(field: string): Read | undefined {
  if (Object.hasOwn(fields, field)) return fields[field];
  if (!field.startsWith("attributes.")) return undefined;
  const name = field.slice("attributes.".length);
  return (item) => (Object.hasOwn(item.attributes, name) ? item.attributes[name] : undefined);
}

/** What is wrong with the value for this comparison, if anything. */
function wrongValue({ is, value }: Comparison): string | undefined {
  const list = Array.isArray(value);
  switch (is) {
    case "in":
      return list ? undefined : "a list is needed";
    case "exists":
      return value === undefined || typeof value === "boolean" ? undefined : "true or false";
    case "contains":
      return typeof value === "string" ? undefined : "a text is needed";
    case "lt":
    case "le":
    case "gt":
    case "ge": {
      const orders = typeof value === "number" || typeof value === "string";
      return orders ? undefined : "a number or a text is needed";
    }
    case "eq":
    case "ne":
      return list || value === undefined ? "one value is needed" : undefined;
  }
}

function testOf(read: Read, { is, value }: Comparison): Test {
  if (is === "exists") {
    const wanted = value !== false;
    return (item) => exists(read(item)) === wanted;
  }
  if (is === "ne") {
    const equal = someOf(read, (found) => found === value);
    return (item) => !equal(item);
  }
  return someOf(read, holds(is, value));
}

function exists(found: Value | readonly Value[] | undefined): boolean {
  return found !== undefined && !(Array.isArray(found) && found.length === 0);
}

const someOf =
  (read: Read, hold: (found: Value) => boolean): Test =>
  (item) => {
    const found = read(item);
    if (found === undefined) return false;
    return typeof found === "object" ? found.some(hold) : hold(found);
  };

function holds(
  is: "eq" | "lt" | "le" | "gt" | "ge" | "in" | "contains",
  value: Comparison["value"],
): (found: Value) => boolean {
  if (is === "eq") return (found) => found === value;
  if (is === "in") {
    const wanted = new Set<unknown>(value as readonly unknown[]);
    return (found) => wanted.has(found);
  }
  if (is === "contains") {
    const part = String(value).toLowerCase();
    return (found) => String(found).toLowerCase().includes(part);
  }
  const bound = value as string | number;
  const orders: Readonly<Record<"lt" | "le" | "gt" | "ge", (found: Value) => boolean>> = {
    lt: (found) => found < bound,
    le: (found) => found <= bound,
    gt: (found) => found > bound,
    ge: (found) => found >= bound,
  };
  const order = orders[is];
  return (found) => typeof found === typeof bound && order(found);
}
