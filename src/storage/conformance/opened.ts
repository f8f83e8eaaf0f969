/** How a conformance suite gets an engine: fresh and empty for every test, closed after it. */
export interface Opened<Port> {
  readonly port: Port;
  /** Closes and opens again on the same data; a suite for an engine without memory leaves it out. */
  reopen(): Promise<Port>;
  close(): Promise<void>;
}

export type Open<Port> = () => Promise<Opened<Port>>;
