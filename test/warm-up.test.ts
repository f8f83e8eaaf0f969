import { afterAll, expect, test, vi } from "vitest";
import { type TestPlatform, testPlatform } from "../src/serve/conformance/memory-platform.ts";
import { openServer } from "../src/serve/server.ts";

const real: TestPlatform[] = [];
afterAll(async () => {
  for (const platform of real) await platform.close();
});

test("a server that listens has read its shops before anybody asks", async () => {
  const platform = await testPlatform();
  real.push(platform);
  await platform.shops.ensure("alpha");
  await platform.shops.ensure("beta");
  const warmed: string[] = [];
  const recommend = {
    ...platform.recommend,
    warm: async (shop: string): Promise<void> => {
      await platform.recommend.warm(shop);
      warmed.push(shop);
    },
  };
  const server = await openServer({ ...platform, recommend });
  expect(warmed).toEqual([]);
  await server.listen({ host: "127.0.0.1", port: 0 });
  await vi.waitFor(() => expect(warmed).toEqual(["alpha", "beta"]));
  await server.close();
});

test("what cannot be read is left to the first question, and the server stands", async () => {
  const platform = await testPlatform();
  real.push(platform);
  await platform.shops.ensure("alpha");
  const asked = vi.fn<(shop: string) => Promise<void>>().mockRejectedValue(new Error("unreadable"));
  const server = await openServer({
    ...platform,
    recommend: { ...platform.recommend, warm: asked },
  });
  await server.listen({ host: "127.0.0.1", port: 0 });
  await vi.waitFor(() => expect(asked).toHaveBeenCalledWith("alpha"));
  const answer = await server.inject({ url: "/health/live" });
  expect(answer.statusCode).toBe(200);
  await server.close();
});
