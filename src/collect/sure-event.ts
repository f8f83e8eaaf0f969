import { type EventInput, type EventName, eventNames, type Surface, surfaces } from "./event.ts";

/**
 * The fast way through validation. `isSurelyValid` answers true only where the schema of event.ts
 * would accept the value, change nothing and strip nothing; false means "ask the schema". It makes
 * no objects. A property test holds it to the schema: whatever it passes, the schema returns equal.
 * Left out on purpose: everything rare (`properties` that hold objects, ids with surrogates).
 */
export function isSurelyValid(sent: unknown): sent is EventInput {
  if (!isPlain(sent)) return false;
  let named = false;
  for (const key in sent) {
    const value = (sent as Record<string, unknown>)[key];
    if (key === "name") named = true;
    if (!surelyField(key, value)) return false;
  }
  return named;
}

const names: ReadonlySet<unknown> = new Set<EventName>(eventNames);
const places: ReadonlySet<unknown> = new Set<Surface>(surfaces);
const devices: ReadonlySet<unknown> = new Set(["desktop", "phone", "tablet", "app", "other"]);

function surelyField(key: string, value: unknown): boolean {
  if (key === "name") return names.has(value);
  if (value === undefined) return isOptional(key);
  switch (key) {
    case "shopper":
    case "anonymous":
    case "session":
      return isId(value);
    case "at":
      return isWhole(value, 7_258_118_400_000);
    case "items":
      return areItems(value);
    case "context":
      return isContext(value);
    case "valueMinor":
      return isWhole(value, 1_000_000_000_000);
    case "eventId":
      return isLowerUuid(value);
    case "currency":
      return isCurrency(value);
    case "properties":
      return areFlat(value);
    default:
      return false;
  }
}

const optional: ReadonlySet<string> = new Set(
  "shopper anonymous session at items context valueMinor eventId currency properties".split(" "),
);

function isOptional(key: string): boolean {
  return optional.has(key);
}

function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** 1 to 128 characters, none of them control characters or surrogates. */
function isId(value: unknown): boolean {
  if (typeof value !== "string") return false;
  const { length } = value;
  if (length === 0 || length > 128) return false;
  for (let i = 0; i < length; i++) {
    const code = value.charCodeAt(i);
    if (code < 0x20 || code === 0x7f || (code >= 0xd800 && code <= 0xdfff)) return false;
  }
  return true;
}

function isWhole(value: unknown, max: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= max;
}

function isText(value: unknown, max: number): boolean {
  return typeof value === "string" && value.length <= max;
}

const DASH = 45;

function isLowerUuid(value: unknown): boolean {
  if (typeof value !== "string" || value.length !== 36) return false;
  for (let i = 0; i < 36; i++) {
    const code = value.charCodeAt(i);
    if (i === 8 || i === 13 || i === 18 || i === 23) {
      if (code !== DASH) return false;
    } else if (!((code >= 48 && code <= 57) || (code >= 97 && code <= 102))) return false;
  }
  return true;
}

function isCurrency(value: unknown): boolean {
  if (typeof value !== "string" || value.length !== 3) return false;
  for (let i = 0; i < 3; i++) {
    const code = value.charCodeAt(i);
    if (code < 65 || code > 90) return false;
  }
  return true;
}

function areItems(value: unknown): boolean {
  if (!Array.isArray(value) || value.length > 200) return false;
  for (let i = 0; i < value.length; i++) if (!isItem(value[i])) return false;
  return true;
}

function isItem(value: unknown): boolean {
  if (!isPlain(value)) return false;
  let identified = false;
  for (const key in value) {
    const part = (value as Record<string, unknown>)[key];
    if (key === "item") identified = isId(part);
    else if (!surelyItemField(key, part)) return false;
  }
  return identified;
}

function surelyItemField(key: string, part: unknown): boolean {
  switch (key) {
    case "quantity":
      return part === undefined || isBetween(part, 1_000_000);
    case "unitPriceMinor":
      return part === undefined || isWhole(part, 1_000_000_000_000);
    case "position":
      return part === undefined || isWhole(part, 10_000);
    case "propensity":
      return part === undefined || isBetween(part, 1);
    default:
      return false;
  }
}

/** In (0, max]. */
function isBetween(part: unknown, max: number): boolean {
  return typeof part === "number" && part > 0 && part <= max;
}

function isContext(value: unknown): boolean {
  if (!isPlain(value)) return false;
  for (const key in value) {
    const part = (value as Record<string, unknown>)[key];
    if (!surelyContextField(key, part)) return false;
  }
  return true;
}

function surelyContextField(key: string, part: unknown): boolean {
  switch (key) {
    case "surface":
      return part === undefined || places.has(part);
    case "device":
      return part === undefined || devices.has(part);
    case "page":
    case "referrer":
      return part === undefined || isText(part, 2048);
    case "text":
      return part === undefined || isText(part, 10_000);
    case "rating":
      return part === undefined || (typeof part === "number" && part >= 1 && part <= 5);
    case "consent":
      return part === undefined || isConsent(part);
    default:
      return shortTexts.has(key) && (part === undefined || isText(part, 256));
  }
}

const shortTexts: ReadonlySet<string> = new Set(
  "list request query locale country experiment campaign order coupon".split(" "),
);

function isConsent(value: unknown): boolean {
  if (!isPlain(value)) return false;
  const { measure, personalise } = value as Record<string, unknown>;
  if (typeof measure !== "boolean" || typeof personalise !== "boolean") return false;
  for (const key in value) if (key !== "measure" && key !== "personalise") return false;
  return true;
}

/** Properties that are texts, finite numbers, booleans and nulls, or lists of them. */
function areFlat(value: unknown): boolean {
  if (!isPlain(value)) return false;
  for (const key in value) {
    const part = (value as Record<string, unknown>)[key];
    if (key.length > 256 || !(Array.isArray(part) ? areAllFlat(part) : isFlat(part))) return false;
  }
  return true;
}

function areAllFlat(list: readonly unknown[]): boolean {
  for (let i = 0; i < list.length; i++) if (!isFlat(list[i])) return false;
  return true;
}

function isFlat(part: unknown): boolean {
  if (typeof part === "string" || typeof part === "boolean" || part === null) return true;
  return typeof part === "number" && Number.isFinite(part);
}
