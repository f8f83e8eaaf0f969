import { randomBytes } from "node:crypto";
import type { Clock } from "../../clock.ts";
import { problem } from "../../errors.ts";
import { INSTALLATION, type Records } from "../../storage/records.ts";
import { maskedSecret, newSecret } from "./sign.ts";
import { type KeptWebhook, type NewWebhook, visible, type WebhookKind } from "./webhook.ts";

/** The addresses of every shop, in memory and in records. */
export interface Book {
  of(shop: string): readonly KeptWebhook[];
  find(id: string): KeptWebhook | undefined;
  shops(): ReadonlySet<string>;
  /** @throws problem `unknown-webhook` */
  get(shop: string, id: string): KeptWebhook;
  /** @throws problem `limit-reached` */
  create(shop: string, wanted: Wanted): Promise<NewWebhook>;
  change(webhook: KeptWebhook, to: Partial<KeptWebhook>): Promise<KeptWebhook>;
  renewSecret(webhook: KeptWebhook): Promise<NewWebhook>;
  remove(webhook: KeptWebhook): Promise<void>;
}

export interface Wanted {
  readonly url: string;
  readonly kinds: readonly WebhookKind[];
}

const KIND = "webhook";
const PAGE = 1_000;
/** How long an earlier secret signs beside the new one. */
const EARLIER_MS = 86_400_000;
const ID_BYTES = 8;

export async function openBook(records: Records, clock: Clock, mostOfShop: number): Promise<Book> {
  const known = new Map<string, KeptWebhook>();
  let after: string | undefined;
  do {
    const page = await records.list<KeptWebhook>(INSTALLATION, KIND, { after, limit: PAGE });
    for (const { id, value } of page.rows) known.set(id, value);
    after = page.next;
  } while (after !== undefined);

  const keep = async (kept: KeptWebhook): Promise<KeptWebhook> => {
    await records.write(INSTALLATION, [{ put: kept, kind: KIND, id: kept.id }]);
    known.set(kept.id, kept);
    return kept;
  };
  const of = (shop: string): KeptWebhook[] =>
    [...known.values()]
      .filter((one) => one.shop === shop)
      .sort((a, b) => a.createdAt - b.createdAt);

  return {
    of,
    find: (id) => known.get(id),
    shops: () => new Set([...known.values()].map(({ shop }) => shop)),
    get(shop, id) {
      const found = known.get(id);
      if (found?.shop === shop) return found;
      throw problem("unknown-webhook", `there is no webhook "${id}"`);
    },
    async create(shop, { url, kinds }) {
      if (of(shop).length >= mostOfShop) {
        throw problem("limit-reached", `webhooks.mostPerShop allows ${mostOfShop} webhooks`);
      }
      const secret = newSecret();
      const id = `wh_${randomBytes(ID_BYTES).toString("hex")}`;
      const made = { id, shop, url, kinds, enabled: true, createdAt: clock() };
      const kept = await keep({ ...made, ...bearing(secret), earlier: null });
      return { webhook: visible(kept), secret };
    },
    change: (webhook, to) => keep({ ...webhook, ...to }),
    async renewSecret(webhook) {
      const secret = newSecret();
      const earlier = { secret: webhook.secret, until: clock() + EARLIER_MS };
      const kept = await keep({ ...webhook, ...bearing(secret), earlier });
      return { webhook: visible(kept), secret };
    },
    async remove({ id }) {
      await records.write(INSTALLATION, [{ remove: true, kind: KIND, id }]);
      known.delete(id);
    },
  };
}

const bearing = (secret: string): Pick<KeptWebhook, "secret" | "masked"> => ({
  secret,
  masked: maskedSecret(secret),
});
