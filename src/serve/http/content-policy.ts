/**
 * What a page of ours may load and do: files of this server, pictures from wherever a shop keeps
 * them, and nothing inline but the style tags that carry the nonce of this very answer. No attribute
 * `style` counts as one: what a script sets goes through the style object, which no policy bars.
 */
export const contentPolicy = (nonce?: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self'${nonce === undefined ? "" : ` 'nonce-${nonce}'`}`,
    "img-src 'self' data: https:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "object-src 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
