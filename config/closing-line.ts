import type { Reporter, TestModule } from "vitest/node";

/** Ends a run with what was not run, by name, and the one line that people and CI read. */
export class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const states = tests.map((test) => test.result().state);
    const count = (state: string): number => states.filter((found) => found === state).length;
    const broken = modules.filter((module) => module.errors().length > 0).length;
    const notRun = tests.filter((test) => test.options.mode === "todo").map((test) => test.name);
    for (const name of new Set(notRun)) process.stdout.write(`not run: ${name}\n`);
    const failed = count("failed") + broken + unhandled.length;
    process.stdout.write(`${count("passed")} passed, ${failed} failed\n`);
  }
}
