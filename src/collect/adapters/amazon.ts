import type { Adapter } from "../importing.ts";
import { visitMoment } from "./invented-time.ts";
import { type RowSays, rowPart, type Values } from "./table-part.ts";

/**
 * The two Amazon 5-core review sets of 2014 in the S3-Rec numbering. Every interaction is a review
 * (the stars are not published); the order is that of `position`, moments are invented, one day
 * apart. Titles are the published keywords, anonymous category and brand ids are attributes.
 * Sources: McAuley et al., SIGIR 2015; Zhou et al., S3-Rec, CIKM 2020; Tan et al., SIGIR 2024.
 */
export function amazon(name: string, about: string): Adapter {
  return {
    name,
    about,
    async parts(tables, folder, batchRows) {
      const source = { tables, folder, batchRows };
      return [
        await rowPart("items", { ...source, file: "items.parquet" }, product),
        await rowPart("events", { ...source, file: "interactions.parquet" }, review),
      ];
    },
  };
}

function product({ item_id: id, asin, keywords, attribute_ids: ids }: Values): RowSays {
  const attributes = String(ids ?? "")
    .split("|")
    .filter((one) => one !== "");
  return {
    item: {
      item: String(id),
      title: { en: String(keywords) },
      attributes: Object.fromEntries(attributes.map((one) => [`attribute:${one}`, true])),
      ...(asin === null ? {} : { extra: { asin } }),
    },
  };
}

function review({ user_id: shopper, item_id: item, position }: Values): RowSays {
  return {
    event: {
      name: "review",
      shopper: String(shopper),
      at: visitMoment(Number(position)),
      items: [{ item: String(item) }],
    },
  };
}
