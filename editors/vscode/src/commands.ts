// The extension's own commands. Those about a folder find out which one is meant and hand over to the server's command.

import * as vscode from 'vscode';
import type { LanguageServer } from './client';
import type { Differences } from './difference';
import type { TaskFolders } from './folders';
import { stopCommand, type FolderArgument, type JobCommand } from './protocol';
import type { Runs } from './runs';

export const menuCommand = 'meca.showMenu';
export const restartCommand = 'meca.restartServer';

export interface CommandParts {
  readonly server: LanguageServer;
  readonly folders: TaskFolders;
  readonly runs: Runs;
  readonly differences: Differences;
  readonly output: vscode.OutputChannel;
  readonly log: vscode.LogOutputChannel;
}

/** Registers each command of the table; the explorer and the editor's title give the resource as first argument. */
export function registerCommands(parts: CommandParts): vscode.Disposable {
  const table: Record<string, (resource?: unknown) => unknown> = {
    'meca.runExample': resource => askServer(parts, 'meca.run', resource),
    'meca.buildImage': resource => askServer(parts, 'meca.build', resource),
    'meca.stopRun': resource => stopRun(parts, resource),
    'meca.showDifference': () => parts.differences.show(),
    'meca.showOutput': () => { parts.output.show(); },
    'meca.showLog': () => { parts.log.show(); },
    [restartCommand]: () => parts.server.restart(),
    [menuCommand]: showMenu,
  };
  return vscode.Disposable.from(...Object.entries(table).map(([id, handler]) => vscode.commands.registerCommand(id, handler)));
}

async function askServer(parts: CommandParts, command: JobCommand, resource: unknown): Promise<void> {
  const folder = await whichFolder(parts.folders.all, resourceFolder(parts, resource));
  if (folder) {
    await execute(parts, command, folder);
  } else if (parts.folders.all.length === 0) {
    void vscode.window.showInformationMessage('There is no task folder in this workspace.');
  }
}

async function stopRun(parts: CommandParts, resource: unknown): Promise<void> {
  const running = parts.runs.folders;
  const here = resourceFolder(parts, resource);
  const folder = await whichFolder(running, running.find(run => run.toString() === here?.toString()));
  if (folder) {
    await execute(parts, stopCommand, folder);
  }
}

async function execute(parts: CommandParts, command: JobCommand | typeof stopCommand, folder: vscode.Uri): Promise<void> {
  if (!parts.server.isRunning) {
    if (await vscode.window.showWarningMessage('The language server is not running.', 'Restart', 'Show Log') === 'Restart') {
      await parts.server.restart();
    }
    return;
  }
  const argument: FolderArgument = { folder: folder.toString() };
  await vscode.commands.executeCommand(command, argument);
}

/** The task folder of the clicked resource, else of the active editor. */
function resourceFolder(parts: CommandParts, resource: unknown): vscode.Uri | undefined {
  const uri = resource instanceof vscode.Uri ? resource : vscode.window.activeTextEditor?.document.uri;
  return uri && parts.folders.holding(uri);
}

async function whichFolder(choices: readonly vscode.Uri[], meant: vscode.Uri | undefined): Promise<vscode.Uri | undefined> {
  if (meant || choices.length < 2) {
    return meant ?? choices[0];
  }
  const items = choices.map(folder => ({ label: vscode.workspace.asRelativePath(folder), folder }));
  return (await vscode.window.showQuickPick(items, { placeHolder: 'Which task folder?' }))?.folder;
}

async function showMenu(): Promise<void> {
  const items = [
    { label: '$(output) Show Run Output', command: 'meca.showOutput' },
    { label: '$(list-flat) Show Language Server Log', command: 'meca.showLog' },
    { label: '$(debug-restart) Restart Language Server', command: restartCommand },
  ];
  const pick = await vscode.window.showQuickPick(items, { placeHolder: 'MECA Task Folders' });
  if (pick) {
    await vscode.commands.executeCommand(pick.command);
  }
}
