import { createReadStream } from "node:fs";
import { SaxesParser, type SaxesTagPlain } from "saxes";
import { problem } from "../../errors.ts";
import { type MerchantRow, type MerchantValue, merchantColumn } from "./merchant-item.ts";

/**
 * Reads a Google Merchant feed in XML (RSS 2.0 `item` or Atom `entry`) as a stream: memory is one
 * product and one chunk of the file, whatever its size. Entities other than XML's own five are not
 * expanded, depth and the length of one value are bounded.
 */
export interface MerchantProduct {
  /** 1-based place of the product in the feed. */
  readonly ordinal: number;
  readonly row: MerchantRow;
}

const depthLimit = 16;
const valueCharsLimit = 65_536;
const columnsLimit = 500;

/** @throws problem `invalid-file` with the line where the XML breaks, `missing-data` */
export async function* readMerchantXml(path: string): AsyncGenerator<readonly MerchantProduct[]> {
  const ready: MerchantProduct[] = [];
  const parser = feedParser(path, ready);
  try {
    for await (const chunk of createReadStream(path, { encoding: "utf8" })) {
      parser.write(chunk as string);
      if (ready.length > 0) yield ready.splice(0);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw problem("missing-data", `there is no file ${path}`, { cause: error });
  }
  parser.close();
  if (ready.length > 0) yield ready.splice(0);
}

/** What stands between a product's first tag and the text being read. */
interface Reading {
  ordinal: number;
  depth: number;
  /** Depth of the product's own tag; 0 outside products. */
  product: number;
  row: Map<string, MerchantValue[]>;
  /** Parts of a column that has elements of its own (shipping, product_detail). */
  parts: Record<string, string> | undefined;
  text: string;
}

function feedParser(path: string, ready: MerchantProduct[]): SaxesParser {
  const parser = new SaxesParser({ fileName: path });
  const reading: Reading = {
    ordinal: 0,
    depth: 0,
    product: 0,
    row: new Map(),
    parts: undefined,
    text: "",
  };
  const broken = (what: string): Error =>
    problem("invalid-file", `${path}, line ${parser.line}: ${what}`);
  parser.on("error", (error) => {
    throw broken(error.message);
  });
  const addText = (text: string): void => {
    if (reading.product === 0) return;
    reading.text += text;
    if (reading.text.length > valueCharsLimit) throw broken("a value is too long");
  };
  parser.on("text", addText);
  parser.on("cdata", addText);
  parser.on("opentag", (tag) => {
    if (++reading.depth > depthLimit) throw broken("nested too deeply");
    open(reading, tag as SaxesTagPlain);
    if (reading.row.size > columnsLimit) throw broken("a product has too many columns");
  });
  parser.on("closetag", (tag) => {
    const row = close(reading, tag.name);
    if (row !== undefined) ready.push({ ordinal: reading.ordinal, row });
    reading.depth -= 1;
  });
  return parser;
}

function open(reading: Reading, { name, attributes }: SaxesTagPlain): void {
  if (reading.product === 0) {
    if (name !== "item" && name !== "entry") return;
    reading.product = reading.depth;
    reading.ordinal += 1;
    reading.row = new Map();
    return;
  }
  reading.text = "";
  const inside = reading.depth - reading.product;
  if (inside === 1) reading.parts = undefined;
  if (inside === 2) reading.parts ??= {};
  // Atom writes <link href="…"/>.
  const href = new Map(Object.entries(attributes)).get("href");
  if (inside === 1 && href !== undefined) reading.text = href;
}

/** The finished row when the tag closes a product. */
function close(reading: Reading, name: string): MerchantRow | undefined {
  if (reading.product === 0) return undefined;
  const inside = reading.depth - reading.product;
  if (inside === 0) {
    reading.product = 0;
    return reading.row;
  }
  const column = merchantColumn(name);
  if (inside === 1) {
    const values = reading.row.get(column) ?? [];
    values.push(reading.parts ?? reading.text.trim());
    reading.row.set(column, values);
    reading.parts = undefined;
  } else if (inside === 2 && reading.parts !== undefined) {
    reading.parts = { ...reading.parts, [column]: reading.text.trim() };
  }
  reading.text = "";
  return undefined;
}
