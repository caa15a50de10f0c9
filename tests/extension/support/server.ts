/** A server that answers as it is told. */

import type { Requests } from "../../../extension/src/client/protocol.generated";
import type { Cancellation, Server } from "../../../extension/src/state/server";

type Method = keyof Requests;
type Answer = (params: never, cancellation: Cancellation | undefined) => unknown;

export class FakeServer implements Server {
  readonly requests: { readonly method: Method; readonly params: unknown }[] = [];
  readonly #answers = new Map<Method, Answer>();

  /** What `method` answers from now on; a thrown error is what the request fails with. */
  answer<M extends Method>(
    method: M,
    answer: (
      params: Requests[M]["params"],
      cancellation: Cancellation | undefined,
    ) => Requests[M]["result"] | Promise<Requests[M]["result"]>,
  ): this {
    this.#answers.set(method, answer);
    return this;
  }

  async request<M extends Method>(
    method: M,
    params: Requests[M]["params"],
    cancellation?: Cancellation,
  ): Promise<Requests[M]["result"]> {
    this.requests.push({ method, params });
    const answer = this.#answers.get(method);
    if (answer === undefined) throw new Error(`Nothing answers ${method}.`);
    return (await answer(params as never, cancellation)) as Requests[M]["result"];
  }
}
