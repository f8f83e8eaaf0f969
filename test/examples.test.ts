import { expect, test } from "vitest";
import { embed } from "../examples/embed.ts";

test("the example of a shop inside a program gives a list with reasons", async () => {
  const { items, notices } = await embed();
  expect(items.map(({ item }) => item).sort()).toEqual(["black", "cup", "green"]);
  expect(items.every(({ reasons }) => reasons.length > 0)).toBe(true);
  expect(notices).toContain(
    "no model has been trained yet: the list comes from the catalogue alone",
  );
});
