import { fastifySwagger } from "@fastify/swagger";
import { fastifySwaggerUi } from "@fastify/swagger-ui";
import type { FastifyInstance } from "fastify";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";
import { COOKIE } from "./auth.ts";
import { docsTheme } from "./docs-theme.ts";
import { BODY_LIKE, HEADERS_LIKE } from "./route.ts";

/** The OpenAPI 3.1 document, made of the route tables, and the pages to try it at /docs. */
export async function addOpenApi(server: FastifyInstance): Promise<void> {
  await server.register(fastifySwagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Shopkeeper",
        version: "1",
        description: ABOUT,
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      },
      components: {
        securitySchemes: {
          bearer: { type: "http", scheme: "bearer", description: "An API key" },
          apiKey: { type: "apiKey", in: "header", name: "X-API-Key" },
          [COOKIE]: {
            type: "apiKey",
            in: "cookie",
            name: COOKIE,
            description: "A user who signed in; what is no GET needs X-Shopkeeper: admin too",
          },
          address: {
            type: "apiKey",
            in: "query",
            name: "key",
            description: "A publishable key, from a page that cannot set headers",
          },
        },
      },
    },
    transform: (document) => jsonSchemaTransform(withDocumentedParts(document)),
    transformObject: (document) => tidy(jsonSchemaTransformObject(document) as Document) as never,
  });
  server.get("/openapi.json", { schema: { hide: true } }, () => server.swagger());
  await server.register(fastifySwaggerUi, {
    routePrefix: "/docs",
    uiConfig: { validatorUrl: null, docExpansion: "list", tryItOutEnabled: true },
    theme: docsTheme,
    // The plug-in draws ours; what is put there otherwise has no name.
    logo: null as never,
  });
}

const ABOUT =
  "One event log, one behaviour model, every scene of the shop. Send an API key as " +
  "`Authorization: Bearer` or `X-API-Key`: the key decides the shop, and the owner's key names it " +
  "in `X-Shop`. Every problem is RFC 9457 and explained at its type. Money is in minor units, " +
  "time in epoch milliseconds UTC.";

type Input = Parameters<typeof jsonSchemaTransform>[0];

function withDocumentedParts(document: Input): Input {
  const { schema: given = {} } = document;
  const { [BODY_LIKE]: body, [HEADERS_LIKE]: headers, ...rest } = given as Record<string, unknown>;
  const schema = { ...rest, ...(body ? { body } : {}), ...(headers ? { headers } : {}) };
  return { ...document, schema } as Input;
}

interface Document {
  readonly paths?: Record<string, Record<string, Operation>>;
  readonly components?: { readonly schemas?: Record<string, unknown> };
}

interface Operation {
  readonly summary?: string;
  readonly responses?: Record<string, { description: string }>;
}

/** Says of every answer what it is; the generator only knows to say that it is one. */
function describeAnswers({ paths = {} }: Document): void {
  for (const { summary, responses } of Object.values(paths).flatMap(Object.values<Operation>)) {
    for (const answer of Object.values(responses ?? {})) {
      if (answer.description === "Default Response") answer.description = summary ?? "Done";
    }
  }
}

const REF = /"#\/components\/schemas\/([^"]+)"/g;

/**
 * Leaves out components that nothing refers to. One that is only ever read or only ever written
 * keeps its plain name; the generator would call each `X` that is sent `XInput`.
 */
function tidy(document: Document): Document {
  describeAnswers(document);
  const { schemas = {}, ...components } = document.components ?? {};
  const rest = { ...document, components };
  const used = reachable(JSON.stringify(rest), schemas);
  const named = (id: string): string => {
    const plain = id.replace(/Input$/, "");
    return plain !== id && plain in schemas && !used.has(plain) ? plain : id;
  };
  const kept = Object.fromEntries([...used].sort().map((id) => [named(id), schemas[id]] as const));
  const text = JSON.stringify({ ...rest, components: { ...components, schemas: kept } });
  return JSON.parse(text.replace(REF, (_, id) => `"#/components/schemas/${named(id)}"`));
}

function reachable(text: string, schemas: Record<string, unknown>): Set<string> {
  const found = new Set<string>();
  const waiting = [text];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const [, id] of next.matchAll(REF)) {
      if (id === undefined || found.has(id)) continue;
      found.add(id);
      waiting.push(JSON.stringify(schemas[id] ?? null));
    }
  }
  return found;
}
