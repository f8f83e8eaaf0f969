import { NumberInput, Select, SimpleGrid, Stack, Switch, TextInput } from "@mantine/core";
import { type JSX, useState } from "react";
import type { EvaluateRequest, Job } from "../../../client/src/made/schemas.ts";
import { Sheet } from "../../ui/frame.tsx";
import { LongWork } from "../../ui/long-work.tsx";
import { useWords } from "../../ui/words.ts";
import { EVALUATE_WORDS } from "./evaluate.words.ts";

type Split = NonNullable<EvaluateRequest["split"]>;
type Folds = NonNullable<EvaluateRequest["folds"]>;

interface Asked {
  /** One cut of the past, or several: by whom folds are made. */
  readonly split: Split | `folds_${Folds["by"]}`;
  readonly folds: number;
  readonly testDays: number;
  /** As it was typed: "5,10". */
  readonly ks: string;
  readonly casesMax: number;
  readonly filterSeen: boolean;
  readonly seed: number;
}

const FOLDS = { least: 2, most: 20 };

const USUAL: Asked = {
  split: "leave_one_out",
  folds: 5,
  testDays: 7,
  ks: "5,10,20",
  casesMax: 2_000,
  filterSeen: false,
  seed: 1,
};

/** A new evaluation with its options, its progress, and the way to stop it. */
export function RunEvaluation({
  onReport,
}: {
  readonly onReport: (report: string) => void;
}): JSX.Element {
  const words = useWords(EVALUATE_WORDS);
  const [asked, setAsked] = useState(USUAL);
  const ended = ({ state, result }: Job): void => {
    const { report } = (result ?? {}) as { readonly report?: string };
    if (state === "done" && report !== undefined) onReport(report);
  };
  return (
    <Sheet title={words.run} about={words.runNote}>
      <Stack>
        <Options asked={asked} change={(changed) => setAsked({ ...asked, ...changed })} />
        <LongWork
          kind="evaluate"
          label={words.begin}
          begin={(client) => client.reports.evaluate(requestOf(asked))}
          onEnd={ended}
        />
      </Stack>
    </Sheet>
  );
}

const foldsBy = (split: Asked["split"]): Folds["by"] | undefined =>
  split === "folds_shopper" ? "shopper" : split === "folds_time" ? "time" : undefined;

const cutOf = ({ split, folds }: Asked): Pick<EvaluateRequest, "split" | "folds"> => {
  const by = foldsBy(split);
  return by === undefined ? { split: split as Split } : { folds: { by, count: folds } };
};

const requestOf = (asked: Asked): EvaluateRequest => ({
  ...cutOf(asked),
  testDays: asked.testDays,
  casesMax: asked.casesMax,
  filterSeen: asked.filterSeen,
  seed: asked.seed,
  ks: asked.ks
    .split(/[,，、\s]+/)
    .filter((part) => part !== "")
    .map(Number),
});

function Options({
  asked,
  change,
}: {
  readonly asked: Asked;
  readonly change: (changed: Partial<Asked>) => void;
}): JSX.Element {
  const words = useWords(EVALUATE_WORDS);
  const { split, ks, casesMax, filterSeen, seed } = asked;
  return (
    <>
      <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }}>
        <Select
          label={words.split}
          data={[...words.splits, ...words.foldSplits]}
          value={split}
          allowDeselect={false}
          onChange={(next) => change({ split: (next ?? split) as Asked["split"] })}
        />
        <HowMuch asked={asked} change={change} />
        <TextInput
          label={words.ks}
          description={words.ksNote}
          inputWrapperOrder={["label", "input", "description"]}
          value={ks}
          onChange={({ currentTarget }) => change({ ks: currentTarget.value })}
        />
        <NumberInput
          label={words.cases}
          min={1}
          max={10_000_000}
          thousandSeparator
          value={casesMax}
          onChange={(next) => change({ casesMax: Number(next) })}
        />
        <NumberInput
          label={words.seed}
          description={words.seedNote}
          inputWrapperOrder={["label", "input", "description"]}
          min={0}
          max={4_294_967_295}
          value={seed}
          onChange={(next) => change({ seed: Number(next) })}
        />
      </SimpleGrid>
      <Switch
        label={words.seen}
        description={words.seenNote}
        checked={filterSeen}
        onChange={({ currentTarget }) => change({ filterSeen: currentTarget.checked })}
      />
    </>
  );
}

/** How many folds, or how many of the last days. */
function HowMuch({
  asked: { split, folds, testDays },
  change,
}: {
  readonly asked: Asked;
  readonly change: (changed: Partial<Asked>) => void;
}): JSX.Element | null {
  const words = useWords(EVALUATE_WORDS);
  if (split === "leave_one_out") return null;
  if (foldsBy(split) === undefined) {
    return (
      <NumberInput
        label={words.testDays}
        min={1}
        max={3_650}
        suffix={words.days}
        value={testDays}
        onChange={(next) => change({ testDays: Number(next) })}
      />
    );
  }
  return (
    <NumberInput
      label={words.folds}
      description={words.foldsCost}
      inputWrapperOrder={["label", "input", "description"]}
      min={FOLDS.least}
      max={FOLDS.most}
      clampBehavior="strict"
      value={folds}
      onChange={(next) => change({ folds: Number(next) })}
    />
  );
}
