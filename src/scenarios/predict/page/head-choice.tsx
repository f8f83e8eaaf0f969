import { Select } from "@mantine/core";
import type { JSX } from "react";
import { HEADS, named } from "../../../../web/ui/scene-words.ts";
import { useWords } from "../../../../web/ui/words.ts";
import { PREDICT_WORDS } from "./predict.words.ts";

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
  const words = useWords(PREDICT_WORDS);
  const names = useWords(HEADS);
  return (
    <Select
      label={words.head}
      data={heads.map((value) => ({ value, label: named(names, value) }))}
      value={head}
      allowDeselect={false}
      onChange={(next) => setHead(next ?? head)}
      w={{ base: "100%", xs: 280 }}
    />
  );
}
