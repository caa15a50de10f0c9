/** Joins cancellation tokens. */

import { CancellationTokenSource, type CancellationToken } from "vscode";

import { DisposableStore } from "../platform/disposables";

/** A token that is cancelled when any of `tokens` is; dispose of it when the work is done. */
export class AnyToken extends DisposableStore implements CancellationToken {
  readonly #source = this.add(new CancellationTokenSource());
  readonly onCancellationRequested = this.#source.token.onCancellationRequested;

  constructor(...tokens: readonly (CancellationToken | undefined)[]) {
    super();
    for (const token of tokens) this.follow(token);
  }

  get isCancellationRequested(): boolean {
    return this.#source.token.isCancellationRequested;
  }

  cancel(): void {
    this.#source.cancel();
  }

  /** From now on it is cancelled when `token` is, too. */
  follow(token: CancellationToken | undefined): void {
    if (token === undefined) return;
    const cancel = (): void => {
      this.cancel();
    };
    if (token.isCancellationRequested) cancel();
    else this.add(token.onCancellationRequested(cancel));
  }
}
