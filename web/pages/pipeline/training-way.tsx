import { Group, NumberInput, Radio, Text } from "@mantine/core";
import type { JSX } from "react";
import type { TrainRequest } from "../../../client/src/made/schemas.ts";
import { useWords } from "../../ui/words.ts";
import { PIPELINE_WORDS } from "./words.ts";

/** What a training begins with. */
export interface TrainingWay {
  readonly from: NonNullable<TrainRequest["from"]>;
  /** @unit percent */
  readonly replayPercent: number;
}

export const USUAL_WAY: TrainingWay = { from: "nothing", replayPercent: 80 };

export const orderOf = ({ from, replayPercent }: TrainingWay): TrainRequest =>
  from === "nothing" ? { from } : { from, replayShare: replayPercent / 100 };

export function WayForm({
  way,
  change,
  hasVersion,
}: {
  readonly way: TrainingWay;
  readonly change: (way: TrainingWay) => void;
  /** Without one in service there is nothing to go on from. */
  readonly hasVersion: boolean;
}): JSX.Element {
  const words = useWords(PIPELINE_WORDS);
  const { from, replayPercent } = way;
  return (
    <>
      <Group gap="md" align="flex-end">
        <Radio.Group
          label={words.from}
          value={from}
          onChange={(next) => change({ ...way, from: next as TrainingWay["from"] })}
        >
          <Group gap="md" mt={4}>
            {words.froms.map(({ value, label }) => (
              <Radio
                key={value}
                value={value}
                label={label}
                disabled={value === "service" && !hasVersion}
              />
            ))}
          </Group>
        </Radio.Group>
        {from === "service" ? (
          <NumberInput
            label={words.replay}
            suffix=" %"
            min={0}
            max={95}
            clampBehavior="strict"
            value={replayPercent}
            onChange={(next) => change({ ...way, replayPercent: Number(next) })}
            w={200}
          />
        ) : null}
      </Group>
      <Text size="xs" c="dimmed" maw="70ch">
        {words.fromNotes[from]}
      </Text>
    </>
  );
}
