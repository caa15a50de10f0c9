/** The server as the views see it. */

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

export interface Server {
  /** Rejects when the server cannot answer: it ended, or the request failed. */
  request<Method extends keyof Requests>(
    method: Method,
    params: Requests[Method]["params"],
    cancellation?: Cancellation,
  ): Promise<Requests[Method]["result"]>;
}
