import type { ModelVersion } from "../model/registry.ts";
import type { Platform } from "../platform.ts";

/** A version goes into service, and the server that answers loads it; never one that cannot be read. */
export async function promoteModel(
  platform: Platform,
  shop: string,
  version: string,
): Promise<ModelVersion> {
  await platform.models.load(shop, version);
  const promoted = await platform.models.promote(shop, version);
  await reload(platform, shop);
  return promoted;
}

/** A version is tried on a share of the shoppers, 0..0.5; 0 ends it. */
export async function tryModel(
  { models, recommend }: Platform,
  shop: string,
  version: string,
  share: number,
): Promise<ModelVersion> {
  if (share > 0) await models.load(shop, version);
  const tried = await models.tryOut(shop, version, share);
  await recommend.reload(shop);
  return tried;
}

export async function demoteModel(
  platform: Platform,
  shop: string,
  scenario: string,
): Promise<ModelVersion> {
  const back = await platform.models.rollback(shop, scenario);
  await reload(platform, shop);
  return back;
}

export async function withdrawModel(
  platform: Platform,
  shop: string,
  version: string,
  why: string,
): Promise<ModelVersion> {
  const withdrawn = await platform.models.withdraw(shop, version, why);
  await reload(platform, shop);
  return withdrawn;
}

/** Every scenario reads the registry anew. */
async function reload({ recommend, predict }: Platform, shop: string): Promise<void> {
  await Promise.all([recommend.reload(shop), predict.reload(shop)]);
}
