// The jobs under way, as the server tells of them: each line into the output channel, the count into the status, and the verdict
// into one toast.

import * as vscode from 'vscode';
import type { Differences } from './difference';
import { folderName } from './folders';
import type { Answer, Job, Phase, RunEvent, Verdict } from './protocol';
import { hasDifference, phaseTimes, sentence } from './verdict';

const phaseWords: Record<Phase, string> = {
  build: 'Building the image',
  start: 'Starting the container',
  ready: 'Waiting for meca-init-done',
  answer: 'Sending example_input.bin',
  remove: 'Removing the container',
};

const matchWords: Record<Answer['match'], string> = {
  exact: 'equal to example_output.bin',
  trimmed: 'equal to example_output.bin but for white space around it',
  json: 'equal to example_output.bin as JSON, but not as text',
  different: 'not equal to example_output.bin',
};

interface ActiveRun {
  readonly folder: vscode.Uri;
  readonly job: Job;
}

export class Runs {
  private readonly active = new Map<string, ActiveRun>();

  constructor(
    private readonly output: vscode.OutputChannel,
    private readonly differences: Differences,
    private readonly activeChanged: (count: number) => void,
  ) {}

  handle(event: RunEvent): void {
    switch (event.kind) {
      case 'begin':
        this.begin(event);
        return;
      case 'state':
        if (event.state) {
          this.line(event.run, `· ${phaseWords[event.state]}`);
        }
        return;
      case 'log':
        this.line(event.run, `${(event.stream ?? '').padEnd(6)} │ ${event.text ?? ''}`);
        return;
      case 'end':
        this.end(event);
    }
  }

  /** Folders with a job under way. */
  get folders(): vscode.Uri[] {
    return [...this.active.values()].map(run => run.folder);
  }

  /** The server is gone and takes its jobs with it: no `end` will come. */
  serverStopped(): void {
    for (const id of this.active.keys()) {
      this.line(id, '✗ The language server stopped before the job was done.');
    }
    this.active.clear();
    this.publish();
  }

  private begin(event: RunEvent): void {
    const run = { folder: vscode.Uri.parse(event.folder, true), job: event.job };
    this.active.set(event.run, run);
    this.publish();
    this.output.show(true);
    this.line(event.run, `▶ ${run.job === 'run' ? 'Run example' : 'Build image'}: ${vscode.workspace.asRelativePath(run.folder)}`);
  }

  private end(event: RunEvent): void {
    const run = this.active.get(event.run);
    if (!run || !event.verdict) {
      return;
    }
    const { verdict } = event;
    if (verdict.answer) {
      const { status, bytes, match } = verdict.answer;
      this.line(event.run, `· Answer: status ${String(status)}, ${String(bytes)} ${bytes === 1 ? 'byte' : 'bytes'}, ${matchWords[match]}`);
    }
    if (verdict.phases.length > 0) {
      this.line(event.run, `· Times: ${phaseTimes(verdict)}`);
    }
    this.line(event.run, `${mark(verdict)} ${sentence(run.job, verdict)}`);
    this.output.appendLine('');
    this.active.delete(event.run);
    this.publish();

    if (verdict.answer && hasDifference(verdict)) {
      this.differences.remember(run.folder, verdict.answer);
    } else if (run.job === 'run' && verdict.outcome === 'passed') {
      this.differences.forget(run.folder);
    }
    void this.tell(run, verdict);
  }

  private async tell({ folder, job }: ActiveRun, verdict: Verdict): Promise<void> {
    const text = sentence(job, verdict);
    switch (verdict.outcome) {
      case 'passed':
        await vscode.window.showInformationMessage(text);
        return;
      case 'canceled':
        return;
      case 'failed': {
        const buttons = hasDifference(verdict) ? ['Show Difference', 'Show Output'] : ['Show Output'];
        await this.follow(await vscode.window.showWarningMessage(text, ...buttons), folder);
        return;
      }
      case 'error':
        await this.follow(await vscode.window.showErrorMessage(text, 'Show Output'), folder);
    }
  }

  private async follow(button: string | undefined, folder: vscode.Uri): Promise<void> {
    if (button === 'Show Difference') {
      await this.differences.show(folder);
    } else if (button === 'Show Output') {
      this.output.show(true);
    }
  }

  /** Lines of several jobs at once are told apart by their folder's name. */
  private line(id: string, text: string): void {
    const run = this.active.get(id);
    if (run) {
      this.output.appendLine(this.active.size > 1 ? `[${folderName(run.folder)}] ${text}` : text);
    }
  }

  private publish(): void {
    this.activeChanged(this.active.size);
    void vscode.commands.executeCommand('setContext', 'meca.running', this.active.size > 0);
  }
}

function mark(verdict: Verdict): string {
  return { passed: '✓', failed: '✗', error: '✗', canceled: '■' }[verdict.outcome];
}
