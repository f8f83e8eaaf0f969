import type { FastifyInstance } from "fastify";
import { type ProblemCode, problem, problemKind } from "../../errors.ts";
import { problemCodes } from "../http/problem.ts";
import { html, page } from "./html.ts";

/** Every problem explained at its own address, by the server that answers with it. */
export function addProblemPages(server: FastifyInstance): void {
  server.get<{ Params: { code: string } }>(
    "/problems/:code",
    { schema: { hide: true }, config: { scope: "public" } },
    async (request, reply) => {
      const code = problemCodes.find((known) => known === request.params.code);
      if (!code) throw problem("not-found", `no problem is called "${request.params.code}"`);
      if (!String(request.headers.accept ?? "").includes("text/html")) return explain(code);
      return reply.type("text/html; charset=utf-8").send(pageOf(code));
    },
  );
  server.get("/problems", { schema: { hide: true }, config: { scope: "public" } }, async () =>
    problemCodes.map(explain),
  );
}

function explain(code: ProblemCode): object {
  return { type: `/problems/${code}`, code, ...problemKind(code) };
}

function pageOf(code: ProblemCode): string {
  const { title, status, remedy } = problemKind(code);
  return page({
    title,
    language: "en",
    body: html`<main class="narrow"><p class="eyebrow">Problem ${status}</p><h1>${title}</h1>
<p><code>${code}</code></p><h2>What to do</h2><p>${remedy}</p>
<p><a href="/docs">API reference</a></p></main>`,
  });
}

/** docs/reference/problems.md; a test keeps the file equal to this. */
export function problemsReference(): string {
  const rows = problemCodes.map((code) => {
    const { status, title, remedy } = problemKind(code);
    return `| \`${code}\` | ${status} | ${title} | ${remedy} |`;
  });
  return `${REFERENCE_HEAD}${rows.join("\n")}\n`;
}

const REFERENCE_HEAD = `# Problems

Everything expected that can go wrong, made from \`src/errors.ts\`. Over HTTP a problem is an RFC 9457
document (\`application/problem+json\`) whose \`type\` is \`/problems/<code>\`, answered by the server
itself; \`errors\` names each wrong field by a JSON pointer. The command line prints the same words and
ends with 1. What is not listed here is a bug of ours: 500 \`internal-error\`, exit code 70.

| code | status | what it means | what to do |
| --- | --- | --- | --- |
`;
