/** What runs have to tell besides their results, such as a setting that cannot be followed. */

import { window } from "vscode";

export class RunNotices {
  readonly #told = new Set<string>();

  /** Tells each of them once; the output of every run has them. */
  tell(notices: readonly string[]): void {
    for (const notice of notices) {
      if (!this.#told.has(notice)) void window.showWarningMessage(notice);
      this.#told.add(notice);
    }
  }
}
