/** All that a window shows, and which message each part draws. */

import { commands, workspace, type TestController, type TestItem, type Uri } from "vscode";

import {
  CACHE_CHANGED,
  COVERAGE,
  MARKERS,
  RECORDS,
  ROOTS,
  RUN_ENDED,
  RUN_EVENTS,
  RUN_STARTED,
  SUMMARY,
  TESTS,
  type Root,
} from "../client/protocol.generated";
import { DisposableStore } from "../platform/disposables";
import type { Log } from "../platform/log";
import type { Handlers, Server } from "../state/server";
import { CacheDocuments } from "./cacheDocuments";
import { CacheReports } from "./cacheReports";
import { CancelButton } from "./cancelButton";
import { Children } from "./children";
import { Debugger } from "./debugger";
import { Explorer } from "./explorer";
import { Markers } from "./markers";
import { Painter } from "./painter";
import { Panel } from "./panel";
import { Remembered } from "./remembered";
import { Runs } from "./runs";
import { RootProblems } from "./serverNotices";
import { Status } from "./status";
import type { Memory } from "./upNext";

/** What the views ask of their owner. */
export interface Wishes {
  /** Ask for the whole tree of a root. */
  readonly resync: (root: string) => void;
  /** Tell people why nothing could be run. */
  readonly report: (problem: string) => void;
}

export class Views extends DisposableStore {
  readonly explorer: Explorer;
  readonly runs: Runs;
  readonly debugger: Debugger;
  readonly status: Status;
  readonly panel: Panel;
  readonly reports: CacheReports;
  readonly #children: Children;
  readonly #remembered: Remembered;
  readonly #markers: Markers;
  readonly #documents: CacheDocuments;
  readonly #rootProblems = new RootProblems();

  /** `media` is the folder of the icons, `memory` that of the workspace. */
  constructor(
    controller: TestController,
    server: Server,
    media: Uri,
    memory: Memory,
    log: Log,
    wishes: Wishes,
  ) {
    super();
    this.explorer = this.add(new Explorer(controller, wishes.resync));
    this.#children = this.add(new Children(server, log));
    controller.resolveHandler = (item) => this.#resolve(item);
    const painter = new Painter();
    this.runs = this.add(new Runs(this.explorer, server, painter, wishes.report));
    this.debugger = this.add(
      new Debugger(server, log, (uri) => this.explorer.roots.find((one) => one.uri === uri)),
    );
    this.#remembered = new Remembered(this.explorer, painter);
    this.#markers = this.add(new Markers(media, (ids) => painter.badgeOf(ids)));
    this.panel = this.add(new Panel(server, memory));
    this.reports = this.add(new CacheReports());
    this.#documents = this.add(new CacheDocuments(server));
    this.status = this.add(new Status(workspace.isTrusted));
    this.add(new CancelButton(this.runs.onDidChangeOwn));
    this.add(
      workspace.onDidCloseTextDocument(({ uri }) => {
        this.#markers.forget(uri);
      }),
    );
  }

  /** What draws each message of the server. */
  handlers(): Handlers {
    return {
      [ROOTS]: ({ roots }) => {
        this.#setRoots(roots);
      },
      [TESTS]: (change) => {
        const tree = this.explorer.apply(change);
        if (tree !== undefined) this.#children.told(change, tree);
        this.#remembered.paint(change.root);
        this.panel.testsChanged();
      },
      [RECORDS]: (records) => {
        this.#remembered.remember(records);
      },
      [SUMMARY]: (summary) => {
        this.status.summarize(summary);
      },
      [MARKERS]: (markers) => {
        this.#markers.show(markers);
      },
      [RUN_STARTED]: (params) => {
        this.runs.started(params);
        this.panel.runsChanged();
        const ours = this.runs.ours(params.token);
        if (ours !== undefined) this.debugger.begin(params, ours);
      },
      [RUN_EVENTS]: (params) => {
        this.runs.events(params);
        this.panel.runsChanged();
        const ids = params.events.flatMap(({ id, record }) => record?.id ?? id ?? []);
        this.#children.met(params.root, ids);
      },
      [RUN_ENDED]: (params) => {
        this.runs.ended(params);
        this.panel.cacheChanged();
        this.debugger.ended(params);
      },
      [COVERAGE]: (params) => {
        this.runs.covered(params);
      },
      [CACHE_CHANGED]: ({ root }) => {
        this.panel.cacheChanged();
        this.#documents.refresh(root);
      },
    };
  }

  /** Whether our tests stand in the Test Explorer. */
  showTests(is: boolean): void {
    this.explorer.show(is);
    for (const { uri } of this.explorer.roots) this.#remembered.paint(uri);
  }

  /** People want nothing of us. */
  switchedOff(): void {
    this.runs.serverLost();
    this.#markers.clear();
    this.#setRoots([]);
    this.status.update({ server: "off", summaries: [] });
  }

  /** A new server begins from nothing and sends all it knows. */
  serverStarts(): void {
    this.explorer.expectAnew();
    this.#remembered.clear();
    this.status.update({ server: "starting" });
  }

  serverRuns(): void {
    this.status.update({ server: "running" });
  }

  /** The server is about to be started anew: what is shown stays until it has sent its own. */
  serverRestarts(): void {
    this.runs.serverLost();
    this.status.runsEnded();
    this.status.update({ server: "starting" });
  }

  /** The server has ended for good. */
  serverEnded(): void {
    this.runs.serverLost();
    this.#markers.clear();
    this.status.update({ server: "ended", summaries: [] });
    this.panel.cacheChanged();
  }

  /** A row is unfolded for the first time. */
  async #resolve(item: TestItem | undefined): Promise<void> {
    const meaning = item === undefined ? undefined : this.explorer.meaningOf(item);
    if (meaning !== undefined) await this.#children.load(meaning.root, [meaning.id]);
  }

  #setRoots(roots: readonly Root[]): void {
    this.explorer.setRoots(roots);
    this.#children.keepRoots(roots.map(({ uri }) => uri));
    this.panel.setRoots(roots);
    this.status.keepRoots(roots.map(({ uri }) => uri));
    this.#rootProblems.tell(roots);
    void commands.executeCommand("setContext", "pytestRecall.active", roots.length > 0);
  }
}
