// A new task folder in two steps, template and name; the program makes it.

import { execFile } from 'node:child_process';
import * as vscode from 'vscode';
import { directoryName, templates } from './templates';

export async function newFolder(serverProgram: () => Promise<string | undefined>, resource: unknown): Promise<void> {
  const program = await serverProgram(); // the window may be so new that the server is just being looked for
  if (program === undefined) {
    void vscode.window.showWarningMessage('The language server is not running.');
    return;
  }
  const parent = await parentFolder(resource);
  if (!parent) {
    return;
  }
  const template = await vscode.window.showQuickPick(templates, { title: 'New Task Folder (1/2)', placeHolder: 'What is the task made of?' });
  if (!template) {
    return;
  }
  const name = await vscode.window.showInputBox({
    title: 'New Task Folder (2/2)',
    prompt: `The task's name, as hosts show it. Its folder comes into ${vscode.workspace.asRelativePath(parent)}.`,
    placeHolder: 'Word counter',
    validateInput: value => obstacle(parent, value),
  });
  if (name === undefined) {
    return;
  }
  const folder = vscode.Uri.joinPath(parent, directoryName(name));
  const failure = await make(program, folder.fsPath, template.id, name.trim());
  if (failure !== undefined) {
    void vscode.window.showErrorMessage(`The task folder was not made: ${failure}`);
    return;
  }
  await vscode.window.showTextDocument(vscode.Uri.joinPath(folder, 'config.json'));
}

/** The folder that was clicked, else the workspace's, else one that is asked for. */
async function parentFolder(resource: unknown): Promise<vscode.Uri | undefined> {
  if (resource instanceof vscode.Uri) {
    return resource;
  }
  const roots = vscode.workspace.workspaceFolders ?? [];
  if (roots.length > 1) {
    return (await vscode.window.showWorkspaceFolderPick({ placeHolder: 'Where does the task folder come?' }))?.uri;
  }
  if (roots[0]) {
    return roots[0].uri;
  }
  const chosen = await vscode.window.showOpenDialog({ canSelectFiles: false, canSelectFolders: true, openLabel: 'Make the Task Folder Here' });
  return chosen?.[0];
}

async function obstacle(parent: vscode.Uri, name: string): Promise<string | undefined> {
  const directory = directoryName(name);
  if (!directory) {
    return 'A name needs a letter or a digit.';
  }
  try {
    await vscode.workspace.fs.stat(vscode.Uri.joinPath(parent, directory));
    return `There is already a ${directory} here.`;
  } catch {
    return undefined; // nothing is there
  }
}

/** Gives the reason where nothing was made. */
async function make(program: string, directory: string, template: string, name: string): Promise<string | undefined> {
  return await new Promise(resolve => {
    execFile(program, ['new', `--template=${template}`, `--name=${name}`, '--', directory], { windowsHide: true }, (error, _stdout, stderr) => {
      resolve(error ? stderr.trim().replace(/^meca-lsp: /, '') || error.message : undefined);
    });
  });
}
