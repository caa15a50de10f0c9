/** The one mutable owner of a window: joins the server, the choice of interpreter and the views. */

import {
  commands,
  tests,
  workspace,
  Uri,
  type ExtensionContext,
  type LogOutputChannel,
  type TestController,
} from "vscode";

import { CACHE_CHANGED, RESYNC, ROOTS, SET_INTERPRETER, SUMMARY, TESTS } from "./client/protocol.generated";
import { ServerProcess, type ServerState } from "./client/serverProcess";
import { DisposableStore } from "./platform/disposables";
import { messageOf } from "./platform/errors";
import { placeOfRoot } from "./platform/places";
import { readEnabled, readSettings, readTestExplorer, touchesPresence } from "./platform/settings";
import type { LastLines } from "./state/lastLines";
import type { Handlers } from "./state/server";
import { ToldChoices } from "./state/toldChoices";
import { actionsOf } from "./ui/actions";
import { tellEnd } from "./ui/endNotices";
import { collectQuietly } from "./ui/collecting";
import { registerCommands, type Actions } from "./ui/commands";
import { copyDebugInfo } from "./ui/debugInfo";
import type { Facts } from "./ui/guards";
import { InterpreterChoice } from "./ui/interpreterChoice";
import { InterpreterProblems } from "./ui/interpreterProblems";
import { CLIENT_COMMANDS } from "./ui/namedTests";
import { Profiles } from "./ui/profiles";
import { RunOnSave } from "./ui/runOnSave";
import { PythonTesting } from "./ui/pythonTesting";
import { tellNothing } from "./ui/reruns";
import { selectInterpreter, selectPlace } from "./ui/selectInterpreter";
import { tellRunProblem, tellServerEnded } from "./ui/serverNotices";
import { Stepwise } from "./ui/stepwise";
import type { Memory } from "./ui/upNext";
import { Views } from "./ui/views";

export class Recall extends DisposableStore {
  readonly #context: ExtensionContext;
  readonly #log: LogOutputChannel;
  readonly #lines: LastLines;
  readonly #server: ServerProcess;
  readonly #choice: InterpreterChoice;
  readonly #problems: InterpreterProblems;
  readonly #views: Views;
  readonly #stepwise: Stepwise;
  readonly #pythonTesting: PythonTesting;
  #profiles: Profiles | undefined;
  #onSave: RunOnSave | undefined;
  #started = false;
  /** The roots that were collected when they were opened. */
  readonly #collected = new Set<string>();
  readonly #told = new ToldChoices();

  /** `lines` are the last ones of the log. */
  constructor(context: ExtensionContext, log: LogOutputChannel, lines: LastLines) {
    super();
    const { extensionUri, workspaceState } = context;
    this.#context = context;
    this.#log = log;
    this.#lines = lines;
    this.#choice = this.add(
      new InterpreterChoice(log, () => {
        this.#background(this.#applyChoice());
      }),
    );
    this.#problems = new InterpreterProblems(
      () => this.#choice.problems,
      () => this.#views.explorer.roots.length > 1,
    );
    this.#server = new ServerProcess(this.#startOf(extensionUri), log);
    this.#views = this.add(this.#createViews(extensionUri, workspaceState));
    this.#stepwise = this.add(this.#createStepwise());
    this.#pythonTesting = this.add(new PythonTesting(workspaceState, log));
    this.#views.showTests(readTestExplorer());
    this.add(
      workspace.onDidChangeConfiguration((event) => {
        if (touchesPresence(event)) this.#background(this.#switch());
      }),
    );
    this.#server.listen(this.#handlers());
    this.add(
      this.#views.runs.onDidEnd((results) => {
        this.#background(tellEnd(results, () => this.#views.explorer.firstFailed()));
      }),
    );
    this.add(
      this.#server.onDidChangeState((state) => {
        this.#serverIs(state);
      }),
    );
    this.add(registerCommands(this.#actions(), () => this.#facts(), log));
  }

  /** Finds an interpreter and starts the server; what fails is told or logged. */
  start(): void {
    if (readEnabled()) this.#background(this.#choice.refresh());
    else this.#views.switchedOff();
  }

  /** The settings that say what is to be seen of us have changed, or may have. */
  async #switch(): Promise<void> {
    this.#views.showTests(readTestExplorer());
    if (readEnabled() === this.#started) return;
    if (readEnabled()) {
      await this.#choice.refresh();
      return;
    }
    this.#started = false;
    if (this.#stepwise.isOn) await this.#stepwise.stop();
    this.#views.switchedOff();
    await this.#server.end();
  }

  #facts(): Facts {
    const { explorer, runs } = this.#views;
    return { isServerRunning: this.#server.isRunning, roots: explorer.roots.length, runs: runs.ownCount };
  }

  async stop(): Promise<void> {
    this.dispose();
    await this.#server.stop();
  }

  #startOf(extensionUri: Uri): ConstructorParameters<typeof ServerProcess>[0] {
    const script = Uri.joinPath(extensionUri, "dist", "python", "start_server.py").fsPath;
    return {
      command: () => {
        const python = this.#choice.server;
        return python === null ? null : { python, script };
      },
      options: () => {
        const [all] = this.#choice.params;
        this.#told.startWith(all);
        return { ...this.#choice.options, commands: CLIENT_COMMANDS };
      },
    };
  }

  #createViews(extensionUri: Uri, memory: Memory): Views {
    const media = Uri.joinPath(extensionUri, "extension", "media");
    return new Views(this.#createController(), this.#server, media, memory, this.#log, {
      resync: (root) => {
        this.#background(this.#resync(root));
      },
      report: (problem) => {
        this.#background(this.#tellRun(problem));
      },
    });
  }

  #createController(): TestController {
    const controller = tests.createTestController("pytestRecall", "Pytest");
    controller.refreshHandler = () => this.#resyncAll();
    return controller;
  }

  #handlers(): Handlers {
    const handlers = this.#views.handlers();
    return {
      ...handlers,
      [ROOTS]: (params) => {
        handlers[ROOTS]?.(params);
        this.#choice.setRoots(params.roots);
        this.#pythonTesting.setHasTests(params.roots.length > 0);
        if (params.roots.length > 0) this.#background(this.#problems.tell());
      },
      [TESTS]: (params) => {
        handlers[TESTS]?.(params);
        if (params.complete) this.#opened(params.root);
      },
      [CACHE_CHANGED]: (params) => {
        handlers[CACHE_CHANGED]?.(params);
        this.#stepwise.cacheChanged(params.root);
      },
      [SUMMARY]: (params) => {
        handlers[SUMMARY]?.(params);
        if (params.total === 0 || !this.#problems.hasTests(params.root)) return;
        this.#showProblems();
        this.#background(this.#problems.tell());
      },
    };
  }

  #actions(): Actions {
    return actionsOf({
      server: this.#server,
      views: this.#views,
      stepwise: this.#stepwise,
      log: this.#log,
      run: (how) => this.#run(how),
      toggleRunOnSave: () => this.#run(async () => this.#onSave?.toggle()),
      selectInterpreter: () => this.#selectInterpreter(),
      restartServer: () => this.#restart(),
      copyDebugInfo: () => this.#copyDebugInfo(),
    });
  }

  #copyDebugInfo(): Promise<void> {
    const pythons = this.#choice.places.map(
      (place) => [`Python of ${place.name}`, this.#choice.pythonOf(place)] as const,
    );
    const { extension } = this.#context;
    return copyDebugInfo({ server: this.#server, extension, pythons, log: this.#lines.lines });
  }

  /** The choice of interpreters has changed, or was made for the first time. */
  async #applyChoice(): Promise<void> {
    if (!readEnabled()) return;
    const { server } = this.#choice;
    this.#showProblems();
    if (workspace.isTrusted) this.#profiles ??= this.add(this.#createProfiles());
    if (this.#server.isRunning) await this.#tellChoice();
    else if (server === null) this.#views.status.update({ server: "ended" });
    else if (!this.#started) await this.#startServer();
    if (server === null || this.#views.explorer.roots.length > 0) await this.#problems.tell();
  }

  /** A choice that is made while the server starts is told once it runs. */
  async #tellChoice(): Promise<void> {
    const news = this.#told.news(this.#choice.params);
    // All at once: a run that is asked for now must find every one of them told.
    await Promise.all(news.map((one) => this.#server.request(SET_INTERPRETER, one)));
  }

  #showProblems(): void {
    const { sentence } = this.#problems;
    this.#views.status.update({ trusted: workspace.isTrusted, problem: sentence });
    void commands.executeCommand("setContext", "pytestRecall.noInterpreter", sentence !== null);
  }

  async #selectInterpreter(): Promise<void> {
    const choice = this.#choice;
    const place = await selectPlace(choice.places, (one) => choice.pythonOf(one));
    if (place !== undefined) await selectInterpreter(choice.surroundings(place), place);
  }

  async #startServer(): Promise<void> {
    this.#started = true;
    await this.#server.restart();
  }

  #createProfiles(): Profiles {
    const { explorer, runs, status } = this.#views;
    const onSave = this.add(
      new RunOnSave(explorer, runs, {
        isLeftToOthers: () => this.#stepwise.isOn,
        prepare: () => this.#prepareRun(),
        report: (problem) => {
          this.#background(this.#tellRun(problem));
        },
        failed: (error) => {
          this.#log.error(messageOf(error));
        },
      }),
    );
    this.#onSave = onSave;
    return new Profiles(explorer, runs, this.#server, {
      watch: (request, token) => {
        onSave.watch(request, token);
      },
      rootsOf: ({ kind }) => status.rootsWith(kind),
      tellNothing,
      stepwise: (request, token) => this.#stepwise.start(request, token),
      prepare: () => this.#prepareRun(),
      coverageOf: (root) => {
        const place = explorer.roots.find(({ uri }) => uri === root);
        const isPerTest = place !== undefined && readSettings(placeOfRoot(place)).coveragePerTest;
        return isPerTest ? "tests" : "files";
      },
    });
  }

  #createStepwise(): Stepwise {
    const { explorer, runs, status } = this.#views;
    return new Stepwise(explorer, runs, this.#server, this.#log, {
      show: (stepwise) => {
        status.update({ stepwise });
      },
      prepare: () => this.#prepareRun(),
    });
  }

  /** pytest may have been installed since it was missed. */
  async #prepareRun(): Promise<void> {
    await this.#choice.settled();
    if (this.#choice.problems.length > 0) await this.#choice.refresh();
  }

  #serverIs(state: ServerState): void {
    switch (state.kind) {
      case "starting":
        this.#views.serverStarts();
        return;
      case "running":
        this.#views.serverRuns();
        this.#background(this.#tellChoice());
        return;
      case "ended":
        if (state.again) this.#views.serverRestarts();
        else this.#giveUp();
    }
  }

  #giveUp(): void {
    this.#views.serverEnded();
    this.#background(tellServerEnded(() => this.#restart(), this.#log));
  }

  async #run(how: (profiles: Profiles) => Promise<void>): Promise<void> {
    if (this.#profiles !== undefined) await how(this.#profiles);
  }

  /** All files of a root are there, for the first time in this window. */
  #opened(root: string): void {
    if (this.#collected.has(root) || !workspace.isTrusted) return;
    const place = this.#views.explorer.roots.find(({ uri }) => uri === root);
    if (place === undefined || !readSettings(placeOfRoot(place)).collectOnOpen) return;
    this.#collected.add(root);
    this.#background(collectQuietly(this.#server, root));
  }

  async #tellRun(problem: string): Promise<void> {
    if (await this.#problems.tellAgain(problem)) return;
    if (!(await this.#views.debugger.tellAgain(problem))) await tellRunProblem(problem, this.#log);
  }

  async #restart(): Promise<void> {
    await this.#choice.refresh();
    await this.#startServer();
  }

  async #resync(root: string): Promise<void> {
    await this.#server.request(RESYNC, { root });
  }

  async #resyncAll(): Promise<void> {
    await Promise.all(this.#views.explorer.roots.map(({ uri }) => this.#resync(uri)));
  }

  /** Work that nobody waits for; what it throws is logged. */
  #background(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#log.error(messageOf(error));
    });
  }
}
