import type { Adapter } from "../importing.ts";
import { type RowSays, rowPart, type Values } from "./table-part.ts";

/**
 * MovieLens 100K: every rating is a review with its stars at its true second; ratings of one
 * second keep the order of the file. Source: Harper & Konstan, ACM TiiS 5(4), 2015.
 */
export const movielens100k: Adapter = {
  name: "movielens-100k",
  about: "MovieLens 100K: 100,000 ratings with stars and times, 1,682 movies (research only)",
  async parts(tables, folder, batchRows) {
    const source = { tables, folder, batchRows };
    return [
      await rowPart("items", { ...source, file: "items.parquet" }, movie),
      await rowPart("events", { ...source, file: "ratings.parquet" }, rating),
    ];
  },
};

/** A movie has several genres, none above another: attributes, not a category path. */
export function genresOf(genres: readonly string[]): Record<string, true> {
  const named = genres.filter((genre) => genre !== "" && genre !== "unknown");
  return Object.fromEntries(named.map((genre) => [`genre:${genre}`, true]));
}

function movie({ item_id: id, movie_title: title, release_year: year, genres }: Values): RowSays {
  const isYear = /^\d{4}$/.test(String(year));
  return {
    item: {
      item: String(id),
      title: { en: String(title) },
      attributes: {
        ...genresOf(String(genres ?? "").split(" ")),
        ...(isYear ? { year: Number(year) } : {}),
      },
    },
  };
}

function rating({ user_id: shopper, item_id: item, rating: stars, timestamp }: Values): RowSays {
  return {
    event: {
      name: "review",
      shopper: String(shopper),
      at: Number(timestamp) * 1_000,
      items: [{ item: String(item) }],
      context: { rating: Number(stars) },
    },
  };
}
