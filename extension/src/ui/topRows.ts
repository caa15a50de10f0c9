/** The rows at the top of the Test Explorer, or nowhere while people want none of ours there. */

import type { TestController, TestItem, TestItemCollection } from "vscode";

/** Rows that are nowhere can still run and have results. */
export class TopRows implements TestItemCollection {
  readonly #controller: TestController;
  readonly #items = new Map<string, TestItem>();
  #isShown = true;

  constructor(controller: TestController) {
    this.#controller = controller;
  }

  get isShown(): boolean {
    return this.#isShown;
  }

  show(is: boolean): void {
    this.#isShown = is;
    this.#controller.items.replace(is ? [...this.#items.values()] : []);
  }

  get size(): number {
    return this.#items.size;
  }

  get(id: string): TestItem | undefined {
    return this.#items.get(id);
  }

  add(item: TestItem): void {
    this.#items.set(item.id, item);
    if (this.#isShown) this.#controller.items.add(item);
  }

  delete(id: string): void {
    this.#items.delete(id);
    if (this.#isShown) this.#controller.items.delete(id);
  }

  replace(items: readonly TestItem[]): void {
    this.#items.clear();
    for (const item of items) this.#items.set(item.id, item);
    if (this.#isShown) this.#controller.items.replace(items);
  }

  forEach(visit: (item: TestItem, collection: TestItemCollection) => unknown): void {
    for (const item of [...this.#items.values()]) visit(item, this);
  }

  [Symbol.iterator](): Iterator<[string, TestItem]> {
    return this.#items.entries();
  }
}
