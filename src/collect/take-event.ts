import { type FieldError, fieldErrors, type ProblemCode, problemKind } from "../errors.ts";
import { beyond, gather, isPlainObject, jsonFault, type Plain } from "./bounded-json.ts";
import type { Rejected } from "./collect.ts";
import {
  type Event,
  type EventContext,
  type EventInput,
  type EventItem,
  type EventName,
  eventInputSchema,
} from "./event.ts";
import { isSurelyValid } from "./sure-event.ts";

/**
 * Judges one event that somebody sent. The schema in event.ts is the only law. Most events are so
 * plain that `isSurelyValid` can say "the schema would take this as it is" without running it;
 * every other one goes through the schema, which names what is wrong, and what it does not know is
 * moved into `properties` and not lost.
 */
export type Judged =
  | { readonly input: EventInput; readonly refused?: undefined }
  | { readonly refused: Refusal };

export interface Refusal {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly errors: readonly FieldError[];
}

/** A whole event as JSON text may have this many characters. */
export const eventCharsLimit = 65_536;

export function judgeEvent(sent: unknown): Judged {
  if (isSurelyValid(sent)) return completed(sent);
  const known = withoutUnknown(sent);
  const parsed = eventInputSchema.safeParse(known.event);
  if (!parsed.success) return refuse(fieldErrors(parsed.error.issues));
  const long = known.moved.find(([key]) => key.length > 256);
  if (long !== undefined) return refuse([{ pointer: "", detail: "a field's name is too long" }]);
  const properties = propertiesOf(sent as Plain, known.moved);
  const fault = properties === undefined ? undefined : jsonFault(properties);
  if (fault !== undefined) return refuse([{ pointer: "/properties", detail: fault }]);
  return completed(properties === undefined ? parsed.data : { ...parsed.data, properties });
}

function refuse(errors: readonly FieldError[], code: ProblemCode = "invalid-event"): Judged {
  return { refused: refusal(errors, code) };
}

export function refusal(errors: readonly FieldError[], code: ProblemCode): Refusal {
  const detail = errors.map((error) => `${error.pointer || "/"}: ${error.detail}`).join("; ");
  return { code, detail, errors };
}

export function rejected(index: number, refused: Refusal): Rejected {
  return { index, ...refused, remedy: problemKind(refused.code).remedy };
}

// What a name needs beyond the schema. Said here once, for both ways through.

const needItems: ReadonlySet<EventName> = new Set<EventName>([
  "list_click",
  "item_view",
  "wishlist_add",
  "wishlist_remove",
  "cart_add",
  "cart_remove",
]);

function completed(input: EventInput): Judged {
  const missing = missingFor(input);
  return missing === undefined ? { input } : refuse([missing]);
}

function missingFor(input: EventInput): FieldError | undefined {
  const { name } = input;
  if (needItems.has(name) && (input.items?.length ?? 0) === 0) {
    return { pointer: "/items", detail: `${name} needs at least one item` };
  }
  if (name === "consent" && input.context?.consent === undefined) {
    return { pointer: "/context/consent", detail: "consent needs { measure, personalise }" };
  }
  if (name === "merge" && input.shopper === undefined) {
    return { pointer: "/shopper", detail: "merge needs a shopper" };
  }
  if (name === "merge" && input.anonymous === undefined) {
    return { pointer: "/anonymous", detail: "merge needs an anonymous id" };
  }
  if (name === "identify" && (input.shopper ?? input.anonymous) === undefined) {
    return { pointer: "/shopper", detail: "identify needs a shopper or an anonymous id" };
  }
  return undefined;
}

// Unknown fields.

const field = <T>(names: Record<keyof T, true>): ReadonlySet<string> => new Set(Object.keys(names));

/** `shop` and `receivedAt` are ours to say: found in what we exported, they are not taken from it. */
const eventFields: ReadonlySet<string> = field<Event>({
  shop: true,
  receivedAt: true,
  eventId: true,
  shopper: true,
  anonymous: true,
  session: true,
  at: true,
  name: true,
  items: true,
  context: true,
  valueMinor: true,
  currency: true,
  properties: true,
});

const itemFields: ReadonlySet<string> = field<EventItem>({
  item: true,
  quantity: true,
  unitPriceMinor: true,
  position: true,
  propensity: true,
});

export const contextFields: ReadonlySet<string> = field<EventContext>({
  surface: true,
  list: true,
  request: true,
  query: true,
  page: true,
  referrer: true,
  device: true,
  locale: true,
  country: true,
  experiment: true,
  campaign: true,
  order: true,
  coupon: true,
  rating: true,
  text: true,
  consent: true,
});

interface Known {
  readonly event: unknown;
  readonly moved: readonly [string, unknown][];
}

/** The event without `properties`, which the schema's record would copy and not merely check. */
function withoutUnknown(sent: unknown): Known {
  if (!isPlainObject(sent)) return { event: sent, moved: [] };
  const given = sent["properties"];
  const moved = [
    ...beyond(sent, eventFields),
    ...nested(sent["context"], "/context", contextFields),
    ...listed(sent["items"]),
  ];
  const own = isPlainObject(given) && Object.keys(given).every((key) => key.length <= 256);
  return { event: own ? { ...sent, properties: undefined } : sent, moved };
}

function nested(part: unknown, base: string, known: ReadonlySet<string>): [string, unknown][] {
  if (!isPlainObject(part)) return [];
  return beyond(part, known).map(([key, value]) => [`${base}/${key}`, value]);
}

function listed(items: unknown): [string, unknown][] {
  if (!Array.isArray(items)) return [];
  return items.flatMap((line: unknown, at) => nested(line, `/items/${at}`, itemFields));
}

/**
 * What was sent as `properties`, and beside it what was moved there: a top-level field under its
 * own name, or under its pointer where the name is taken; a field of an item or of the context
 * under its pointer ("/items/0/colour").
 */
function propertiesOf(sent: Plain, moved: readonly [string, unknown][]): Plain | undefined {
  const given = sent["properties"] as Plain | undefined;
  if (moved.length === 0) return given;
  const own = given === undefined ? [] : Object.entries(given);
  const taken = new Set(own.map(([key]) => key));
  const free = moved.map(([key, value]): [string, unknown] => [
    taken.has(key) ? `/${key}` : key,
    value,
  ]);
  return gather([...free, ...own]);
}
