import type { ShownItem } from "./ask-for-list.ts";

/** What a shopper sees of one item: picture, title, price, and why it is here. */
export function cardOf(item: ShownItem, locale: string): HTMLElement {
  const row = element("li", "card");
  row.dataset["item"] = item.item;
  row.dataset["position"] = String(item.position);
  const link = safeAddress(item.link);
  const card = element(link ? "a" : "div", "link");
  if (link) card.setAttribute("href", link);
  const picture = element("span", "picture");
  if (item.image) {
    const image = document.createElement("img");
    image.alt = "";
    image.loading = "lazy";
    image.src = item.image;
    picture.append(image);
  }
  card.append(picture, element("span", "title", item.title));
  const price = priceText(item, locale);
  if (price) card.append(element("span", "price", price));
  row.append(card);
  const [reason] = item.reasons;
  if (reason) row.append(element("span", "why", reason.text));
  return row;
}

/** Cards without content, in the size of those to come. */
export const skeleton = (count: number): readonly HTMLElement[] =>
  Array.from({ length: count }, () => {
    const row = element("li", "card");
    row.setAttribute("aria-hidden", "true");
    row.append(element("span", "picture"), element("span", "line"), element("span", "line"));
    return row;
  });

function element(tag: string, part: string, text = ""): HTMLElement {
  const made = document.createElement(tag);
  made.className = part;
  made.part.add(part);
  made.textContent = text;
  return made;
}

/** A catalogue may hold anything; only what leads to a page becomes a link. */
function safeAddress(link: string | undefined): string | undefined {
  if (!link) return undefined;
  const { protocol, href } = new URL(link, location.href);
  return protocol === "https:" || protocol === "http:" ? href : undefined;
}

/** Minor units as the shopper's language writes them; yen have none, dinars a thousand. */
function priceText({ priceMinor, currency }: ShownItem, locale: string): string {
  if (priceMinor === undefined || !currency) return "";
  const format = new Intl.NumberFormat(locale, { style: "currency", currency });
  const { maximumFractionDigits: digits = 2 } = format.resolvedOptions();
  return format.format(priceMinor / 10 ** digits);
}
