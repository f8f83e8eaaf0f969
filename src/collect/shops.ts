import type { Clock } from "../clock.ts";
import { problem } from "../errors.ts";
import { INSTALLATION, type Records } from "../storage/records.ts";

/** The shops of an installation. Nothing of one is ever readable with the key of another. */
export interface Shop {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
}

export interface Shops {
  list(): Promise<readonly Shop[]>;
  /** @throws problem `unknown-shop` */
  get(id: string): Promise<Shop>;
  /** Creates the shop unless it is there. */
  ensure(id: string, name?: string): Promise<Shop>;
}

const KIND = "shop";
const SHOPS_MOST = 1_000;
const ID = /^[a-z0-9][a-z0-9-]{0,62}$/;

export function openShops(records: Records, clock: Clock): Shops {
  return {
    async list() {
      const page = await records.list<Shop>(INSTALLATION, KIND, { limit: SHOPS_MOST });
      return page.rows.map((row) => row.value);
    },
    async get(id) {
      const found = await records.get<Shop>(INSTALLATION, KIND, id);
      if (!found) throw problem("unknown-shop", `there is no shop "${id}"`);
      return found.value;
    },
    async ensure(id, name = id) {
      const found = await records.get<Shop>(INSTALLATION, KIND, id);
      if (found) return found.value;
      await refuseUnlessNew(records, id);
      const shop: Shop = { id, name, createdAt: clock() };
      await records.write(INSTALLATION, [{ put: shop, kind: KIND, id, expect: 0 }]);
      return shop;
    },
  };
}

async function refuseUnlessNew(records: Records, id: string): Promise<void> {
  if (!ID.test(id)) {
    const detail = "small letters, digits and hyphens, at most 63, not beginning with a hyphen";
    throw problem("invalid-request", `"${id}" cannot name a shop: ${detail}`, {
      errors: [{ pointer: "/shop", detail }],
    });
  }
  const count = await records.count(INSTALLATION, KIND);
  if (count >= SHOPS_MOST) throw problem("limit-reached", `${SHOPS_MOST} shops are the most`);
}
