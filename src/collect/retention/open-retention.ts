import { problem } from "../../errors.ts";
import { INSTALLATION } from "../../storage/records.ts";
import type { Consent } from "../event.ts";
import type {
  Retention,
  RetentionCertificate,
  RetentionChange,
  RetentionRules,
} from "./retention.ts";
import { CERTIFICATE, previewOf, type SweepOptions, sweep } from "./sweep.ts";

/** The rules of every shop, in memory and in records. */
export interface RetentionOptions extends SweepOptions {
  readonly config: { readonly consent: Consent };
}

interface Kept {
  /** What was set; the rest is by the server's settings. */
  readonly rules: Partial<RetentionRules>;
  readonly appliedAt: number | null;
}

const RULES = "retention";
const SHOPS_MOST = 100_000;
const CERTIFICATES_LOOKED_AT = 100_000;

export async function openRetention(options: RetentionOptions): Promise<Retention> {
  const { records, config, clock } = options;
  const page = await records.list<Kept>(INSTALLATION, RULES, { limit: SHOPS_MOST });
  const known = new Map(page.rows.map(({ id, value }) => [id, value]));
  const of = (shop: string): Kept => known.get(shop) ?? { rules: {}, appliedAt: null };
  const byDefault = { shopperDays: null, anonymousDays: null, consent: config.consent };
  const rulesWith = (shop: string, to: RetentionChange): RetentionRules => ({
    ...byDefault,
    ...of(shop).rules,
    ...given(to),
  });
  const keep = async (shop: string, kept: Kept): Promise<void> => {
    await records.write(INSTALLATION, [{ put: kept, kind: RULES, id: shop }]);
    known.set(shop, kept);
  };

  return {
    rules: (shop) => rulesWith(shop, {}),
    appliedAt: (shop) => of(shop).appliedAt,
    shops: () => [...known.keys()],
    async change(shop, to) {
      const { rules, appliedAt } = of(shop);
      await keep(shop, { rules: { ...rules, ...given(to) }, appliedAt });
      return rulesWith(shop, {});
    },
    preview: (shop, to) => previewOf(options, shop, rulesWith(shop, to)),
    async apply(shop, control) {
      const certificate = await sweep(options, shop, rulesWith(shop, {}), control);
      if (control.signal.aborted) throw problem("cancelled", "the rest stays until the next run");
      await keep(shop, { ...of(shop), appliedAt: clock() });
      return certificate;
    },
    async certificates(shop, limit) {
      const found = await records.list<RetentionCertificate>(shop, CERTIFICATE, {
        limit: CERTIFICATES_LOOKED_AT,
      });
      return found.rows
        .map(({ value }) => value)
        .reverse()
        .slice(0, limit);
    },
  };
}

/** What is there at all. */
const given = (to: RetentionChange): Partial<RetentionRules> =>
  Object.fromEntries(Object.entries(to).filter(([, value]) => value !== undefined));
