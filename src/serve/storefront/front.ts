import type { FastifyRequest } from "fastify";
import type { Item } from "../../collect/item.ts";
import { picturePath } from "../../collect/pictures/pictures.ts";
import type { Catalogue } from "../../features/catalogue.ts";
import type { Platform } from "../../platform.ts";
import { DEMO } from "../pages/demo.ts";
import type { Html } from "../pages/html.ts";
import { shopWords } from "./languages.ts";
import type { People } from "./people.ts";
import { type Ids, idsOf, type Visitor } from "./visitor.ts";
import type { ShopWords } from "./words.ts";

/** What stands behind the counter. */
export interface Front {
  readonly platform: Platform;
  readonly people: People;
  /** A publishable key that lives as long as the server; no list of keys holds it. */
  key(): string;
}

/** One visitor at one page: what every page is drawn from. */
export interface Visit {
  readonly front: Front;
  readonly visitor: Visitor;
  readonly ids: Ids;
  readonly words: ShopWords;
  readonly catalogue: Catalogue;
  /** Where the picture of an item is: the one that was uploaded, else the first it names. */
  imageOf(item: Item | undefined): string | undefined;
  /** Path and query that were asked for. */
  readonly url: string;
}

/** A page without its frame. */
export interface Drawn {
  readonly title: string;
  readonly main: Html;
  /** Calls for the tracker, as they are pushed. */
  readonly tell?: readonly (readonly unknown[])[];
  readonly status?: number;
}

export async function visitOf(
  front: Front,
  request: FastifyRequest,
  visitor: Visitor,
): Promise<Visit> {
  const { catalogues, looks } = front.platform;
  const [catalogue, seen] = [await catalogues.of(DEMO), looks.soon(DEMO)];
  return {
    front,
    visitor,
    ids: idsOf(visitor),
    words: shopWords[visitor.locale],
    catalogue,
    imageOf(item) {
      const version = item && seen.versionOf(item.group);
      return version === undefined
        ? item?.images[0]
        : picturePath(DEMO, item?.group ?? "", version);
    },
    url: request.url,
  };
}
