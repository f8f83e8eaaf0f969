import { createServer, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { steadyLoad } from "./steady-load.ts";

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function urlOf(listener: RequestListener): Promise<string> {
  const opened = createServer(listener);
  server = opened;
  await new Promise<void>((resolve) => opened.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(opened.address() as AddressInfo).port}`;
}

const often = { headers: {}, connections: 20, rate: 200, seconds: 0.3 };

test("asks whether or not it was answered: a server that answers nobody before fifteen ask", async () => {
  let waiting: ServerResponse[] = [];
  const url = await urlOf((_request, response) => {
    waiting.push(response);
    if (waiting.length < 15) return;
    for (const one of waiting) one.end();
    waiting = [];
  });
  const requests = [{ method: "GET", path: "/" }];
  const { latency, ...counts } = await steadyLoad({ ...often, url, requests });
  expect(counts).toMatchObject({ "2xx": 60, non2xx: 0, errors: 0 });
  // The first of fifteen was due fourteen distances of 5 ms before the last.
  expect(latency.max).toBeGreaterThan(65);
});

test("counts what was refused and what broke apart, and keeps both out of the latency", async () => {
  const url = await urlOf((request, response) => {
    if (request.url === "/broken") request.destroy();
    else if (request.url === "/late") setTimeout(() => response.writeHead(503).end(), 100);
    else response.end();
  });
  const requests = ["/", "/late", "/broken"].map((path) => ({ method: "GET", path }));
  const { latency, ...counts } = await steadyLoad({ ...often, url, requests });
  expect(counts).toMatchObject({ "2xx": 20, non2xx: 20, errors: 20 });
  expect(latency.max).toBeGreaterThan(0);
});

test("sends bodies and headers as given, in turns", async () => {
  const seen: string[] = [];
  const url = await urlOf((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += String(chunk);
    });
    request.on("end", () => {
      seen.push(`${request.method} ${request.url} ${request.headers["x-shop"]} ${body}`);
      response.end();
    });
  });
  const requests = [
    { method: "POST", path: "/events", body: "one" },
    { method: "GET", path: "/list" },
  ];
  await steadyLoad({ ...often, url, requests, headers: { "x-shop": "tea" }, seconds: 0.02 });
  expect(seen).toHaveLength(4);
  expect(new Set(seen)).toEqual(new Set(["POST /events tea one", "GET /list tea "]));
});
