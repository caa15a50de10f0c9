/** A fake of VS Code's debugger: its sessions do what they are told. */

interface Tracker {
  onDidSendMessage(message: unknown): void;
}

interface Configuration {
  readonly type: string;
  readonly [member: string]: unknown;
}

export class DebugAdapterExecutable {
  constructor(
    readonly command: string,
    readonly args: readonly string[],
  ) {}
}

const descriptors = new Map<string, (session: DebugSession) => DebugAdapterExecutable>();
const trackers = new Map<string, (session: DebugSession) => Tracker | undefined>();
const listeners = new Set<(session: DebugSession) => void>();

export class DebugSession {
  readonly #tracker: Tracker | undefined;

  /** `startedFor` is the test run that it belongs to. */
  constructor(
    readonly configuration: Configuration,
    readonly folder: unknown,
    readonly startedFor: unknown,
    readonly parentSession?: DebugSession,
  ) {
    this.#tracker = trackers.get(configuration.type)?.(this);
  }

  /** How its adapter would be started. */
  get adapter(): DebugAdapterExecutable | undefined {
    return descriptors.get(this.configuration.type)?.(this);
  }

  prints(output: string, category = "stdout"): void {
    this.#tracker?.onDidSendMessage({ type: "event", event: "output", body: { category, output } });
  }

  end(): void {
    for (const listener of [...listeners]) listener(this);
  }
}

/** The sessions that were started, and those that were asked to stop, oldest first. */
export const sessions: DebugSession[] = [];
export const stopped: DebugSession[] = [];

/** What the debugger does: `starts` false is what a broken adapter makes of it. */
export const behaviour = { starts: true, stopsAt: 1 };

export const debug = {
  registerDebugAdapterDescriptorFactory: (
    type: string,
    factory: { createDebugAdapterDescriptor(session: DebugSession): DebugAdapterExecutable },
  ) => {
    descriptors.set(type, (session) => factory.createDebugAdapterDescriptor(session));
    return { dispose: () => descriptors.delete(type) };
  },
  registerDebugAdapterTrackerFactory: (
    type: string,
    factory: { createDebugAdapterTracker(session: DebugSession): Tracker | undefined },
  ) => {
    trackers.set(type, (session) => factory.createDebugAdapterTracker(session));
    return { dispose: () => trackers.delete(type) };
  },
  onDidTerminateDebugSession: (listener: (session: DebugSession) => void) => {
    listeners.add(listener);
    return { dispose: () => listeners.delete(listener) };
  },
  startDebugging: (folder: unknown, configuration: Configuration, { testRun }: { testRun: unknown }) => {
    if (behaviour.starts) sessions.push(new DebugSession(configuration, folder, testRun));
    return Promise.resolve(behaviour.starts);
  },
  stopDebugging: (session: DebugSession) => {
    stopped.push(session);
    if (stopped.length >= behaviour.stopsAt) session.end();
    return Promise.resolve();
  },
};
