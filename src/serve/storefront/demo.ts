/** The shop that the storefront is of. */
export const DEMO = "demo";
