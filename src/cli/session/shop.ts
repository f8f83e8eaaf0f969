import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { problem } from "../../errors.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { Connection } from "./connection.ts";

/** The shop that `npm start` makes when there is none. */
export const DEMO_SHOP = "demo";

interface ShopList {
  readonly rows: readonly { readonly id: string }[];
}

/** Which shop is meant: the one named, else the only one, else the one last imported into. */
export async function chooseShop(
  connection: Connection,
  folder: string,
  named: string | undefined,
  terminal: Terminal,
): Promise<string> {
  const said = named ?? terminal.env["SHOPKEEPER_SHOP"];
  if (said !== undefined) return said;
  const { rows: shops } = await connection.call<ShopList>("GET", "/v1/shops");
  const [first, ...more] = shops;
  if (first === undefined) {
    throw problem(
      "unknown-shop",
      "there is no shop yet: run shopkeeper start, or import your data",
    );
  }
  if (more.length === 0) {
    terminal.note(`shop ${first.id}`);
    return first.id;
  }
  const last = lastImported(folder);
  if (last !== undefined && shops.some(({ id }) => id === last)) {
    terminal.note(`shop ${last} (last imported; --shop names another)`);
    return last;
  }
  const names = shops.map(({ id }) => id).join(", ");
  throw problem("unknown-shop", `there are several shops; say --shop with one of: ${names}`);
}

const file = (folder: string): string => join(folder, "last-import.json");

/** Notes where an import went, so that the commands after it mean the same shop. */
export function rememberImported(folder: string, shop: string): void {
  writeFileSync(file(folder), `${JSON.stringify({ shop })}\n`);
}

function lastImported(folder: string): string | undefined {
  if (!existsSync(file(folder))) return undefined;
  const { shop } = JSON.parse(readFileSync(file(folder), "utf8")) as { shop?: string };
  return shop;
}
