/** One page of a list, as every list of the API is answered. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  /** Where the next page begins; null on the last. */
  readonly next: string | null;
}

/**
 * Every row of a list, page after page:
 * `for await (const item of allRows((cursor) => shop.items.listItems({ cursor })))`.
 */
export async function* allRows<Row>(
  ask: (cursor: string | undefined) => Promise<Page<Row>>,
): AsyncGenerator<Row> {
  let cursor: string | undefined;
  do {
    const page = await ask(cursor);
    yield* page.rows;
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
}
