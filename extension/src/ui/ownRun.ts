/** A run that was started here: how it is cancelled, and its place in the Test Explorer. */

import type { CancellationToken, TestRun } from "vscode";

import { AnyToken } from "./cancellation";

export class OwnRun {
  readonly #token: AnyToken;
  readonly #make: () => TestRun;
  #testRun: TestRun | undefined;

  /** `make` is called when it is first shown. */
  constructor(make: () => TestRun, cancellation?: CancellationToken) {
    this.#make = make;
    this.#token = new AnyToken(cancellation);
  }

  get token(): CancellationToken {
    return this.#token;
  }

  get isShown(): boolean {
    return this.#testRun !== undefined;
  }

  /** Returns its place in the Test Explorer, which it has from now on. */
  show(): TestRun {
    if (this.#testRun === undefined) {
      this.#testRun = this.#make();
      this.#token.follow(this.#testRun.token);
    }
    return this.#testRun;
  }

  cancel(): void {
    this.#token.cancel();
  }

  end(): void {
    this.#testRun?.end();
    this.#token.dispose();
  }
}
