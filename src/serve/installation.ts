import type { Shops } from "../collect/shops.ts";
import type { Config } from "../config.ts";
import { problem } from "../errors.ts";
import type { Platform } from "../platform.ts";
import type { ProviderChoice } from "../tensor/runtime/choose-provider.ts";
import type { Keys, NewKey, Role } from "./keys.ts";

const SECRET = /key|token|secret|password/i;

/** The settings in force, for eyes: whatever could open something is masked. */
export function maskedConfig(config: Config): unknown {
  return mask(config);
}

function mask(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).map(([name, inner]) => {
    return [name, SECRET.test(name) && typeof inner === "string" ? "…" : mask(inner)];
  });
  return Object.fromEntries(entries);
}

/** Who computes networks on this machine, and why not who was asked. */
export interface Computing extends ProviderChoice {
  readonly threads: number;
}

export const computing = ({ provider, config }: Platform): Computing => ({
  ...provider,
  threads: config.compute.threads,
});

/** A new key of a shop that exists, or of the installation. */
export async function createKey(
  keys: Keys,
  shops: Shops,
  wanted: { readonly role: Role; readonly shop?: string | undefined; readonly name: string },
): Promise<NewKey> {
  if ((wanted.role === "owner") !== (wanted.shop === undefined)) {
    const detail = wanted.role === "owner" ? "an owner's key is of no shop" : "is required";
    throw problem("invalid-request", `/shop: ${detail}`, {
      errors: [{ pointer: "/shop", detail }],
    });
  }
  const shop = wanted.shop === undefined ? null : (await shops.get(wanted.shop)).id;
  return await keys.create({ role: wanted.role, shop, name: wanted.name });
}
