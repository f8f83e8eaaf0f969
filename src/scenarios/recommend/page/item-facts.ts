import { useAsk } from "../../../../web/ui/api.ts";
import { inLanguage, useLanguage } from "../../../../web/ui/words.ts";

/** What an item is called, its id until that is known. */
export function useItemTitle(item: string): string {
  const language = useLanguage();
  const known = useAsk(["items", item], (client) => client.items.getItem(item), {
    enabled: item !== "",
  });
  return inLanguage(known.data?.title, language) ?? item;
}

/** What prices are in, learned from an item of the catalogue. */
export function useCurrency(): string | undefined {
  const items = useAsk(["items", "one"], (client) => client.items.listItems({ limit: 1 }));
  return items.data?.rows[0]?.currency;
}
