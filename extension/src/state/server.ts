/** The server as the views see it. */

import * as l10n from "@vscode/l10n";

import type { Notifications, Requests } from "../client/protocol.generated";

/** What is done with each notification. */
export type Handlers = {
  readonly [Method in keyof Notifications]?: (params: Notifications[Method]["params"]) => void;
};

/** What cancels a request. */
export interface Cancellation {
  readonly isCancellationRequested: boolean;
  readonly onCancellationRequested: (listener: () => void) => { dispose(): void };
}

/** The server ended before it had answered; it is started again by itself. */
export class ServerLost extends Error {
  constructor() {
    super(l10n.t("The language server has ended."));
  }
}

export interface Server {
  /** Rejects with {@link ServerLost} when the server ends meanwhile, else with what it complains of. */
  request<Method extends keyof Requests>(
    method: Method,
    params: Requests[Method]["params"],
    cancellation?: Cancellation,
  ): Promise<Requests[Method]["result"]>;
}
