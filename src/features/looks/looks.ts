/**
 * What the pictures of a shop's groups look like, as they are now, in memory. Likeness is how much more
 * alike two pictures are than the first is to any picture of the shop: 0 at most so, 1 when equal. So
 * white backgrounds, or a shop that sells nothing but blue, do not make all alike.
 */
export interface Looks {
  /** Groups with a picture. */
  readonly size: number;
  /** Goes up whenever a picture comes, changes or goes. */
  readonly changes: number;
  /** Groups whose pictures changed since; undefined when that is too long ago to tell. */
  changedSince(changes: number): ReadonlySet<string> | undefined;
  /** Names the picture that a group has now. */
  versionOf(group: string): string | undefined;
  /** 0 where either has no picture. O(descriptorWidth). @unit 0..1 */
  likeness(group: string, other: string): number;
  /** The groups that look most like it, best first; none that is no more alike than usual. */
  closest(group: string): readonly Lookalike[];
}

export interface Lookalike {
  readonly group: string;
  /** @unit 0..1 */
  readonly likeness: number;
}

export interface ShopsLooks {
  of(shop: string): Promise<Looks>;
  /** The same, at once: while they are read for the first time, only some of them. */
  soon(shop: string): Looks;
}
