import { type ExtremesAttributes, maximumOver, minimumOver } from "../graph/primitives/extremes.ts";
import { caseOf, type PrimitiveCase } from "./primitive-case.ts";

const casesOf = (over: typeof maximumOver): readonly PrimitiveCase[] => [
  caseOf("rows", [[3, 2]], ([x]) => over(x, [0], false)),
  caseOf("columns, kept", [[3, 5]], ([x]) => over(x, [-1], true)),
  caseOf("two axes of three", [[2, 3, 4]], ([x]) => over(x, [0, 2], false)),
  caseOf("all", [[2, 3]], ([x]) => over(x, [0, 1], false)),
  caseOf("of one", [[1]], ([x]) => over(x, [0], true)),
  caseOf("of no rows", [[0, 3]], ([x]) => over(x, [1], false)),
];

/** The largest and the smallest; drawn values have no equals, which have a test of their own. */
export const extremeCases: {
  readonly [Name in keyof ExtremesAttributes]: readonly PrimitiveCase[];
} = {
  maximumOver: casesOf(maximumOver),
  minimumOver: casesOf(minimumOver),
};
