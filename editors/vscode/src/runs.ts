// The jobs under way, as the server tells of them: one record for the lens, the buttons, the palette and the tests. Each line goes into
// the output channel, each verdict to those who wait for it, and into one toast unless somebody else shows it.

import * as vscode from 'vscode';
import type { Differences } from './difference';
import { findingLine } from './failures';
import type { FolderArgument, Job, JobCommand, Phase, RunEvent, RunFinding, RunOptions, RunStarted, Verdict } from './protocol';
import { messageOf } from './server';
import { folderName, shownPath } from './tasks';
import { answerLine, brokenOff, hasDifference, mark, memoryLine, phaseTimes, sentence } from './verdict';

const phaseWords: Record<Phase, string> = {
  build: 'Building the image',
  start: 'Starting the container',
  ready: 'Waiting for meca-init-done',
  answer: 'Sending example_input.bin',
  remove: 'Removing the container',
};

export interface ActiveRun {
  readonly id: string;
  readonly folder: vscode.Uri;
  readonly job: Job;
}

export interface EndedRun extends ActiveRun {
  readonly verdict: Verdict;
  readonly findings: readonly RunFinding[];
}

export interface RunsParts {
  readonly output: vscode.OutputChannel;
  readonly differences: Differences;
  readonly accept: (folder: vscode.Uri) => Promise<void>;
  /** Stops the run of a folder, or the container that the last one left running. */
  readonly stop: (folder: vscode.Uri) => Promise<void>;
  /** Whether there is more than one task, so that a toast must say which one it is about. */
  readonly several: () => boolean;
}

export class Runs implements vscode.Disposable {
  private readonly began = new vscode.EventEmitter<ActiveRun>();
  private readonly wrote = new vscode.EventEmitter<{ readonly run: ActiveRun; readonly text: string }>();
  private readonly ended = new vscode.EventEmitter<EndedRun>();
  readonly onDidBegin = this.began.event;
  readonly onDidWrite = this.wrote.event;
  readonly onDidEnd = this.ended.event;
  private readonly active = new Map<string, ActiveRun>();
  /** The last job of each folder that is over: one may end before the answer comes that it was joined. */
  private readonly over = new Map<string, EndedRun>();
  private readonly waiting = new Map<string, ((ended: EndedRun) => void)[]>();
  /** Folders whose verdict is shown by who asked for it. */
  private readonly quiet = new Set<string>();
  private readonly starting = new Set<string>();
  /** Jobs that had another one beside them, by id: their lines say whose they are. */
  private readonly mixed = new Set<string>();
  private readonly refusals = new Map<string, string>();

  constructor(private readonly parts: RunsParts) {}

  /** Folders with a job under way. */
  get folders(): vscode.Uri[] {
    return [...this.active.values()].map(run => run.folder);
  }

  isActive(folder: vscode.Uri): boolean {
    return this.folders.some(active => active.toString() === folder.toString());
  }

  /** Between the click and the server's answer: files are saved then that nobody saved. */
  isStarting(folder: vscode.Uri): boolean {
    return this.starting.has(folder.toString());
  }

  /** Asks the server for a job and waits for its end. Gives the reason where nothing was started. */
  async ask(folder: vscode.Uri, command: JobCommand, options: RunOptions, quiet: boolean): Promise<EndedRun | string> {
    const key = folder.toString();
    let settle: (ended: EndedRun) => void = () => undefined;
    const end = new Promise<EndedRun>(resolve => { settle = resolve; });
    this.waiting.set(key, [...this.waiting.get(key) ?? [], settle]);
    this.starting.add(key);
    this.refusals.delete(key);
    if (quiet) {
      this.quiet.add(key);
    }
    try {
      const started = await this.start(command, { folder: key, ...options });
      if (!started) {
        this.waiting.set(key, (this.waiting.get(key) ?? []).filter(other => other !== settle));
        this.quiet.delete(key);
        return this.refusals.get(key) ?? 'It was not started.';
      }
      const over = this.over.get(key);
      if (over?.id === started.run) {
        this.settle(over);
      }
    } finally {
      this.starting.delete(key);
    }
    return await end;
  }

  /** While there is no server, its commands are not there either. */
  private async start(command: JobCommand, argument: RunOptions & FolderArgument): Promise<RunStarted | undefined> {
    try {
      return await vscode.commands.executeCommand<RunStarted | undefined>(command, argument);
    } catch (error) {
      this.refused(argument.folder, `The language server was not reached: ${messageOf(error)}`);
      return undefined;
    }
  }

  /** Told of a job that was not started. */
  refused(folder: string, reason: string): void {
    this.refusals.set(vscode.Uri.parse(folder, true).toString(), reason);
  }

  handle(event: RunEvent): void {
    const run = this.active.get(event.run);
    switch (event.kind) {
      case 'begin':
        this.begin({ id: event.run, folder: vscode.Uri.parse(event.folder, true), job: event.job });
        return;
      case 'state':
        if (run && event.state) {
          this.line(run, `· ${phaseWords[event.state]}`);
        }
        return;
      case 'log':
        if (run) {
          this.line(run, `${(event.stream ?? '').padEnd(6)} │ ${event.text ?? ''}`);
        }
        return;
      case 'end':
        if (run && event.verdict) {
          this.end({ ...run, verdict: event.verdict, findings: event.findings ?? [] });
        }
    }
  }

  /** The server is gone and takes its jobs with it: no `end` will come. */
  serverStopped(): void {
    for (const run of [...this.active.values()]) {
      const ended = { ...run, verdict: brokenOff('The language server stopped before the job was done.'), findings: [] };
      this.line(run, `✗ ${ended.verdict.message}`);
      this.conclude(ended);
      this.quiet.delete(run.folder.toString());
    }
  }

  dispose(): void {
    this.began.dispose();
    this.wrote.dispose();
    this.ended.dispose();
  }

  private begin(run: ActiveRun): void {
    this.active.set(run.id, run);
    this.publish();
    this.began.fire(run);
    if (!this.quiet.has(run.folder.toString())) {
      this.parts.output.show(true);
    }
    this.line(run, `▶ ${run.job === 'run' ? 'Run example' : 'Build image'}: ${shownPath(run.folder)}`);
  }

  private end(ended: EndedRun): void {
    const { verdict, folder, job } = ended;
    for (const line of [answerLine(verdict), phaseTimes(verdict), memoryLine(verdict), verdict.kept && `Left running at ${verdict.kept}`]) {
      if (line) {
        this.line(ended, `· ${line}`);
      }
    }
    if (verdict.today) {
      this.line(ended, `${mark(verdict.today)} ${sentence(job, verdict.today)}`);
    }
    for (const finding of ended.findings) {
      this.line(ended, `· ${findingLine(finding, vscode.Uri.parse(finding.uri, true).fsPath)}`);
    }
    this.line(ended, `${mark(verdict)} ${sentence(job, verdict)}`);
    this.parts.output.appendLine('');

    if (verdict.answer && hasDifference(verdict)) {
      this.parts.differences.remember(folder, verdict.answer);
    } else if (job === 'run' && verdict.outcome === 'passed') {
      this.parts.differences.forget(folder);
    }
    if (!this.quiet.delete(folder.toString())) {
      void this.tell(ended);
    }
    this.conclude(ended);
  }

  private conclude(ended: EndedRun): void {
    this.active.delete(ended.id);
    this.mixed.delete(ended.id);
    this.over.set(ended.folder.toString(), ended);
    this.publish();
    this.ended.fire(ended);
    this.settle(ended);
  }

  private settle(ended: EndedRun): void {
    const key = ended.folder.toString();
    const waiting = this.waiting.get(key) ?? [];
    this.waiting.delete(key);
    for (const settle of waiting) {
      settle(ended);
    }
  }

  private async tell({ folder, job, verdict }: EndedRun): Promise<void> {
    const kept = verdict.kept === undefined ? '' : ` Its container is left running at ${verdict.kept}`;
    const which = this.parts.several() ? `${shownPath(folder)}: ` : '';
    const text = which + sentence(job, verdict) + kept;
    const { window } = vscode;
    switch (verdict.outcome) {
      case 'passed':
        await this.follow(await window.showInformationMessage(text, ...kept ? ['Open', 'Stop It'] : []), folder, verdict);
        return;
      case 'canceled':
        return;
      case 'failed': {
        const buttons = [...hasDifference(verdict) ? ['Show Difference', 'Accept Answer'] : [], ...kept ? ['Open', 'Stop It'] : [], 'Show Output'];
        await this.follow(await window.showWarningMessage(text, ...buttons), folder, verdict);
        return;
      }
      case 'error':
        await this.follow(await window.showErrorMessage(text, 'Show Output'), folder, verdict);
    }
  }

  private async follow(button: string | undefined, folder: vscode.Uri, verdict: Verdict): Promise<void> {
    switch (button) {
      case 'Show Difference':
        await this.parts.differences.show(folder);
        return;
      case 'Accept Answer':
        await this.parts.accept(folder);
        return;
      case 'Show Output':
        this.parts.output.show(true);
        return;
      case 'Open':
        // In a remote window the address is one of the remote machine.
        await vscode.env.openExternal(await vscode.env.asExternalUri(vscode.Uri.parse(verdict.kept ?? '', true)));
        return;
      case 'Stop It':
        await this.parts.stop(folder);
        return;
      case undefined: // it was closed
    }
  }

  /** Lines of several jobs at once are told apart by their folder's name, to the end of each. */
  private line(run: ActiveRun, text: string): void {
    if (this.active.size > 1) {
      for (const id of this.active.keys()) {
        this.mixed.add(id);
      }
    }
    const line = this.mixed.has(run.id) ? `[${folderName(run.folder)}] ${text}` : text;
    this.parts.output.appendLine(line);
    this.wrote.fire({ run, text: line });
  }

  private publish(): void {
    void vscode.commands.executeCommand('setContext', 'meca.running', this.active.size > 0);
  }
}
