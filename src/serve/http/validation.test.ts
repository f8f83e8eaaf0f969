import { expect, test } from "vitest";
import { z } from "zod";
import { explainIssues } from "./validation.ts";

const explain = (schema: z.ZodType, value: unknown, base = "") =>
  explainIssues(schema.safeParse(value).error?.issues ?? [], base);

test("a wrong field is named by a JSON pointer below its place", () => {
  const schema = z.object({ "a/b": z.array(z.object({ "~": z.number() })) });
  expect(explain(schema, { "a/b": [{ "~": 1 }, { "~": "x" }] }, "/query")).toEqual([
    { pointer: "/query/a~1b/1/~0", detail: "Invalid input: expected number, received string" },
  ]);
});

test("every field that is not known is named by itself", () => {
  const schema = z.strictObject({ inner: z.strictObject({}) });
  expect(explain(schema, { inner: { x: 1 }, y: 2 })).toEqual([
    { pointer: "/inner/x", detail: "is not known here" },
    { pointer: "/y", detail: "is not known here" },
  ]);
});

test("a failed union is explained by the variant that came furthest", () => {
  const schema = z.union([
    z.strictObject({ all: z.array(z.number()) }),
    z.strictObject({ field: z.string() }),
  ]);
  expect(explain(schema, { all: [1, "x"] }).map((error) => error.pointer)).toEqual(["/all/1"]);
  expect(explain(z.object({ where: schema }), { where: 3 })).toHaveLength(1);
});

test("no more than fifty are named", () => {
  const schema = z.array(z.number());
  expect(
    explain(
      schema,
      Array.from({ length: 80 }, () => "x"),
    ),
  ).toHaveLength(50);
});
