// What the status bar and the language status say about the server. Quiet: the bar item is there only where task folders are, or
// where something is wrong.

import * as vscode from 'vscode';
import { taskFileSelector } from './folders';

export type ServerState = 'starting' | 'ready' | 'stopped';

const icons = { starting: '$(loading~spin)', ready: '$(check)', running: '$(sync~spin)', stopped: '$(error)' } as const;

export class Status implements vscode.Disposable {
  private readonly bar = vscode.window.createStatusBarItem('meca.status', vscode.StatusBarAlignment.Left, 0);
  private readonly language = vscode.languages.createLanguageStatusItem('meca.server', taskFileSelector);
  private state: ServerState = 'starting';
  private detail = '';
  private activeRuns = 0;
  private wanted = false;

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

  runs(active: number): void {
    this.activeRuns = active;
    this.render();
  }

  /** Says whether there are task folders to have a status for. */
  show(wanted: boolean): void {
    this.wanted = wanted;
    this.render();
  }

  dispose(): void {
    this.bar.dispose();
    this.language.dispose();
  }

  private render(): void {
    const running = this.state === 'ready' && this.activeRuns > 0;
    const sentence = this.sentence(running);
    const stopped = this.state === 'stopped';

    this.bar.text = `${icons[running ? 'running' : this.state]} MECA`;
    this.bar.tooltip = sentence;
    this.bar.backgroundColor = stopped ? new vscode.ThemeColor('statusBarItem.errorBackground') : undefined;
    if (this.wanted || stopped) {
      this.bar.show();
    } else {
      this.bar.hide();
    }

    this.language.text = 'MECA';
    this.language.detail = sentence;
    this.language.busy = this.state === 'starting';
    this.language.severity = stopped ? vscode.LanguageStatusSeverity.Error : vscode.LanguageStatusSeverity.Information;
  }

  private sentence(running: boolean): string {
    switch (this.state) {
      case 'starting':
        return 'Language server starting';
      case 'ready':
        return running
          ? `Language server running ${this.activeRuns === 1 ? 'a job' : `${String(this.activeRuns)} jobs`}: ${this.detail}`
          : `Language server ready: ${this.detail}`;
      case 'stopped':
        return this.detail ? `Language server stopped: ${this.detail}` : 'Language server stopped';
    }
  }
}
