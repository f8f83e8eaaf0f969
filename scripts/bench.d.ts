export interface BenchRun {
    /** Small enough for a test: seconds, not minutes. */
    readonly tiny: boolean;
    /** The folder of the real, public data sets. */
    readonly dataRoot: string;
    /** Says on standard error how far it is. */
    note(line: string): void;
    /** Runs a part and records it; undefined when it is neither asked for nor in the record. */
    part<Found>(name: string, work: () => Promise<Found>): Promise<Found | undefined>;
}
