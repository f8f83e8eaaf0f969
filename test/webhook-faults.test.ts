import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Running, start } from "./command-line.ts";

/** A server that dies between a change and its telling. */
const folder = mkdtempSync(join(tmpdir(), "shopkeeper-webhooks-"));
const told: { id: string; body: { type: string; data: { version: number } } }[] = [];
let isOpen = false;
let receiver: Server;
let server: Running;
let url = "";
let token = "";

beforeAll(async () => {
  receiver = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      if (isOpen) {
        const body = JSON.parse(Buffer.concat(parts).toString());
        told.push({ id: String(request.headers["webhook-id"]), body });
      }
      response.writeHead(isOpen ? 204 : 500).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  server.child.kill("SIGKILL");
  receiver.close();
  rmSync(folder, { recursive: true });
});

async function serve(): Promise<void> {
  const sets = ["webhooks.allowPrivate=true", "webhooks.retryFirstMs=50", "server.logLevel=error"];
  const all = sets.flatMap((one) => ["--set", one]);
  server = start(["serve", "--port", "0", "--json", "--data", folder, ...all]);
  await server.said(/^\{"url".*\}$/m);
  const door = JSON.parse(readFileSync(join(folder, "server.json"), "utf8"));
  ({ url, token } = door as { url: string; token: string });
}

const ask = async (method: string, path: string, body: object): Promise<number> => {
  const isOfShop = path !== "/v1/shops";
  const headers = {
    ...{ "x-api-key": token, "content-type": "application/json" },
    ...(isOfShop && { "x-shop": "tea" }),
  };
  const { status } = await fetch(url + path, { method, headers, body: JSON.stringify(body) });
  return status;
};

test("a change that was acknowledged is told after kill -9, once under each id", {
  timeout: 120_000,
}, async () => {
  await serve();
  expect(await ask("POST", "/v1/shops", { id: "tea" })).toBe(200);
  const { port } = receiver.address() as AddressInfo;
  const webhook = { url: `http://127.0.0.1:${port}/`, kinds: ["rules.changed"] };
  expect(await ask("POST", "/v1/webhooks", webhook)).toBe(201);
  const rules = ["one", "two", "three"];
  for (const id of rules) {
    const rule = { id, kind: "pin", item: id, position: 0 };
    expect(await ask("PUT", "/v1/rules", rule)).toBe(200);
  }
  server.child.kill("SIGKILL");
  await server.ended();
  isOpen = true;
  await serve();
  const versions = (): number[] => told.map(({ body }) => body.data.version).sort((a, b) => a - b);
  await vi.waitFor(() => expect(new Set(versions())).toEqual(new Set([1, 2, 3])), {
    timeout: 30_000,
  });
  expect(new Set(told.map(({ id }) => id)).size).toBe(rules.length);
});
