import { expect, test } from "vitest";
import { html, page } from "./html.ts";

test("what comes from outside is text and never markup", () => {
  const name = `<script>"&'</script>`;
  expect(html`<a title="${name}">${name}</a>`.markup).toBe(
    '<a title="&lt;script&gt;&quot;&amp;&#39;&lt;/script&gt;">' +
      "&lt;script&gt;&quot;&amp;&#39;&lt;/script&gt;</a>",
  );
});

test("parts that were made by it are taken as they are, one or many", () => {
  const items = ["a", "<b>"].map((text) => html`<li>${text}</li>`);
  expect(html`<ul>${items}</ul>${3}`.markup).toBe("<ul><li>a</li><li>&lt;b&gt;</li></ul>3");
});

test("a page has no script and no style of its own", () => {
  const text = page({ title: "<x>", language: "zh", body: html`<p>好</p>` });
  expect(text).toMatch(/^<!doctype html>\n<html lang="zh-Hans">/);
  expect(text).toContain("<title>&lt;x&gt; · Shopkeeper</title>");
  expect(text).not.toMatch(/<script|<style|style=/);
});
