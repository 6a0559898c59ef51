// The tasks of the workspace as the server last told of them: the one record that buttons, menus, tests, view and status go by.

import * as path from 'node:path';
import * as vscode from 'vscode';
import type { TaskItem, TaskList } from './protocol';

/** The files of a task folder. */
const taskFiles = ['Dockerfile', 'config.json', 'name.txt', 'description.txt', 'example_input.bin', 'example_output.bin'];

/** The documents the server gets to see, beside the sources of tasks. By glob, not by language: config.json is `json` or `jsonc`, the rest mostly `plaintext`. */
export const taskFileSelector = [...taskFiles, '.dockerignore', '.meca-lsp.json'].map(name => ({ scheme: 'file', pattern: `**/${name}` }));

export interface Task extends Omit<TaskItem, 'folder'> {
  /** The folder's URI as the editor writes it, which tells tasks apart. */
  readonly key: string;
  readonly folder: vscode.Uri;
}

export class Tasks implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;
  private tasks = new Map<string, Task>();

  take(list: TaskList): void {
    this.tasks = new Map(list.tasks.map(item => {
      const folder = vscode.Uri.parse(item.folder, true);
      return [folder.toString(), { ...item, folder, key: folder.toString() }];
    }));
    void vscode.commands.executeCommand('setContext', 'meca.taskFolders', this.all.map(task => task.folder.fsPath));
    this.changed.fire();
  }

  /** Sorted, so that a folder comes before those within it. */
  get all(): readonly Task[] {
    return [...this.tasks.values()];
  }

  get(folder: vscode.Uri): Task | undefined {
    return this.tasks.get(folder.toString());
  }

  /** The task folder that is `uri` or holds it, at any depth. */
  holding(uri: vscode.Uri): Task | undefined {
    return this.all.findLast(task => isWithin(uri, task.folder));
  }

  dispose(): void {
    this.changed.dispose();
  }
}

/** True for `folder` itself and everything below it. */
export function isWithin(uri: vscode.Uri, folder: vscode.Uri): boolean {
  return uri.scheme === folder.scheme && uri.authority === folder.authority
    && (uri.path === folder.path || uri.path.startsWith(`${folder.path.replace(/\/$/, '')}/`));
}

/** The last part of a folder's path, as people call it. */
export function folderName(folder: vscode.Uri): string {
  return path.posix.basename(folder.path) || folder.path;
}

/** A folder's path as the explorer shows it; the name of one that is the workspace's own. */
export function shownPath(folder: vscode.Uri): string {
  const relative = vscode.workspace.asRelativePath(folder);
  return path.isAbsolute(relative) ? folderName(folder) : relative;
}
