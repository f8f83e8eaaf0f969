import { isProblem } from "../errors.ts";
import type { ModelRegistry, ModelVersion } from "./registry.ts";

/** A version with its model in memory. */
export interface LoadedVersion {
  readonly version: ModelVersion;
  readonly model: unknown;
}

export interface LoadedServing {
  readonly inService: LoadedVersion | undefined;
  readonly canary: (LoadedVersion & { readonly share: number }) | undefined;
}

/**
 * What serves, loaded. A version whose file is damaged is withdrawn and the one that served before
 * takes its place, so that a broken disk block costs a version and not the shop's answers.
 */
export async function loadServing(
  models: ModelRegistry,
  shop: string,
  scenario: string,
): Promise<LoadedServing> {
  const { inService, canary } = await models.serving(shop, scenario);
  try {
    return {
      inService: inService && (await load(models, shop, inService)),
      canary: canary && { ...(await load(models, shop, canary.version)), share: canary.share },
    };
  } catch (error) {
    if (!(error instanceof DamagedVersion)) throw error;
    await models.withdraw(shop, error.version, "its file is damaged");
    if (error.version === inService?.version) await goBack(models, shop, scenario);
    return loadServing(models, shop, scenario);
  }
}

class DamagedVersion extends Error {
  readonly version: string;
  constructor(version: string, cause: unknown) {
    super(`${version} is damaged`, { cause });
    this.version = version;
  }
}

async function load(
  models: ModelRegistry,
  shop: string,
  version: ModelVersion,
): Promise<LoadedVersion> {
  try {
    return { version, model: await models.load(shop, version.version) };
  } catch (error) {
    if (isProblem(error) && error.code === "storage-damaged") {
      throw new DamagedVersion(version.version, error);
    }
    throw error;
  }
}

/** To the version before; to none where there is none. */
async function goBack(models: ModelRegistry, shop: string, scenario: string): Promise<void> {
  try {
    await models.rollback(shop, scenario);
  } catch (error) {
    if (!isProblem(error) || error.code !== "unknown-model") throw error;
  }
}
