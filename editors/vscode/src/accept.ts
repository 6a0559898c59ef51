// One click makes the last answer the example's: the server has the editor change example_output.bin, and what it changed is saved.

import * as vscode from 'vscode';
import type { Differences } from './difference';
import { acceptCommand, type Replaced } from './protocol';
import { messageOf } from './server';
import { shownPath } from './tasks';

export async function acceptAnswer(folder: vscode.Uri, differences: Differences): Promise<void> {
  const argument = { folder: folder.toString() };
  let done: Replaced | null | undefined;
  try {
    done = await vscode.commands.executeCommand<Replaced | null | undefined>(acceptCommand, argument);
  } catch (error) {
    void vscode.window.showErrorMessage(`The language server was not reached: ${messageOf(error)}`);
    return;
  }
  if (done === undefined) {
    return; // it was refused, and that was told
  }
  await differences.close(folder);
  const file = vscode.Uri.joinPath(folder, 'example_output.bin');
  const undo = done ? () => bringBack(vscode.Uri.file(done.kept), file) : await saved(file);
  if (undo && await vscode.window.showInformationMessage(`The answer is now ${shownPath(file)}.`, 'Undo') === 'Undo') {
    await undo();
  }
}

/** Saves what the server had the editor change; gives what takes that back. */
async function saved(file: vscode.Uri): Promise<(() => Promise<void>) | undefined> {
  const document = vscode.workspace.textDocuments.find(open => open.uri.toString() === file.toString());
  if (!document || document.isDirty && !await document.save()) {
    void vscode.window.showWarningMessage(`${shownPath(file)} could not be saved.`);
    return undefined;
  }
  return async () => {
    await vscode.window.showTextDocument(document);
    await vscode.commands.executeCommand('undo');
    await document.save();
  };
}

async function bringBack(kept: vscode.Uri, file: vscode.Uri): Promise<void> {
  try {
    await vscode.workspace.fs.writeFile(file, await vscode.workspace.fs.readFile(kept)); // not a copy: that would bring its mode, too
  } catch (error) {
    void vscode.window.showErrorMessage(`${shownPath(file)} was not brought back: ${messageOf(error)}. It is kept as ${kept.fsPath}.`);
  }
}
