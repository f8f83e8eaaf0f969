/** What names need to know of a catalogue. @shape variantStart [groups + 1] */
export interface Named {
  readonly groups: number;
  readonly variantStart: Int32Array;
  readonly itemIds: readonly string[];
}

/** Names of groups and variants in the outside world: `p000012` and `p000012-2`. */
export function groupId(group: number): string {
  return `p${String(group + 1).padStart(6, "0")}`;
}

export function itemId(catalogue: Pick<Named, "itemIds">, variant: number): string {
  return catalogue.itemIds[variant] ?? "";
}

/** Index of a group by its id or by the id of one of its variants; -1 when unknown. */
export function groupIndex(catalogue: Named, id: string): number {
  const found = /^p(\d{6})(?:-\d+)?$/.exec(id);
  const group = Number(found?.[1] ?? 0) - 1;
  return group < catalogue.groups ? group : -1;
}

/** Index of a variant by its id; -1 when unknown. */
export function variantIndex(catalogue: Named, id: string): number {
  const group = groupIndex(catalogue, id);
  const place = Number(/-(\d+)$/.exec(id)?.[1] ?? 0) - 1;
  if (group < 0 || place < 0) return -1;
  const variant = (catalogue.variantStart[group] ?? 0) + place;
  return variant < (catalogue.variantStart[group + 1] ?? 0) ? variant : -1;
}
