import type { FastifyReply, FastifyRequest } from "fastify";
import { type Problem, problemKind } from "../../errors.ts";
import { answerError, asProblem } from "../http/problem.ts";
import { type Html, html } from "../pages/html.ts";
import { shopWords } from "./languages.ts";
import { visitorOf } from "./visitor.ts";

/** A page for whoever reads pages, a problem document for every other caller. */
export function answerWithPage(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const found = asProblem(error);
  if (found === undefined || !(request.headers.accept ?? "").includes("text/html")) {
    answerError(error, request, reply);
    return;
  }
  reply
    .code(problemKind(found.code).status)
    .type("text/html; charset=utf-8")
    .header("cache-control", "no-store")
    .send(troublePage(found, request));
}

function troublePage(found: Problem, request: FastifyRequest): string {
  const { locale } = visitorOf(request);
  const words = shopWords[locale];
  const isClosed = found.code === "unknown-shop";
  const title = isClosed ? words.noShop : words.wrong;
  const main = isClosed ? html`<p>${words.noShopNote}</p>` : whatIsWrong(found);
  return html`<!doctype html>
<html lang="${locale === "zh" ? "zh-Hans" : "en"}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · ${words.shop}</title>
<link rel="stylesheet" href="/shop/storefront.css">
<link rel="icon" href="/icon.svg" type="image/svg+xml">
</head>
<body><main class="empty"><h1>${title}</h1>${main}
<p><a class="main" href="${isClosed ? "/" : "/shop"}">${words.home}</a></p></main></body>
</html>
`.markup;
}

function whatIsWrong(found: Problem): Html {
  const fields = found.errors.map(
    ({ pointer, detail }) => html`<li><code>${pointer}</code>: ${detail}</li>`,
  );
  return html`<p lang="en">${found.message}</p>
${fields.length > 0 ? html`<ul lang="en">${fields}</ul>` : ""}
<p lang="en">${problemKind(found.code).remedy}</p>`;
}
