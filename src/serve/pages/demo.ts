/** The shop whose state anybody may see, and that the storefront is of. */
export const DEMO = "demo";
