/** As much of a decision as a shopper is shown. */
export interface Shown {
  readonly request: string;
  readonly surface: string;
  readonly items: readonly ShownItem[];
}

export interface ShownItem {
  readonly item: string;
  readonly position: number;
  readonly title: string;
  readonly brand?: string;
  readonly priceMinor?: number;
  readonly currency?: string;
  image?: string;
  /** At the server that was asked. */
  readonly picture?: string;
  readonly link?: string;
  readonly reasons: readonly { readonly text: string }[];
}

/** Attributes of the element that the API knows by the same name. */
const ASKED = ["items", "exclude", "limit"];

/** Asks for the list that the element describes, for whom the tracker says is here. */
export async function askForList(
  element: Element,
  locale: string,
  signal: AbortSignal,
): Promise<Shown> {
  const query = new URLSearchParams({ locale, key: element.getAttribute("key") ?? "" });
  for (const name of ASKED) {
    const value = element.getAttribute(name);
    if (value) query.set(name, value);
  }
  const { shopkeeper } = window;
  const who = shopkeeper && "who" in shopkeeper ? shopkeeper.who() : {};
  if (who.shopper) query.set("shopper", who.shopper);
  if (who.anonymous) query.set("anonymous", who.anonymous);
  const surface = element.getAttribute("surface") ?? "home";
  const url = element.getAttribute("url") ?? "";
  const answer = await fetch(`${url}/v1/recommendations/${surface}?${query}`, { signal });
  const body = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(body.detail), body);
  for (const item of body.items as ShownItem[]) {
    if (item.picture) item.image ??= url + item.picture;
  }
  return body;
}
