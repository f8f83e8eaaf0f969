import type { Adapter } from "../importing.ts";
import { visitMoment } from "./invented-time.ts";
import { genresOf } from "./movielens-100k.ts";
import { type RowSays, rowPart, type Values } from "./table-part.ts";

/**
 * MovieLens 1M, order recovered. Every rating with a `position` is a review (999,611 of them, of
 * the 3,416 movies with five ratings or more: the sequences of SASRec, BERT4Rec and gSASRec); the
 * 598 others are skipped. The order is that of `position`; moments are invented, one day apart,
 * because true ones are published for 39 % of the rows only (those are kept in `properties`). Stars
 * are not published. Source: Harper & Konstan, ACM TiiS 5(4), 2015.
 */
export const movielens1m: Adapter = {
  name: "movielens-1m",
  about: "MovieLens 1M: 999,611 ratings in order, 3,883 movies (research only)",
  async parts(tables, folder, batchRows) {
    const of = (file: string): Parameters<typeof rowPart>[1] => ({
      tables,
      folder,
      file,
      batchRows,
    });
    return [
      await rowPart("items", of("movies.parquet"), movie),
      await rowPart("events", of("interactions.parquet"), rating),
    ];
  },
};

function movie({ movie_id: id, title, genres }: Values): RowSays {
  const [, name, year] = /^(.*) \((\d{4})\)$/.exec(String(title)) ?? [];
  return {
    item: {
      item: String(id),
      title: { en: name ?? String(title) },
      attributes: {
        ...genresOf(String(genres ?? "").split("|")),
        ...(year === undefined ? {} : { year: Number(year) }),
      },
    },
  };
}

function rating({ user_id: shopper, movie_id: item, position, timestamp, liked }: Values): RowSays {
  if (position === null) return {};
  const event = {
    name: "review",
    shopper: String(shopper),
    at: visitMoment(Number(position)),
    items: [{ item: String(item) }],
  };
  if (timestamp === null) return { event };
  const properties = { timestamp: Number(timestamp), liked: Number(liked) };
  return { event: { ...event, properties } };
}
