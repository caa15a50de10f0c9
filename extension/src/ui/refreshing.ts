/** Draws a view anew when something has changed: only while it is seen, and one time after the other. */

import type { Disposable } from "vscode";

/** Milliseconds in which further changes are waited for: a run tells of many. */
export const PAUSE = 200;

export class Refreshing implements Disposable {
  readonly #draw: () => void;
  #isSeen = true;
  #isStale = false;
  #asked = 0;
  #timer: NodeJS.Timeout | undefined;

  /** `draw` lets the view ask for its rows. */
  constructor(draw: () => void) {
    this.#draw = draw;
  }

  /** What is shown may not be true any more. */
  ask(): void {
    this.#isStale = true;
    this.#schedule();
  }

  setSeen(isSeen: boolean): void {
    this.#isSeen = isSeen;
    this.#schedule();
  }

  /** While an answer is awaited, no other is asked for. */
  async during<T>(answer: Promise<T>): Promise<T> {
    this.#asked += 1;
    try {
      return await answer;
    } finally {
      this.#asked -= 1;
      this.#schedule();
    }
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#isSeen = false;
  }

  get #mayDraw(): boolean {
    return this.#isSeen && this.#isStale && this.#asked === 0;
  }

  #schedule(): void {
    if (!this.#mayDraw || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (!this.#mayDraw) return;
      this.#isStale = false;
      this.#draw();
    }, PAUSE);
  }
}
