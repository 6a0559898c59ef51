// The last answer of each task folder beside its example_output.bin, as two read-only documents in a diff editor.

import * as vscode from 'vscode';
import type { Answer } from './protocol';
import { isJson, readablePair } from './readable';
import { folderName } from './tasks';

const scheme = 'meca-answer';

interface Pair {
  readonly folder: vscode.Uri;
  readonly expected: string;
  readonly answer: string;
  readonly truncated: boolean;
}

export class Differences implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;
  /** Keyed by folder; the newest is the last. */
  private readonly pairs = new Map<string, Pair>();
  private readonly registration = vscode.workspace.registerTextDocumentContentProvider(scheme, this);

  remember(folder: vscode.Uri, answer: Answer): void {
    const [expected, body] = readablePair(Buffer.from(answer.expected, 'base64'), Buffer.from(answer.body, 'base64'));
    this.forget(folder);
    this.pairs.set(folder.toString(), { folder, expected, answer: body, truncated: answer.truncated });
    this.changed.fire(document(folder, 'example_output.bin'));
    this.changed.fire(document(folder, 'answer'));
    this.publish();
  }

  forget(folder: vscode.Uri): void {
    this.pairs.delete(folder.toString());
    this.publish();
  }

  /** Shows the difference of `folder`, or the newest where none is given. */
  async show(folder?: vscode.Uri): Promise<void> {
    const pair = folder ? this.pairs.get(folder.toString()) : [...this.pairs.values()].at(-1);
    if (!pair) {
      void vscode.window.showInformationMessage('There is no difference to show: no run of this folder has ended with another answer.');
      return;
    }
    const [left, right] = [document(pair.folder, 'example_output.bin'), document(pair.folder, 'answer')];
    if (isJson(pair.expected) && isJson(pair.answer)) {
      await Promise.all([left, right].map(async uri => vscode.languages.setTextDocumentLanguage(await vscode.workspace.openTextDocument(uri), 'json')));
    }
    const title = `${folderName(pair.folder)}: example_output.bin ↔ answer${pair.truncated ? ' (first MiB)' : ''}`;
    await vscode.commands.executeCommand('vscode.diff', left, right, title, { preview: true });
  }

  has(folder: vscode.Uri): boolean {
    return this.pairs.has(folder.toString());
  }

  /** The folder of the difference that `resource`, or else the active tab, shows. */
  folderOf(resource: unknown): vscode.Uri | undefined {
    const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    const uri = resource instanceof vscode.Uri && resource.scheme === scheme ? resource : input instanceof vscode.TabInputTextDiff ? input.modified : undefined;
    return uri?.scheme === scheme ? vscode.Uri.parse(uri.query, true) : undefined;
  }

  /** Closes the editors that show the difference of `folder`: there is none any more. */
  async close(folder: vscode.Uri): Promise<void> {
    const shown = vscode.window.tabGroups.all.flatMap(group => group.tabs).filter(({ input }) =>
      input instanceof vscode.TabInputTextDiff && input.modified.scheme === scheme && input.modified.query === folder.toString());
    await vscode.window.tabGroups.close(shown, true);
    this.forget(folder);
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    const pair = this.pairs.get(vscode.Uri.parse(uri.query, true).toString());
    return (uri.path.endsWith('/answer') ? pair?.answer : pair?.expected) ?? '';
  }

  dispose(): void {
    this.registration.dispose();
    this.changed.dispose();
  }

  private publish(): void {
    void vscode.commands.executeCommand('setContext', 'meca.hasDifference', this.pairs.size > 0);
  }
}

/** The folder's own URI travels in the query, so that any path survives. */
function document(folder: vscode.Uri, name: 'example_output.bin' | 'answer'): vscode.Uri {
  return vscode.Uri.from({ scheme, path: `${folder.path}/${name}`, query: folder.toString() });
}
