import type { FastifyInstance } from "fastify";
import { isProblem } from "../errors.ts";
import type { Platform } from "../platform.ts";
import type { Audit } from "./access/audit.ts";

/**
 * Applies the rules of retention of every shop that has some, once a day, by the same job that can
 * be asked for. The audit log is told of it as of any change.
 */
const LOOK_EVERY_MS = 3_600_000;
const DAY_MS = 86_400_000;

export async function keepRetention(
  server: FastifyInstance,
  platform: Platform,
  audit: Audit,
): Promise<void> {
  const begunAt = new Map<string, number>();
  const look = async (): Promise<void> => {
    for (const shop of platform.collect.retention.shops()) {
      if (!isDue(platform, shop, begunAt.get(shop))) continue;
      begunAt.set(shop, platform.clock());
      await begin(platform, audit, shop);
    }
  };
  const failed = (err: unknown): void =>
    server.log.error({ err }, "the rules of retention could not be applied");
  await look();
  const timer = setInterval(() => void look().catch(failed), LOOK_EVERY_MS);
  timer.unref();
  server.addHook("onClose", (_server, done) => {
    clearInterval(timer);
    done();
  });
}

function isDue({ collect, clock }: Platform, shop: string, begunAt: number | undefined): boolean {
  const { retention } = collect;
  const { shopperDays, anonymousDays } = retention.rules(shop);
  if (shopperDays === null && anonymousDays === null) return false;
  // One that was cancelled has its next turn a day later too.
  const last = Math.max(retention.appliedAt(shop) ?? 0, begunAt ?? 0);
  return clock() - last >= DAY_MS;
}

async function begin({ storage }: Platform, audit: Audit, shop: string): Promise<void> {
  try {
    const { id: target } = await storage.jobs.enqueue(shop, "retention", {});
    await audit.add({
      ...{ who: "schedule", shop, route: "applyRetention", target, detail: "" },
      ...{ outcome: "done", address: "" },
    });
  } catch (error) {
    // One that runs already is all that is wanted.
    if (!isProblem(error) || error.code !== "already-running") throw error;
  }
}
