/** Which choices of interpreters the server knows already. */

import type { SetInterpreterParams } from "../client/protocol.generated";

export class ToldChoices {
  /** By root; null: the one for all others. */
  readonly #told = new Map<string | null, string>();

  /** A server that starts knows none but `initial`. */
  startWith(initial: SetInterpreterParams): void {
    this.#told.clear();
    this.#note(initial);
  }

  /** Returns those of `choices` that it does not know, and takes them as told. */
  news(choices: readonly SetInterpreterParams[]): readonly SetInterpreterParams[] {
    const news = choices.filter((one) => this.#told.get(one.root ?? null) !== JSON.stringify(one));
    for (const one of news) this.#note(one);
    return news;
  }

  #note(choice: SetInterpreterParams): void {
    this.#told.set(choice.root ?? null, JSON.stringify(choice));
  }
}
