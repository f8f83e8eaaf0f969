import type { ModelVersion } from "../model/registry.ts";
import type { Platform } from "../platform.ts";

/** A version goes into service, and the server that answers loads it. */
export async function promoteModel(
  { models, recommend }: Platform,
  shop: string,
  version: string,
): Promise<ModelVersion> {
  const promoted = await models.promote(shop, version);
  await recommend.reload(shop);
  return promoted;
}

/** A version is tried on a share of the shoppers, 0..0.5; 0 ends it. */
export async function tryModel(
  { models, recommend }: Platform,
  shop: string,
  version: string,
  share: number,
): Promise<ModelVersion> {
  const tried = await models.tryOut(shop, version, share);
  await recommend.reload(shop);
  return tried;
}

export async function demoteModel(
  { models, recommend }: Platform,
  shop: string,
  scenario: string,
): Promise<ModelVersion> {
  const back = await models.rollback(shop, scenario);
  await recommend.reload(shop);
  return back;
}

export async function withdrawModel(
  { models, recommend }: Platform,
  shop: string,
  version: string,
  why: string,
): Promise<ModelVersion> {
  const withdrawn = await models.withdraw(shop, version, why);
  await recommend.reload(shop);
  return withdrawn;
}
