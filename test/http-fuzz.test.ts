import { expect, test } from "vitest";
import { fuzz } from "../src/serve/conformance/fuzz.ts";
import { testPlatform } from "../src/serve/conformance/memory-platform.ts";
import { operationsOf } from "../src/serve/conformance/sample-calls.ts";
import { fuzzHeaders, sampleAccess } from "../src/serve/conformance/signed-in.ts";
import { openServer } from "../src/serve/server.ts";

/** Ten thousand of them, on the engines on disk: `npm run bench -- fuzz`. */
const SEED = 20_260_131;
const REQUESTS = 2_000;

test(`${REQUESTS} generated requests are answered as the document says, and no event is lost`, async () => {
  const platform = await testPlatform({
    server: { rateSecretPerMinute: 10_000_000, liveWatchersMost: 10_000 },
  });
  await platform.shops.ensure("demo");
  const access = await sampleAccess(platform);
  const localToken = "lk_fuzz";
  const server = await openServer(platform, { access, localToken });
  const headersFor = await fuzzHeaders(access, localToken, "demo");
  const report = await fuzz(server, { requests: REQUESTS, seed: SEED, without: [], headersFor });
  expect(report.faults).toEqual([]);
  expect(report.good).toBeGreaterThan(REQUESTS / 4);
  expect(report.refused).toBeGreaterThan(REQUESTS / 4);
  const ids = operationsOf(server).map(({ id }) => id);
  expect(report.asked).toEqual(ids.sort());
  const kept = await platform.storage.log.find("demo", report.acknowledged);
  expect(kept).toHaveLength(report.acknowledged.length);
  expect(kept).toHaveLength(REQUESTS / 20);
  await server.close();
});
