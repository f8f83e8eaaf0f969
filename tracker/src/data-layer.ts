/**
 * GA4 events of a page that has them already, from its data layer: `dataLayer.push({ event,
 * ecommerce })` and `gtag("event", name, params)`. They are sent as they are; the server knows how
 * to read them. Page views are left out, for the tracker makes its own.
 */
const OF_TRADE = /^(view_|select_|search|add_|remove_|begin_c|purchase|refund|share)/;

/** The array of a page, or what a tag manager has made of it. */
type DataLayer = unknown[];

interface Push {
  readonly [part: number]: unknown;
  readonly event?: unknown;
  readonly ecommerce?: object;
}

export function hearDataLayer(name: string, tell: (name: string, params: object) => void): void {
  const page = window as unknown as Record<string, DataLayer>;
  page[name] ??= [];
  const layer = page[name];
  const hear = (pushed: unknown): void => {
    try {
      const { 0: kind, 1: called, 2: given, event, ecommerce, ...rest } = pushed as Push;
      const name = String(kind === "event" ? called : event);
      const params = { ...rest, ...(ecommerce ?? (given as object)) };
      if (OF_TRADE.test(name)) tell(name, JSON.parse(JSON.stringify(params)));
    } catch {
      // What cannot be read or written is not ours, and the page's own push must go on.
    }
  };
  const push = layer.push.bind(layer);
  layer.forEach(hear);
  layer.push = (...pushed) => {
    pushed.forEach(hear);
    return push(...pushed);
  };
}
