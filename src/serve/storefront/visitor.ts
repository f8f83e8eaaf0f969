import { randomUUID } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import { problem } from "../../errors.ts";
import { type Locale, shopId } from "../../schema.ts";

/**
 * Who is here and what they carry, from cookies: so pages work without a script, and the lists of a
 * page are for whom its events will be of. Nothing in them opens anything, so they are not signed;
 * they are bounded, and what cannot be read is as if it were not there.
 */
export interface Visitor {
  /** Who this browser is when it is nobody else. */
  readonly own: string;
  /** The known shopper whose part is played. */
  readonly shopper: string | undefined;
  readonly locale: Locale;
  readonly cart: readonly CartLine[];
  /** Items on the wish list, the newest last. */
  readonly liked: readonly string[];
}

export interface CartLine {
  readonly item: string;
  readonly quantity: number;
  /** Request of the list that it was found in. */
  readonly request: string | undefined;
}

/** The names under which events and lists know a visitor. */
export interface Ids {
  readonly anonymous: string;
  readonly shopper?: string;
}

/** A part that is played has no anonymous past: nothing of this browser is joined to it. */
export const idsOf = ({ own, shopper }: Visitor): Ids =>
  shopper === undefined ? { anonymous: own } : { anonymous: shopper, shopper };

export const LINES_MOST = 20;
export const QUANTITY_MOST = 99;
const LIKED_MOST = 50;
const YEAR_SECONDS = 31_536_000;
/** Browsers keep 4,096 bytes a cookie, its name and attributes among them. */
const COOKIE_CHARS_MOST = 3_800;
const REQUEST = /^[\w-]{1,64}$/;

export function visitorOf(request: FastifyRequest): Visitor {
  const cookies = cookiesOf(request.headers.cookie ?? "");
  const [own, shopper] = partsOf(cookies.get("shop_who"));
  return {
    own: isId(own) ? own : randomUUID(),
    shopper: isId(shopper) ? shopper : undefined,
    locale: localeOf(request, cookies.get("shop_lang")),
    cart: partsOf(cookies.get("shop_cart")).flatMap(lineOf).slice(0, LINES_MOST),
    liked: partsOf(cookies.get("shop_liked")).filter(isId).slice(-LIKED_MOST),
  };
}

type Kept = "who" | "lang" | "cart" | "liked";

/**
 * Gives the browser what the next page shall know: only what this answer is about, for two answers
 * may cross and the older one must not undo the newer. @throws problem `limit-reached`
 */
export function keepVisitor(reply: FastifyReply, visitor: Visitor, kept: readonly Kept[]): void {
  const { own, shopper, locale, cart, liked } = visitor;
  const values: Readonly<Record<Kept, readonly string[]>> = {
    who: shopper === undefined ? [own] : [own, shopper],
    lang: [locale],
    cart: cart.map(({ item, quantity, request }) =>
      [item, quantity, request ?? ""].map(encodeURIComponent).join("*"),
    ),
    liked: liked.slice(-LIKED_MOST),
  };
  for (const name of kept) keepCookie(reply, `shop_${name}`, values[name]);
}

function keepCookie(reply: FastifyReply, name: string, parts: readonly string[]): void {
  const value = parts.map(encodeURIComponent).join("!");
  if (value.length > COOKIE_CHARS_MOST) {
    throw problem("limit-reached", "the cart and the wish list of the demo hold no more");
  }
  const age = value === "" ? 0 : YEAR_SECONDS;
  reply.header(
    "set-cookie",
    `${name}=${value}; Path=/shop; Max-Age=${age}; SameSite=Lax; HttpOnly`,
  );
}

function cookiesOf(header: string): Map<string, string> {
  const pairs = header.split(";").map((pair) => pair.split("=", 2).map((part) => part.trim()));
  return new Map(pairs.map(([name = "", value = ""]) => [name, value]));
}

function partsOf(value: string | undefined): string[] {
  return value === undefined || value === "" ? [] : value.split("!").map(decoded);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

const isId = (id: string | undefined): id is string => shopId.safeParse(id).success;

function lineOf(text: string): CartLine[] {
  const [item = "", amount = "", from = ""] = text.split("*").map(decoded);
  const quantity = Number(amount);
  if (!isId(item) || !Number.isInteger(quantity)) return [];
  if (quantity < 1 || quantity > QUANTITY_MOST) return [];
  return [{ item, quantity, request: REQUEST.test(from) ? from : undefined }];
}

/** From the address itself, since a page's query holds only what the page knows. */
function localeOf({ url, headers }: FastifyRequest, kept: string | undefined): Locale {
  const [, lang] = /[?&]lang=(en|zh)(?:&|$)/.exec(url) ?? [];
  if (lang === "zh" || lang === "en") return lang;
  if (kept === "zh" || kept === "en") return kept;
  return /^zh/i.test(headers["accept-language"] ?? "") ? "zh" : "en";
}
