/**
 * States what must hold; a failure is our bug, never the caller's bad input (that is a problem,
 * see errors.ts). One condition a call, and the sentence says what was expected.
 */
export function assert(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new Bug(sentence);
}

/** A mistake of ours. The command line ends with exit code 70 on it, the server answers 500. */
export class Bug extends Error {
  override readonly name: string = "Bug";
}
