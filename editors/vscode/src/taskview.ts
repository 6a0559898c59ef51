// The tasks in the explorer's side bar: the last verdict, the limits, the most memory that was seen.

import * as vscode from 'vscode';
import type { Runs } from './runs';
import { shownPath, type Task, type Tasks } from './tasks';
import { limitsText, usageText } from './verdict';

const icons = {
  running: new vscode.ThemeIcon('loading~spin'),
  none: new vscode.ThemeIcon('circle-large-outline', new vscode.ThemeColor('testing.iconUnset')),
  passed: new vscode.ThemeIcon('pass', new vscode.ThemeColor('testing.iconPassed')),
  failed: new vscode.ThemeIcon('error', new vscode.ThemeColor('testing.iconFailed')),
  error: new vscode.ThemeIcon('warning', new vscode.ThemeColor('testing.iconErrored')),
  canceled: new vscode.ThemeIcon('circle-slash', new vscode.ThemeColor('testing.iconSkipped')),
  stale: new vscode.ThemeIcon('history', new vscode.ThemeColor('testing.iconUnset')),
};

export class TaskView implements vscode.TreeDataProvider<Task>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly subscriptions: vscode.Disposable[];

  constructor(private readonly tasks: Tasks, private readonly runs: Runs) {
    const refresh = () => { this.changed.fire(undefined); };
    this.subscriptions = [
      vscode.window.registerTreeDataProvider('meca.tasks', this),
      tasks.onDidChange(refresh), runs.onDidBegin(refresh), runs.onDidEnd(refresh),
    ];
  }

  getChildren(parent?: Task): Task[] {
    return parent ? [] : [...this.tasks.all];
  }

  getTreeItem(task: Task): vscode.TreeItem {
    const { last } = task;
    const running = this.runs.isActive(task.folder);
    const item = new vscode.TreeItem(shownPath(task.folder));
    item.id = task.key;
    item.resourceUri = task.folder;
    item.contextValue = running ? 'meca.running' : 'meca.idle';
    item.iconPath = icons[running ? 'running' : last?.stale ? 'stale' : last?.outcome ?? 'none'];
    item.description = usageText(task.limits, last?.peakBytes);
    item.tooltip = tooltip(task);
    item.command = { title: 'Open config.json', command: 'vscode.open', arguments: [vscode.Uri.joinPath(task.folder, 'config.json')] };
    item.accessibilityInformation = { label: `${shownPath(task.folder)}, ${running ? 'running' : last?.summary ?? 'not run yet'}, ${item.description}` };
    return item;
  }

  dispose(): void {
    vscode.Disposable.from(...this.subscriptions).dispose();
    this.changed.dispose();
  }
}

/** Plain text: names and messages are not ours. */
function tooltip({ name, limits, last }: Task): string {
  const run = last ? `Last run${last.as === 'todays-host' ? ' (as on a host of today)' : ''}: ${last.summary}${last.stale ? ' (before the last change)' : ''}` : 'Not run yet';
  return [name, `Limits: ${limitsText(limits)}`, run].join('\n');
}
