import { execFileSync } from "node:child_process";
import { beforeAll, describe, expect, test } from "vitest";
import { type TestPlatform, testPlatform } from "../conformance/memory-platform.ts";
import { openServer } from "../server.ts";
import { welcomePage } from "./welcome.ts";

const SHOPPER = `o'neil"; echo <b>`;
let platform: TestPlatform;

beforeAll(async () => {
  platform = await testPlatform();
  await platform.shops.ensure("demo");
  await platform.collect.items("demo", [
    { item: "i1", title: { en: "Pot", zh: "茶壶" }, images: ["/pictures/i1.svg"] },
    { item: "i2", title: "Cup", images: ["javascript:alert(1)"] },
  ]);
  await platform.collect.events("demo", [
    { name: "item_view", shopper: SHOPPER, items: [{ item: "i1" }, { item: "i2" }] },
    { name: "item_view", shopper: "s2", items: [{ item: "i1" }] },
    { name: "item_view", anonymous: "a3", items: [{ item: "i1" }] },
  ]);
});

const get = async (url: string, more: object = {}) => {
  const server = await openServer(platform);
  try {
    return await server.inject({ url, ...more });
  } finally {
    await server.close();
  }
};

describe("the welcome page", () => {
  test("shows how the shop stands and what known shoppers would be shown", async () => {
    const { body, headers } = await get("/");
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    for (const text of ["<dd>3</dd>", "<dd>2</dd>", "recommend-demo", "Popular here", "$12.00"]) {
      expect(body).toContain(text);
    }
    expect(body).toContain("<h3>s2</h3>");
    // On a phone it is scrolled, so it must be reached by keys.
    expect(body).toContain('<ul tabindex="0" aria-label="');
    expect(body).not.toContain("a3");
    expect(platform.asked.at(-1)?.request).toMatchObject({ record: false, surface: "home" });
  });

  test("lets no name or picture of a shop become markup", async () => {
    const { body } = await get("/");
    expect(body).toContain("o&#39;neil&quot;; echo &lt;b&gt;");
    expect(body).toContain("A &lt;b&gt;thing&lt;/b&gt;");
    expect(body).not.toMatch(/javascript:|<script|<style|style=|echo <b>/);
  });

  test("speaks Chinese when the reader does, or asks for it", async () => {
    const headers = { "accept-language": "zh-CN,zh;q=0.9" };
    const zh = await get("/", { headers });
    expect(zh.body).toContain('<html lang="zh-Hans">');
    expect(zh.body).toContain("一本事件日志");
    expect(zh.body).toContain('alt="茶壶"');
    expect((await get("/?lang=en", { headers })).body).toContain('<html lang="en">');
  });

  test("gives commands that a shell takes as they are meant", async () => {
    const { body } = await get("/");
    const [code] = [...body.matchAll(/<code>(curl.*?)<\/code>/g)].slice(1);
    const line = (code?.[1] ?? "")
      .replaceAll("&#39;", "'")
      .replaceAll("&quot;", '"')
      .replaceAll("&lt;", "<")
      .replaceAll("&gt;", ">")
      .replaceAll("&amp;", "&");
    const script = `curl() { printf '%s\\n' "$@"; }; KEY=pk_1; ${line}`;
    const words = execFileSync("sh", ["-c", script], { encoding: "utf8" }).trim().split("\n");
    expect(words).toContain("Authorization: Bearer pk_1");
    expect(JSON.parse(words.at(-1) ?? "")).toMatchObject({ name: "item_view", shopper: SHOPPER });
  });

  test("shows a shop that is no demo to the machine itself alone", async () => {
    const own = await testPlatform();
    await own.shops.ensure("private-shop", "Private");
    const server = await openServer(own);
    const from = (remoteAddress: string) => server.inject({ url: "/", remoteAddress });
    expect((await from("203.0.113.9")).body).toContain("No shop is open yet");
    expect((await from("127.0.0.1")).body).toContain('aria-label="Private"');
    for (const headers of [{ host: "shop.example" }, { "x-forwarded-for": "203.0.113.9" }]) {
      const proxied = await server.inject({ url: "/", headers, remoteAddress: "127.0.0.1" });
      expect(proxied.body).toContain("No shop is open yet");
    }
    await server.close();
  });

  test("stands before there is any shop", () => {
    const text = welcomePage("en", "http://localhost:4600", undefined);
    expect(text).toContain("No shop is open yet");
    expect(text).toContain("curl -s &#39;http://localhost:4600/v1/recommendations/home");
  });
});

describe("pictures of the demo", () => {
  test("are drawn, the same bytes each time, and only of what is there", async () => {
    const first = await get("/pictures/p000001-1.svg");
    expect(first.headers["content-type"]).toBe("image/svg+xml");
    expect(first.body).toMatch(/^<svg /);
    expect((await get("/pictures/p000001-1.svg")).body).toBe(first.body);
    for (const none of ["p999999-1", "p000001-99", "x", "%2e%2e"]) {
      expect((await get(`/pictures/${none}.svg`)).statusCode, none).toBe(404);
    }
  });
});
