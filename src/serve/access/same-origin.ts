import type { FastifyRequest } from "fastify";
import { problem } from "../../errors.ts";

/**
 * A browser sends the cookie with whatever a page makes it send. `SameSite=Strict` keeps the pages
 * of other sites out, but not those of a neighbour under the same domain; so a request that brings
 * the cookie and may change something must say that a page of this very server sent it, and carry a
 * header that no form can set and that no other origin is allowed to.
 */
export const ADMIN_HEADER = "x-shopkeeper";

/** @throws problem `foreign-request` unless a page of this server asks */
export function refuseForeign(request: FastifyRequest): void {
  const { headers } = request;
  if (headers[ADMIN_HEADER] !== "admin") {
    throw problem("foreign-request", "the header X-Shopkeeper: admin is missing");
  }
  const site = headers["sec-fetch-site"];
  if (site !== undefined ? site === "same-origin" : isOurs(headers.origin, request.host)) return;
  throw problem("foreign-request", "the request does not come from a page of this server");
}

/** For a sign-in, which needs no cookie: a program names no origin, a page of somebody else does. */
export function refuseForeignPage(request: FastifyRequest): void {
  const { origin, "sec-fetch-site": site } = request.headers;
  if (origin === undefined && site === undefined) return;
  if (site !== undefined ? site === "same-origin" : isOurs(origin, request.host)) return;
  throw problem("foreign-request", "the request does not come from a page of this server");
}

/** The scheme is not compared, for a proxy may have ended TLS; a usual port need not be named. */
function isOurs(origin: string | undefined, host: string): boolean {
  if (origin === undefined || !URL.canParse(origin)) return false;
  const page = new URL(origin);
  const here = `${page.protocol}//${host}`;
  return page.host !== "" && URL.canParse(here) && new URL(here).host === page.host;
}
