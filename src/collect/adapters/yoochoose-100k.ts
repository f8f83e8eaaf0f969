import type { Adapter } from "../importing.ts";
import { mentionedItems, type RowSays, rowPart, type Values } from "./table-part.ts";

/**
 * YooChoose clicks, the 100k sample of session-rec: views of an anonymous visitor at their true
 * milliseconds; the session's id is both visitor and session. `properties.split` keeps the
 * published split by time. Source: RecSys Challenge 2015; Ludewig & Jannach, 2018.
 */
export const yoochoose100k: Adapter = {
  name: "yoochoose-100k",
  about: "YooChoose: 83,846 clicks with times, split by time (non-commercial)",
  async parts(tables, folder, batchRows) {
    const select = "SessionId, ItemId, epoch_ms(Time) AS at, split";
    const source = { tables, folder, batchRows, file: "clicks.parquet", select };
    return [
      await mentionedItems(
        source,
        ({ ItemId: id }) => String(id),
        (id) => ({ item: id, title: { en: `Item ${id}` } }),
      ),
      await rowPart("events", source, click),
    ];
  },
};

function click({ SessionId: session, ItemId: item, at, split }: Values): RowSays {
  const id = String(session);
  return {
    event: {
      name: "item_view",
      anonymous: id,
      session: id,
      at: Number(at),
      items: [{ item: String(item) }],
      properties: { split },
    },
  };
}
