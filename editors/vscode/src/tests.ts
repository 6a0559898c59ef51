// The tasks in VS Code's Testing view: an item per task folder. Whoever starts a run, its result is the item's: a run that was not asked
// for here is shown as a test run of its own.

import * as vscode from 'vscode';
import { Cancellation } from './cancellation';
import { failures, type Failure } from './failures';
import type { RunOptions } from './protocol';
import { readablePair } from './readable';
import type { ActiveRun, EndedRun, Runs } from './runs';
import { shownPath, type Task, type Tasks } from './tasks';
import { sentence } from './verdict';

/** How many tasks run at the same time where many were asked for: they share the machine. */
const atOnce = 2;

/** Where the output and the result of a folder's run go. */
interface Sink {
  readonly testRun: vscode.TestRun;
  readonly item: vscode.TestItem;
  /** The test run is of this run alone, and ends with it. */
  readonly alone: boolean;
}

export interface TestsParts {
  readonly tasks: Tasks;
  readonly runs: Runs;
  readonly stop: (folder: vscode.Uri) => Promise<void>;
}

export class TaskTests implements vscode.Disposable {
  private readonly controller = vscode.tests.createTestController('meca', 'MECA Tasks');
  private readonly profile: vscode.TestRunProfile;
  private readonly sinks = new Map<string, Set<Sink>>();
  private readonly stale = new Set<string>();
  private readonly subscriptions: vscode.Disposable[];

  constructor(private readonly parts: TestsParts) {
    this.profile = this.addProfile('Run Example', true, {});
    this.addProfile('Run Example as on a Host of Today', false, { as: 'todays-host' });
    this.subscriptions = [
      parts.tasks.onDidChange(() => { this.list(); }),
      parts.runs.onDidBegin(run => { this.began(run); }),
      parts.runs.onDidWrite(({ run, text }) => { this.write(run, text); }),
      parts.runs.onDidEnd(ended => { this.ended(ended); }),
    ];
  }

  /** Runs all tasks of the workspace; gives how they ended. */
  async runAll(): Promise<EndedRun[]> {
    return await this.runEach(new vscode.TestRunRequest(undefined, undefined, this.profile), {});
  }

  dispose(): void {
    vscode.Disposable.from(...this.subscriptions, this.controller).dispose();
  }

  private addProfile(label: string, isDefault: boolean, options: RunOptions): vscode.TestRunProfile {
    const handler = async (request: vscode.TestRunRequest, token: vscode.CancellationToken): Promise<void> => {
      if (request.continuous) {
        this.watch(request, token, options);
      } else {
        await this.runEach(request, options, token);
      }
    };
    return this.controller.createRunProfile(label, vscode.TestRunProfileKind.Run, handler, isDefault, undefined, true);
  }

  /** In Restricted Mode there are none: each would have a button that looks as if it ran something. */
  private list(): void {
    const { tasks } = this.parts;
    this.controller.items.replace(!vscode.workspace.isTrusted ? [] : tasks.all.map(task => this.itemOf(task)));
    for (const { key, last } of tasks.all) {
      const item = this.controller.items.get(key);
      if (!last?.stale) {
        this.stale.delete(key);
      } else if (item && !this.stale.has(key)) {
        this.stale.add(key);
        this.controller.invalidateTestResults(item);
      }
    }
  }

  private itemOf(task: Task): vscode.TestItem {
    const label = shownPath(task.folder);
    const config = vscode.Uri.joinPath(task.folder, 'config.json');
    const known = this.controller.items.get(task.key);
    const item = known?.label === label ? known : this.controller.createTestItem(task.key, label, config);
    item.description = task.name === label ? '' : task.name;
    item.range = new vscode.Range(0, 0, 0, 0);
    return item;
  }

  /** The items that a request is about. */
  private wanted(request: vscode.TestRunRequest): vscode.TestItem[] {
    const items = request.include ? [...request.include] : [...this.controller.items].map(([, item]) => item);
    return items.filter(item => !request.exclude?.includes(item));
  }

  private async runEach(request: vscode.TestRunRequest, options: RunOptions, token?: vscode.CancellationToken): Promise<EndedRun[]> {
    const waiting = this.wanted(request);
    const testRun = this.controller.createTestRun(request);
    const canceled = new Cancellation([token, testRun.token]);
    const ends: EndedRun[] = [];
    for (const item of waiting) {
      testRun.enqueued(item);
    }
    const work = async (): Promise<void> => {
      for (let item = waiting.shift(); item; item = waiting.shift()) {
        const end = canceled.now ? undefined : await this.runOne(testRun, item, options, canceled);
        if (end) {
          ends.push(end);
        } else if (canceled.now) {
          testRun.skipped(item);
        }
      }
    };
    try {
      await Promise.all(Array.from({ length: atOnce }, work));
    } finally {
      canceled.dispose();
      testRun.end();
    }
    return ends;
  }

  /** Gives nothing where nothing was run. */
  private async runOne(testRun: vscode.TestRun, item: vscode.TestItem, options: RunOptions, canceled: Cancellation): Promise<EndedRun | undefined> {
    const folder = vscode.Uri.parse(item.id, true);
    const sink: Sink = { testRun, item, alone: false };
    this.add(item.id, sink);
    testRun.started(item);
    const stop = () => void this.parts.stop(folder);
    const subscriptions = [
      canceled.onDidFire(stop),
      // Canceled while its files were saved, there was nothing to stop yet.
      this.parts.runs.onDidBegin(begun => {
        if (canceled.now && begun.folder.toString() === item.id) {
          stop();
        }
      }),
    ];
    try {
      for (;;) {
        const ended = await this.parts.runs.ask(folder, 'meca.run', options, true);
        if (typeof ended === 'string') {
          testRun.errored(item, new vscode.TestMessage(ended));
          return undefined;
        }
        if (ended.job === 'run') {
          return ended;
        }
        // A build went on and was joined; now that it is over, the run comes.
      }
    } finally {
      for (const subscription of subscriptions) {
        subscription.dispose();
      }
      this.sinks.get(item.id)?.delete(sink);
    }
  }

  /** Runs a task again each time that a file of it is saved. */
  private watch(request: vscode.TestRunRequest, token: vscode.CancellationToken, options: RunOptions): void {
    const { runs, tasks } = this.parts;
    const running = new Set<string>();
    const again = new Set<string>();
    const run = async (item: vscode.TestItem): Promise<void> => {
      running.add(item.id);
      do {
        again.delete(item.id);
        await this.runEach(new vscode.TestRunRequest([item], undefined, request.profile, true), options, token);
      } while (again.has(item.id) && !token.isCancellationRequested);
      running.delete(item.id);
    };
    const saves = vscode.workspace.onDidSaveTextDocument(({ uri }) => {
      const key = tasks.holding(uri)?.key;
      const item = this.wanted(request).find(({ id }) => id === key);
      if (!item || runs.isStarting(vscode.Uri.parse(item.id, true))) {
        return; // not asked for; or saved by the start of a run
      }
      if (running.has(item.id)) {
        again.add(item.id);
      } else {
        void run(item);
      }
    });
    token.onCancellationRequested(() => { saves.dispose(); });
  }

  private began({ folder, job }: ActiveRun): void {
    const item = this.controller.items.get(folder.toString());
    if (job !== 'run' || !item || (this.sinks.get(item.id)?.size ?? 0) > 0) {
      return;
    }
    const testRun = this.controller.createTestRun(new vscode.TestRunRequest([item], undefined, this.profile));
    testRun.started(item);
    testRun.token.onCancellationRequested(() => void this.parts.stop(folder));
    this.add(item.id, { testRun, item, alone: true });
  }

  private write({ folder }: ActiveRun, text: string): void {
    for (const { testRun, item } of this.sinks.get(folder.toString()) ?? []) {
      testRun.appendOutput(`${text}\r\n`, undefined, item);
    }
  }

  private ended(ended: EndedRun): void {
    const sinks = this.sinks.get(ended.folder.toString());
    if (!sinks || ended.job !== 'run') {
      return;
    }
    for (const sink of [...sinks]) {
      report(sink, ended);
      sinks.delete(sink);
      if (sink.alone) {
        sink.testRun.end();
      }
    }
  }

  private add(key: string, sink: Sink): void {
    this.sinks.set(key, (this.sinks.get(key) ?? new Set()).add(sink));
  }
}

function report({ testRun, item }: Sink, { folder, verdict, findings }: EndedRun): void {
  switch (verdict.outcome) {
    case 'passed':
      testRun.passed(item, verdict.durationMs);
      return;
    case 'canceled':
      testRun.skipped(item);
      return;
    case 'error':
      testRun.errored(item, new vscode.TestMessage(sentence('run', verdict)), verdict.durationMs);
      return;
    case 'failed':
      testRun.failed(item, failures(verdict, findings, vscode.Uri.joinPath(folder, 'config.json').toString()).map(messageOf), verdict.durationMs);
  }
}

function messageOf({ text, answer, uri, range: { start, end } }: Failure): vscode.TestMessage {
  const [expected, actual] = answer ? readablePair(Buffer.from(answer.expected, 'base64'), Buffer.from(answer.body, 'base64')) : [];
  const message = expected === undefined || actual === undefined ? new vscode.TestMessage(text) : vscode.TestMessage.diff(text, expected, actual);
  message.location = new vscode.Location(vscode.Uri.parse(uri, true), new vscode.Range(start.line, start.character, end.line, end.character));
  return message;
}
