import { assert } from "../assert.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Plan } from "./shop.ts";
import type { DepartmentId } from "./vocabulary/leaf.ts";
import { leaves } from "./vocabulary/leaves.ts";
import { shapes } from "./vocabulary/shapes.ts";
import { colours } from "./vocabulary/variants.ts";

/** Soft backgrounds, one hue a department. @unit degrees */
const hues: Readonly<Record<DepartmentId, number>> = {
  wear: 28,
  beauty: 340,
  tech: 215,
  home: 45,
  food: 95,
  sport: 180,
  family: 265,
};

/**
 * A small picture of a variant: the shape of its category in its colour, on the hue of its
 * department, with the accent of its brand. The same item gives the same bytes. About 1.2 kB.
 */
export function draw(plan: Pick<Plan, "catalogue">, variant: number): string {
  assert(variant >= 0, "the item is of this world");
  const { catalogue } = plan;
  const group = catalogue.groupOf[variant] ?? 0;
  const leaf = leaves[catalogue.leafOf[group] ?? 0];
  assert(leaf !== undefined, "every group has a leaf");
  const hue = hues[leaf.department];
  const brand = catalogue.brandOf[group] ?? 0;
  const colour = colourOf(catalogue, variant, group, hue);
  const shape = (shapes[leaf.id] ?? "")
    .replaceAll("{c}", colour)
    .replaceAll("{d}", shade(colour, -0.32))
    .replaceAll("{l}", shade(colour, 0.5))
    .replaceAll("{a}", hsl((brand * 137) % 360, 0.55, 0.5));
  const tilt = ((group * 37) % 7) - 3;
  return [
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200" width="200" height="200">',
    '<defs><radialGradient id="b" cx=".5" cy=".4" r=".8">',
    `<stop offset="0" stop-color="${hsl(hue, 0.4, 0.97)}"/>`,
    `<stop offset="1" stop-color="${hsl(hue, 0.36, 0.86)}"/></radialGradient></defs>`,
    '<rect width="200" height="200" fill="url(#b)"/>',
    '<ellipse cx="100" cy="176" rx="62" ry="7" fill="#000" opacity=".1"/>',
    `<g transform="rotate(${tilt} 100 100)">${shape}</g></svg>`,
  ].join("");
}

/** The colour of the variant; where colour is no choice, one that is the group's own. */
function colourOf(catalogue: Catalogue, variant: number, group: number, hue: number): string {
  const named = colours[catalogue.colourOf[variant] ?? -1];
  return named?.hex ?? hsl((hue + ((group * 53) % 90) + 315) % 360, 0.42, 0.58);
}

/** A colour moved towards white (share > 0) or black (share < 0). @unit share -1..1 */
function shade(hex: string, share: number): string {
  const target = share > 0 ? 255 : 0;
  const mixed = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16);
    return Math.round(channel + (target - channel) * Math.abs(share));
  });
  return toHex(mixed);
}

/** @unit hue degrees, saturation and lightness 0..1 */
function hsl(hue: number, saturation: number, lightness: number): string {
  const reach = saturation * Math.min(lightness, 1 - lightness);
  const channels = [0, 8, 4].map((n) => {
    const k = (n + hue / 30) % 12;
    return Math.round(255 * (lightness - reach * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  });
  return toHex(channels);
}

function toHex(channels: readonly number[]): string {
  return `#${channels.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;
}
