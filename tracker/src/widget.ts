import { askForList, type Shown } from "./ask-for-list.ts";
import { cardOf, skeleton } from "./cards.ts";
import { style } from "./style.ts";
import { headings } from "./words.ts";

/**
 * A list of recommendations as an element of any page:
 * `<shopkeeper-list key="pk_…" url="https://…" surface="home"></shopkeeper-list>`.
 * It is asked for when it comes near the view, shows grey cards until the answer, and takes itself
 * away when there is nothing to show. What is seen and clicked is told by the tracker, if there is
 * one. It lives in a shadow, so the page's styles do not reach it; parts and custom properties do.
 */
class ShopkeeperList extends HTMLElement {
  static readonly observedAttributes: readonly string[] = ["surface", "items", "limit", "locale"];
  #asking: AbortController | undefined;
  #nearView: IntersectionObserver | undefined;

  connectedCallback(): void {
    if (!this.shadowRoot) this.attachShadow({ mode: "open" });
    this.#nearView = new IntersectionObserver(
      (changes) => {
        if (changes.some(({ isIntersecting }) => isIntersecting)) this.#show();
      },
      { rootMargin: NEAR_VIEW },
    );
    this.#wait();
  }

  disconnectedCallback(): void {
    this.#nearView?.disconnect();
    this.#asking?.abort();
  }

  attributeChangedCallback(): void {
    if (this.isConnected && this.#nearView) this.#wait();
  }

  /** Grey cards, until the element is near the view. */
  #wait(): void {
    this.#asking?.abort();
    this.hidden = false;
    this.#frame(skeleton(Number(this.getAttribute("limit") ?? LIMIT)), true);
    this.#nearView?.disconnect();
    this.#nearView?.observe(this);
  }

  #show(): void {
    this.#nearView?.disconnect();
    this.#asking = new AbortController();
    void this.#ask(this.#asking.signal);
  }

  async #ask(signal: AbortSignal): Promise<void> {
    try {
      const list = await askForList(this, this.#locale, signal);
      this.hidden = list.items.length === 0;
      this.#frame(list.items.map((item) => cardOf(item, this.#locale)));
      this.#tell(list);
    } catch (problem) {
      if (signal.aborted) return;
      this.hidden = true;
      this.dispatchEvent(new CustomEvent("shopkeeper-problem", { detail: problem }));
    }
  }

  get #locale(): "en" | "zh" {
    const said = this.getAttribute("locale") ?? document.documentElement.lang;
    return said.startsWith("zh") ? "zh" : "en";
  }

  #frame(cards: readonly Element[], isBusy = false): void {
    const sheet = document.createElement("style");
    sheet.textContent = style;
    const section = document.createElement("section");
    const heading = document.createElement("h2");
    heading.id = "heading";
    heading.part.add("heading");
    const surface = this.getAttribute("surface") ?? "home";
    heading.textContent = this.getAttribute("heading") ?? headings[this.#locale][surface] ?? "";
    section.setAttribute("aria-labelledby", heading.id);
    const list = document.createElement("ul");
    list.part.add("list");
    // A list without marks is no list to some screen readers unless it says so.
    list.setAttribute("role", "list");
    list.setAttribute("aria-busy", String(isBusy));
    list.append(...cards);
    section.append(heading, list);
    this.shadowRoot?.replaceChildren(sheet, section);
  }

  #tell({ surface, request }: Shown): void {
    window.shopkeeper ??= [];
    const list = this.shadowRoot?.querySelector("ul");
    window.shopkeeper.push(["list", list, { surface, request, list: this.id || undefined }]);
    this.dispatchEvent(new CustomEvent("shopkeeper-list", { bubbles: true }));
  }
}

const LIMIT = 6;
const NEAR_VIEW = "300px";

if (!customElements.get("shopkeeper-list")) {
  customElements.define("shopkeeper-list", ShopkeeperList);
}
