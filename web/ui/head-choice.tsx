import { Select } from "@mantine/core";
import type { JSX } from "react";
import { HEADS, named } from "./scene-words.ts";
import { useWords } from "./words.ts";

const WORDS = { en: "What is predicted", zh: "预测什么" };

/** What is chosen where nothing else was. */
export const USUAL_HEAD = "purchase_30d";

/** What is predicted, chosen among what the model in service knows. */
export function HeadChoice({
  heads,
  head,
  setHead,
}: {
  readonly heads: readonly string[];
  readonly head: string;
  readonly setHead: (head: string) => void;
}): JSX.Element {
  const names = useWords(HEADS);
  return (
    <Select
      label={useWords(WORDS)}
      data={heads.map((value) => ({ value, label: named(names, value) }))}
      value={head}
      allowDeselect={false}
      onChange={(next) => setHead(next ?? head)}
      w={{ base: "100%", xs: 280 }}
    />
  );
}
