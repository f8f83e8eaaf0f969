import { hearDataLayer } from "./data-layer.ts";
import {
  type Consent,
  change,
  keep,
  newId,
  present,
  recall,
  type Waiting,
  type Who,
} from "./device.ts";
import { watchList } from "./lists.ts";
import { openOutbox } from "./outbox.ts";

/** An item that something was done with; a text is its id. */
export type ItemSaid =
  | string
  | {
      readonly item: string;
      readonly quantity?: number;
      /** Price of one, in minor units. */
      readonly unitPriceMinor?: number;
      readonly position?: number;
    };

/** Where it happened, in the words of the API's `context`: surface, list, request, query, order … */
export type Context = Readonly<Record<string, unknown>>;

/** What else an event may say. */
export interface More {
  readonly valueMinor?: number;
  readonly currency?: string;
  readonly properties?: object;
  /** Who this is from now on. */
  readonly shopper?: string;
}

export interface Tracker {
  /** Any event, by its name in the vocabulary: `track("cart_add", "tea-1")`. */
  track(name: string, items?: ItemSaid | readonly ItemSaid[], context?: Context, more?: More): void;
  /** A visit of this page; told by itself unless `pages` is `manual`. */
  page(): void;
  /** Watches the rows (`data-item`) of a list that stands there now. */
  list(root: ParentNode & EventTarget, context: Context): void;
  /** What the shopper allows from now on. */
  consent(consent: Consent): void;
  /** For whom lists may be asked; nobody while that is not allowed. */
  who(): Who;
}

export interface TrackerOptions {
  /** Where the server is. */
  readonly url: string;
  /** A publishable key. */
  readonly key: string;
  /**
   * What holds until the shopper says something else: all, or being counted alone. Absent: nothing
   * is sent or kept.
   */
  readonly consent?: "granted" | "measure" | undefined;
  /** Without it visits are told by themselves, also in a page that never reloads. */
  readonly pages?: "manual" | undefined;
  /** Name of the page's GA4 data layer, mostly `dataLayer`. */
  readonly layer?: string | undefined;
}

/** Events that wait for consent, in memory alone. */
const UNDECIDED_MOST = 50;
const ITEMS_MOST = 200;
const ADDRESS_MOST = 2_048;

export function openTracker({ url, key, consent: given, pages, layer }: TrackerOptions): Tracker {
  const consentNow = (): Consent | undefined =>
    recall().consent ?? (given && { measure: true, personalise: given === "granted" });
  const isAllowed = (consent = consentNow()): boolean | undefined =>
    consent?.measure || consent?.personalise;
  const outbox = openOutbox(url, key, consentNow);
  let undecided: (() => Waiting)[] = [];
  let pageBefore = document.referrer;

  /** An event is made when it may be; when it happened is noted now. */
  const tell = (
    to: Waiting["to"],
    event: (who: Who, at: number) => object,
    shopper?: string,
  ): void => {
    const at = Date.now();
    const make = (): Waiting => ({ to, at, event: event(present(shopper), at) });
    if (isAllowed()) outbox.add(make());
    else if (!consentNow()) undecided = [...undecided, make].slice(-UNDECIDED_MOST);
  };
  const track: Tracker["track"] = (name, items = [], context, more) => {
    const page = address();
    const event = (who: Who): object => ({
      eventId: newId(),
      name,
      ...who,
      items: [items].flat().slice(0, ITEMS_MOST).map(lineOf),
      context: {
        page,
        locale: navigator.language,
        consent: consentNow(),
        ...context,
      },
      ...more,
    });
    tell("", event, more?.shopper);
  };
  const page = (): void => {
    track("page_view", [], { referrer: pageBefore.slice(0, ADDRESS_MOST) });
    pageBefore = address();
  };

  document.addEventListener("visibilitychange", () => outbox.send(document.hidden));
  addEventListener("online", () => outbox.send());
  if (layer) {
    hearDataLayer(layer, (name, params) =>
      tell("/ga4", (who, at) => ({
        name,
        timestamp_micros: at * 1_000,
        // Our ids in GA4's words.
        params: {
          ...params,
          client_id: who.anonymous,
          user_id: who.shopper,
          session_id: who.session,
        },
      })),
    );
  }
  if (!pages) onVisit(page);
  void outbox.send();

  return {
    track,
    page,
    list: (root, context) => watchList(root, context, track),
    consent(consent) {
      const isGiven = isAllowed(consent);
      // A refusal is still told, under what held before, to whoever was told of anything.
      change(isGiven ? { consent } : { queue: [] });
      track("consent", [], { consent });
      if (isGiven) for (const make of undecided) outbox.add(make());
      else {
        void outbox.send(true);
        keep({ consent });
      }
      undecided = [];
    },
    who: () => (consentNow()?.personalise && recall().who) || {},
  };
}

const address = (): string => location.href.replace(/#.*/, "").slice(0, ADDRESS_MOST);

const lineOf = (item: ItemSaid): object =>
  (item as { item?: string }).item ? (item as object) : { item };

/** Calls for this page, and again whenever a script has put another address into its place. */
function onVisit(visit: () => void): void {
  let last: string;
  const look = (): void => {
    if (last === address()) return;
    last = address();
    visit();
  };
  for (const name of ["pushState", "replaceState"] as const) {
    const change = history[name].bind(history);
    history[name] = (...given) => {
      change(...given);
      look();
    };
  }
  addEventListener("popstate", look);
  look();
}
