import { readFile } from "node:fs/promises";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { problemKinds } from "../src/errors.ts";
import { testPlatform } from "../src/serve/conformance/memory-platform.ts";
import { operationsOf } from "../src/serve/conformance/sample-calls.ts";
import { problemsReference } from "../src/serve/pages/problem-pages.ts";
import { openServer } from "../src/serve/server.ts";

/** A change that is meant is written by: npx vitest run test/openapi.test.ts --update */
let server: FastifyInstance;
beforeAll(async () => {
  server = await openServer(await testPlatform());
});
afterAll(() => server.close());

interface Schema {
  readonly properties: Readonly<Record<string, { readonly enum?: readonly string[] }>>;
}

const SCOPES = ["public", "publishable", "secret", "owner", "metrics", "session"];

describe("the OpenAPI document", () => {
  test("is the one that was last agreed on", async () => {
    const document = (await server.inject("/openapi.json")).json();
    const text = `${JSON.stringify(document, null, 2)}\n`;
    await expect(text).toMatchFileSnapshot("openapi.json");
  });

  test("is of 3.1, and every reference leads somewhere", async () => {
    const { body } = await server.inject("/openapi.json");
    const { openapi, components } = JSON.parse(body);
    expect(openapi).toBe("3.1.0");
    const refs = new Set(
      [...body.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, id]) => id),
    );
    expect([...refs].sort()).toEqual([...Object.keys(components.schemas)].sort());
    expect(body).not.toContain("Default Response");
  });

  test("names every operation once, with a scope", () => {
    const operations = operationsOf(server);
    expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length);
    for (const { id, scope } of operations) {
      expect(SCOPES, id).toContain(scope);
    }
  });
});

describe("the registry of problems", () => {
  const codes = Object.keys(problemKinds);

  test("equals the codes of the OpenAPI document", async () => {
    const { components } = (await server.inject("/openapi.json")).json();
    const problem = components.schemas.Problem as Schema;
    expect(problem.properties["code"].enum).toEqual(codes);
  });

  test("holds every code that an operation says it may answer with", () => {
    const said = new Set(operationsOf(server).flatMap(({ problems }) => problems));
    for (const code of said) expect(codes).toContain(code);
    expect(said.size).toBeGreaterThan(20);
  });

  test("equals the pages that the server answers with", async () => {
    for (const code of codes) {
      const answer = await server.inject(`/problems/${code}`);
      expect(answer.json()).toMatchObject({ code, type: `/problems/${code}` });
    }
    const listed = (await server.inject("/problems")).json() as { code: string }[];
    expect(listed.map(({ code }) => code)).toEqual(codes);
  });

  test("equals the reference, line by line", async () => {
    await expect(problemsReference()).toMatchFileSnapshot("../docs/reference/problems.md");
    const page = await readFile(new URL("../docs/reference/problems.md", import.meta.url), "utf8");
    const listed = [...page.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, code]) => code);
    expect(listed).toEqual(codes);
  });
});
