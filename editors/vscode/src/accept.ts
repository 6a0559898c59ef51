// One click makes the last answer the example's: the server has the editor change example_output.bin, and what it changed is saved.

import * as vscode from 'vscode';
import type { Differences } from './difference';
import { acceptCommand } from './protocol';
import { messageOf } from './server';
import { shownPath } from './tasks';

export async function acceptAnswer(folder: vscode.Uri, differences: Differences): Promise<void> {
  const argument = { folder: folder.toString() };
  try {
    if (await vscode.commands.executeCommand(acceptCommand, argument) === undefined) {
      return; // it was refused, and that was told
    }
  } catch (error) {
    void vscode.window.showErrorMessage(`The language server was not reached: ${messageOf(error)}`);
    return;
  }
  await differences.close(folder);
  const file = vscode.Uri.joinPath(folder, 'example_output.bin');
  const document = vscode.workspace.textDocuments.find(open => open.uri.toString() === file.toString());
  if (!document?.isDirty) {
    return; // the server wrote the file itself, and said where the old bytes are
  }
  if (!await document.save()) {
    void vscode.window.showWarningMessage(`${shownPath(file)} could not be saved.`);
    return;
  }
  if (await vscode.window.showInformationMessage(`The answer is now ${shownPath(file)}.`, 'Undo') === 'Undo') {
    await vscode.window.showTextDocument(document);
    await vscode.commands.executeCommand('undo');
    await document.save();
  }
}
