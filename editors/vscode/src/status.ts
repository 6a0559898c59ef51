// What the status bar and the language status say about the server and the container engine. Quiet: the bar item is there only where
// task folders are, or where something is wrong.

import * as vscode from 'vscode';
import type { EngineState } from './engine';
import { taskFileSelector } from './tasks';

export type ServerState = 'starting' | 'ready' | 'stopped';

const icons = { starting: '$(loading~spin)', ready: '$(check)', running: '$(sync~spin)', stopped: '$(error)' } as const;

export class Status implements vscode.Disposable {
  private readonly bar = vscode.window.createStatusBarItem('meca.status', vscode.StatusBarAlignment.Left, 0);
  private readonly language = vscode.languages.createLanguageStatusItem('meca.server', taskFileSelector);
  private state: ServerState = 'starting';
  private detail = '';
  private activeRuns = 0;
  private wanted = false;
  /** As it was when it was last asked; nothing before that. */
  private engineState: EngineState | undefined;

  constructor(menuCommand: string, restartCommand: string) {
    this.bar.name = 'MECA Task Folders';
    this.bar.command = menuCommand;
    this.language.name = 'MECA Task Folders';
    this.language.command = { title: 'Restart', command: restartCommand };
    this.render();
  }

  /** `detail` is the version of a server that is ready, or why it stopped. */
  server(state: ServerState, detail = ''): void {
    this.state = state;
    this.detail = detail;
    this.render();
  }

  engine(state: EngineState | undefined): void {
    this.engineState = state;
    this.render();
  }

  runs(active: number): void {
    this.activeRuns = active;
    this.render();
  }

  /** Says whether there are task folders to have a status for. */
  show(wanted: boolean): void {
    this.wanted = wanted;
    this.render();
  }

  /** What is said of the server. */
  get sentence(): string {
    switch (this.state) {
      case 'starting':
        return 'Language server starting';
      case 'ready':
        return this.running
          ? `Language server running ${this.activeRuns === 1 ? 'a job' : `${String(this.activeRuns)} jobs`}: ${this.detail}`
          : `Language server ready: ${this.detail}`;
      case 'stopped':
        return this.detail ? `Language server stopped: ${this.detail}` : 'Language server stopped';
    }
  }

  /** What was last said of the container engine; nothing where it was not asked. */
  get engineTitle(): string | undefined {
    return this.engineState?.title;
  }

  get isStopped(): boolean {
    return this.state === 'stopped';
  }

  dispose(): void {
    this.bar.dispose();
    this.language.dispose();
  }

  private get running(): boolean {
    return this.state === 'ready' && this.activeRuns > 0;
  }

  private render(): void {
    const lines = [this.sentence, ...this.engineState ? [this.engineState.title] : []];
    const engineless = this.state === 'ready' && this.engineState?.answers === false;

    this.bar.text = `${engineless && !this.running ? '$(warning)' : icons[this.running ? 'running' : this.state]} MECA`;
    this.bar.tooltip = lines.join('\n');
    this.bar.backgroundColor = this.isStopped ? new vscode.ThemeColor('statusBarItem.errorBackground') : undefined;
    if (this.wanted || this.isStopped) {
      this.bar.show();
    } else {
      this.bar.hide();
    }

    this.language.text = 'MECA';
    this.language.detail = lines.join('. ');
    this.language.busy = this.state === 'starting';
    this.language.severity = severity(this.isStopped, engineless);
  }
}

function severity(stopped: boolean, engineless: boolean): vscode.LanguageStatusSeverity {
  const { Error, Warning, Information } = vscode.LanguageStatusSeverity;
  return stopped ? Error : engineless ? Warning : Information;
}
