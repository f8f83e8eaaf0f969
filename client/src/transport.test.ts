import { describe, expect, test } from "vitest";
import { openClient, type Shopkeeper } from "./client.ts";
import { allRows } from "./pages.ts";
import { isProblem, type ShopkeeperProblem } from "./problem.ts";

/** What the server says to each try in turn, and what the client did. */
interface Scene {
  readonly client: Shopkeeper;
  readonly sent: { url: string; init: RequestInit }[];
  readonly waitedMs: number[];
}

type Answer = () => Response | Promise<Response>;

function scene(answers: readonly Answer[], options: object = {}): Scene {
  const sent: Scene["sent"] = [];
  const waitedMs: number[] = [];
  const client = openClient({
    url: "http://shop.test/",
    key: "sk_a",
    ...options,
    surroundings: {
      now: () => 1_750_000_000_000,
      chance: () => 0.5,
      wait: async (ms) => void waitedMs.push(ms),
      fetch: async (url, init = {}) => {
        sent.push({ url: String(url), init });
        const answer = answers[Math.min(sent.length, answers.length) - 1] as Answer;
        init.signal?.throwIfAborted();
        return await answer();
      },
    },
  });
  return { client, sent, waitedMs };
}

const json =
  (value: unknown): Answer =>
  () =>
    Response.json(value);

const refusal =
  (status: number, code: string, headers: Record<string, string> = {}): Answer =>
  () =>
    new Response(JSON.stringify({ code, detail: `because ${code}`, remedy: "mend it" }), {
      status,
      headers: { "content-type": "application/problem+json; charset=utf-8", ...headers },
    });

const broken: Answer = () => Promise.reject(new TypeError("fetch failed"));

const caught = async (call: Promise<unknown>): Promise<ShopkeeperProblem> => {
  const error: unknown = await call.then(
    () => undefined,
    (failed: unknown) => failed,
  );
  expect(isProblem(error), String(error)).toBe(true);
  return error as ShopkeeperProblem;
};

describe("a call", () => {
  test("brings key and shop, and its parts where they belong", async () => {
    const { client, sent } = scene([json({})], { shop: "tea" });
    await client.items.patchItem("茶/1", { stock: 3 }, { shop: "other" });
    await client.items.listItems({ limit: 2, cursor: undefined });
    expect(sent.map(({ url }) => url)).toEqual([
      "http://shop.test/v1/items/%E8%8C%B6%2F1",
      "http://shop.test/v1/items?limit=2",
    ]);
    const [patch, list] = sent.map(({ init }) => init);
    expect(patch).toMatchObject({ method: "PATCH", body: '{"stock":3}' });
    const headers = new Headers(patch?.headers);
    expect(headers.get("authorization")).toBe("Bearer sk_a");
    expect(headers.get("x-shop")).toBe("other");
    expect(new Headers(list?.headers).get("x-shop")).toBe("tea");
  });

  test("asks a job's end to be waited for", async () => {
    const { client, sent } = scene([json({ id: "job-1" })]);
    await client.models.train({}, { waitSeconds: 7 });
    expect(new Headers(sent[0]?.init.headers).get("prefer")).toBe("wait=7");
  });
});

describe("a call that fails in passing", () => {
  test("is made again with the same event ids, after what the server asks for", async () => {
    const away = refusal(429, "too-many-requests", { "retry-after": "3" });
    const { client, sent, waitedMs } = scene([away, broken, json({ accepted: 1 })]);
    expect(await client.events.sendEvents({ name: "page_view" })).toEqual({ accepted: 1 });
    expect(waitedMs).toEqual([3_100, 200]);
    const bodies = sent.map(({ init }) => String(init.body));
    expect(bodies[0]).toMatch(/"eventId":"[0-9a-f-]{36}"/);
    expect(new Set(bodies).size).toBe(1);
  });

  test("is given up after the last try, with what it failed with", async () => {
    const { client, sent } = scene([refusal(503, "overloaded")], { repeatsMost: 2 });
    const failed = await caught(client.shops.getStatus());
    expect(failed).toMatchObject({ code: "overloaded", status: 503, remedy: "mend it" });
    expect(failed.message).toBe("because overloaded");
    expect(sent).toHaveLength(3);
  });

  test("reads a Retry-After that is a date", async () => {
    const headers = { "retry-after": "Sun, 15 Jun 2025 15:06:45 GMT" };
    const { client, waitedMs } = scene([refusal(503, "not-ready", headers), json({})]);
    await client.shops.getStatus();
    expect(waitedMs).toEqual([5_100]);
  });

  test("is not made again when it may have been done", async () => {
    const { client, sent } = scene([broken]);
    const failed = await caught(client.keys.createKey({ role: "secret", shop: "tea", name: "x" }));
    expect(failed).toMatchObject({ code: "unreachable", status: 0 });
    expect(failed.cause).toBeInstanceOf(TypeError);
    expect(sent).toHaveLength(1);
  });
});

describe("an answer", () => {
  test("that is not the API's is told as such", async () => {
    const page: Answer = () => new Response("<h1>Bad gateway</h1>", { status: 400 });
    const failed = await caught(scene([page]).client.shops.getStatus());
    expect(failed).toMatchObject({ code: "unreadable-answer", status: 400 });
    expect(failed.message).toContain("Bad gateway");
    const notJson = await caught(scene([() => new Response("{")]).client.shops.getStatus());
    expect(notJson.code).toBe("unreadable-answer");
  });

  test("that does not come in time ends the try", async () => {
    const never = (): Promise<Response> => new Promise(() => {});
    const client = openClient({
      url: "http://shop.test",
      timeoutMs: 5,
      repeatsMost: 0,
      surroundings: {
        fetch: (_url, init) =>
          Promise.race([
            never(),
            new Promise<Response>((_, reject) => {
              init?.signal?.addEventListener("abort", () => reject(init.signal?.reason));
            }),
          ]),
      },
    });
    const failed = await caught(client.shops.getStatus());
    expect(failed.code).toBe("no-answer-in-time");
  });

  test("that nobody wants any more rejects with the caller's own reason", async () => {
    const stop = new AbortController();
    stop.abort(new Error("changed my mind"));
    const { client } = scene([json({})]);
    await expect(client.shops.getStatus({ signal: stop.signal })).rejects.toThrow(
      "changed my mind",
    );
  });

  test("in lines is read row by row, wherever the bytes are cut", async () => {
    const bytes = new TextEncoder().encode('{"a":"茶"}\n\n{"a":2}\n{"a":3}');
    const cut: Answer = () =>
      new Response(
        new ReadableStream<Uint8Array>({
          start(controller) {
            for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
            controller.close();
          },
        }),
      );
    const rows = [];
    for await (const row of await scene([cut]).client.importAndExport.exportItems()) rows.push(row);
    expect(rows).toEqual([{ a: "茶" }, { a: 2 }, { a: 3 }]);
  });
});

test("rows of a list are read page after page", async () => {
  const pages = [json({ rows: [1, 2], next: "c" }), json({ rows: [3], next: null })];
  const { client, sent } = scene(pages);
  const rows = [];
  for await (const row of allRows((cursor) => client.items.listItems({ cursor }))) rows.push(row);
  expect(rows).toEqual([1, 2, 3]);
  expect(sent.map(({ url }) => url)).toEqual([
    "http://shop.test/v1/items",
    "http://shop.test/v1/items?cursor=c",
  ]);
});
