// Where the task folders of the workspace are, as far as buttons, menus and the status need to know.

import * as path from 'node:path';
import * as vscode from 'vscode';
import { isTaskFolder, mentionsResource, TASK_FILES } from './shape';

const glob = `**/{${TASK_FILES.join(',')}}`;
const excluded = '**/{node_modules,.*}/**';
const maxFiles = 5000;

/** The documents the server gets to see. By glob, not by language: config.json is `json` or `jsonc`, the rest mostly `plaintext`. */
export const taskFileSelector = [...TASK_FILES, '.dockerignore', '.meca-lsp.json'].map(name => ({ scheme: 'file', pattern: `**/${name}` }));

export class TaskFolders implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;
  private readonly watcher = vscode.workspace.createFileSystemWatcher(glob, false, true, false);
  private folders: readonly vscode.Uri[] = [];
  private looking: Promise<void> | undefined;
  private lookAgain = false;

  constructor() {
    const refresh = (uri: vscode.Uri) => {
      if (!uri.path.includes('/node_modules/')) {
        void this.refresh();
      }
    };
    this.watcher.onDidCreate(refresh);
    this.watcher.onDidDelete(refresh);
  }

  get all(): readonly vscode.Uri[] {
    return this.folders;
  }

  /** Looks at the workspace. Asked for while it looks, it looks once more. */
  refresh(): Promise<void> {
    this.lookAgain = true;
    this.looking ??= this.look().finally(() => {
      this.looking = undefined;
    });
    return this.looking;
  }

  /** The task folder that is `uri` or holds it, at any depth. */
  holding(uri: vscode.Uri): vscode.Uri | undefined {
    return this.folders.findLast(folder => isWithin(uri, folder));
  }

  dispose(): void {
    this.watcher.dispose();
    this.changed.dispose();
  }

  private async look(): Promise<void> {
    while (this.lookAgain) {
      this.lookAgain = false;
      this.folders = await taskFolders(await vscode.workspace.findFiles(glob, excluded, maxFiles));
    }
    await vscode.commands.executeCommand('setContext', 'meca.taskFolders', this.folders.map(folder => folder.fsPath));
    this.changed.fire();
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

/** Sorted by path, so that a folder comes before those within it. What lies in the src of a task folder is none of its own. */
async function taskFolders(files: readonly vscode.Uri[]): Promise<vscode.Uri[]> {
  const candidates = new Map<string, { folder: vscode.Uri; files: string[] }>();
  for (const file of files) {
    const folder = vscode.Uri.joinPath(file, '..');
    const candidate = candidates.get(folder.path) ?? { folder, files: [] };
    candidate.files.push(path.posix.basename(file.path));
    candidates.set(folder.path, candidate);
  }
  const found: vscode.Uri[] = [];
  for (const { folder, files: names } of [...candidates.values()].sort((a, b) => (a.folder.path < b.folder.path ? -1 : 1))) {
    const inSource = found.some(outer => isWithin(folder, vscode.Uri.joinPath(outer, 'src')));
    if (!inSource && await isTaskFolder({ files: names, hasSource: () => hasSource(folder), hasResource: () => hasResource(folder) })) {
      found.push(folder);
    }
  }
  return found;
}

async function hasSource(folder: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(vscode.Uri.joinPath(folder, 'src'));
    return true;
  } catch {
    return false;
  }
}

async function hasResource(folder: vscode.Uri): Promise<boolean> {
  try {
    return mentionsResource(new TextDecoder().decode(await vscode.workspace.fs.readFile(vscode.Uri.joinPath(folder, 'config.json'))));
  } catch {
    return false;
  }
}
