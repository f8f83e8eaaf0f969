import { isPlainObject, type Plain } from "./bounded-json.ts";
import type { Consent, EventInput, EventName } from "./event.ts";
import { hashedEventId } from "./event-id.ts";
import { toMinor } from "./money.ts";
import { present, type SourceFields, sourceFields } from "./source-fields.ts";

/**
 * Google Analytics 4 events as they are sent (Measurement Protocol v2 payloads, gtag calls, data
 * layer pushes), one event out for each event in and in the same order, so that a refusal's index
 * is the sender's. A name outside the table keeps its own and is refused with that name. Every
 * parameter without a place of its own is kept.
 * Source: developers.google.com/analytics/devguides/collection/ga4/reference/events (2025).
 */
const names: Readonly<Record<string, EventName>> = {
  page_view: "page_view",
  screen_view: "page_view",
  view_homepage: "page_view",
  view_item_list: "list_view",
  select_item: "list_click",
  search: "search",
  view_search_results: "search",
  view_item: "item_view",
  add_to_wishlist: "wishlist_add",
  remove_from_wishlist: "wishlist_remove",
  add_to_cart: "cart_add",
  remove_from_cart: "cart_remove",
  view_cart: "cart_view",
  begin_checkout: "checkout_start",
  add_shipping_info: "checkout_step",
  add_payment_info: "checkout_step",
  purchase: "purchase",
  refund: "refund",
  view_promotion: "promotion_view",
  select_promotion: "promotion_click",
  share: "share",
  login: "identify",
  sign_up: "identify",
  consent: "consent",
};

export interface MapOptions {
  /** Currency of amounts that name none: decides how many decimals they have. */
  readonly currency: string;
}

export function mapGa4(payload: unknown, options: MapOptions): EventInput[] {
  const { sender, events } = opened(payload);
  const envelope = envelopeOf(sender);
  return events.map((event) => mapOne(event, envelope, options));
}

interface Opened {
  readonly sender: SourceFields;
  readonly events: readonly unknown[];
}

/** Finds the events in whatever form they came. */
function opened(payload: unknown): Opened {
  if (Array.isArray(payload) && payload[0] === "event") {
    const [, name, params] = payload as readonly unknown[];
    return { sender: sourceFields({}), events: [{ name, params }] };
  }
  if (!isPlainObject(payload)) return { sender: sourceFields({}), events: [payload] };
  const sender = sourceFields(payload);
  const events = sender.list("events");
  if (events !== undefined) return { sender, events };
  if (typeof payload["event"] === "string") return fromDataLayer(payload);
  const single = { name: sender.value("name"), params: sender.value("params") };
  return { sender, events: [single] };
}

function fromDataLayer(push: Plain): Opened {
  const { event: name, ecommerce, ...params } = push;
  const trade = isPlainObject(ecommerce) ? ecommerce : {};
  return { sender: sourceFields({}), events: [{ name, params: { ...params, ...trade } }] };
}

interface Envelope {
  readonly shopper: string | undefined;
  readonly anonymous: string | undefined;
  readonly micros: number | undefined;
  readonly consent: Consent | undefined;
  readonly rest: Plain | undefined;
}

function envelopeOf(sender: SourceFields): Envelope {
  const shopper = sender.text("user_id");
  const anonymous = sender.text("client_id", "app_instance_id");
  const micros = sender.number("timestamp_micros");
  const consent = consentOf(sender.object("consent"), sender.value("non_personalized_ads"));
  return { shopper, anonymous, micros, consent, rest: sender.rest() };
}

/** Consent as GA4 says it; undefined when nothing was said. */
function consentOf(said: SourceFields, nonPersonalised?: unknown): Consent | undefined {
  const measure = granted(said.text("analytics_storage"));
  const personal = ["ad_personalization", "personalization_storage", "ad_storage"]
    .map((name) => granted(said.text(name)))
    .filter((answer) => answer !== undefined);
  const personalise = nonPersonalised === true ? false : all(personal);
  if (measure === undefined && personalise === undefined) return undefined;
  return { measure: measure ?? true, personalise: personalise ?? true };
}

function granted(answer: string | undefined): boolean | undefined {
  return answer === undefined ? undefined : answer.toLowerCase() === "granted";
}

function all(answers: readonly boolean[]): boolean | undefined {
  return answers.length === 0 ? undefined : answers.every(Boolean);
}

function mapOne(sent: unknown, envelope: Envelope, options: MapOptions): EventInput {
  const event = sourceFields(sent);
  const source = event.text("name");
  const name = source === undefined ? undefined : (ownName(source) ?? source);
  const params = event.object("params");
  const currency = params.text("currency")?.toUpperCase();
  const unit = currency ?? options.currency;
  const micros = event.number("timestamp_micros") ?? envelope.micros;
  const shopper = params.text("user_id") ?? envelope.shopper;
  const anonymous = params.text("client_id") ?? envelope.anonymous;
  const session = params.text("session_id", "ga_session_id");
  const items = params.list("items")?.map((line) => mapItem(line, unit));
  const value = params.value("value");
  const context = contextOf(params, name === "consent", envelope);
  const order = context["order"];
  return present({
    eventId: idOf({ sent, source, order, person: anonymous ?? shopper, micros }),
    name,
    shopper,
    anonymous,
    session,
    at: micros === undefined ? undefined : Math.floor(micros / 1_000),
    items,
    context,
    valueMinor: value === undefined ? undefined : toMinor(value, unit),
    currency,
    properties: present({ ...envelope.rest, ...restOf(event), ga4: source }),
  }) as unknown as EventInput;
}

/** Parameters lie beside what else the event said, as if they had been sent there. */
function restOf(event: SourceFields): Plain {
  const { params, ...beside } = event.rest() ?? {};
  return isPlainObject(params) ? { ...beside, ...params } : beside;
}

function ownName(source: string): EventName | undefined {
  return Object.hasOwn(names, source) ? names[source] : undefined;
}

function contextOf(params: SourceFields, isConsent: boolean, envelope: Envelope): Plain {
  const consent = isConsent ? consentOf(params) : undefined;
  return present({
    list: params.text("item_list_id", "item_list_name"),
    query: params.text("search_term"),
    page: params.text("page_location", "page_path", "screen_name"),
    referrer: params.text("page_referrer"),
    locale: params.text("language"),
    order: params.text("transaction_id"),
    coupon: params.text("coupon"),
    campaign: params.text("promotion_id", "promotion_name", "campaign"),
    consent: consent ?? envelope.consent,
  });
}

function mapItem(sent: unknown, currency: string): Plain {
  const line = sourceFields(sent);
  const price = line.value("price");
  return present({
    item: line.text("item_id", "item_name"),
    quantity: line.number("quantity"),
    unitPriceMinor: price === undefined ? undefined : toMinor(price, currency),
    position: line.number("index"),
    ...line.rest(),
  });
}

interface Said {
  readonly sent: unknown;
  readonly source: string | undefined;
  readonly order: unknown;
  readonly person: string | undefined;
  readonly micros: number | undefined;
}

/**
 * GA4 gives events no id. A purchase is known by its order number; what carries its moment is
 * known by sender, moment and content; anything else gets a new id each time it is sent.
 */
function idOf({ sent, source, order, person, micros }: Said): string | undefined {
  if (source === "purchase" && typeof order === "string") {
    return hashedEventId("ga4 purchase", order);
  }
  if (micros === undefined || person === undefined) return undefined;
  return hashedEventId("ga4 event", JSON.stringify([person, micros, sent]));
}
