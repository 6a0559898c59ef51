// The extension's own commands. Those about a folder find out which one is meant and hand over to the server's command.

import * as vscode from 'vscode';
import type { LanguageServer } from './client';
import type { Differences } from './difference';
import { showMenu } from './menu';
import { newFolder } from './newfolder';
import { stopCommand, type JobCommand, type RunOptions } from './protocol';
import type { EndedRun, Runs } from './runs';
import type { Status } from './status';
import { shownPath, type Tasks } from './tasks';
import { summaryOf } from './verdict';

export const menuCommand = 'meca.showMenu';
export const restartCommand = 'meca.restartServer';

export interface CommandParts {
  readonly server: LanguageServer;
  readonly status: Status;
  readonly tasks: Tasks;
  readonly runs: Runs;
  readonly runAll: () => Promise<EndedRun[]>;
  readonly accept: (folder: vscode.Uri) => Promise<void>;
  readonly differences: Differences;
  readonly output: vscode.OutputChannel;
  readonly log: vscode.LogOutputChannel;
  readonly report: () => Promise<void>;
}

/** Registers each command of the table; explorer, task view and the editor's title give what they are about as first argument. */
export function registerCommands(parts: CommandParts): vscode.Disposable {
  const table: Record<string, (resource?: unknown) => unknown> = {
    'meca.runExample': resource => askServer(parts, 'meca.run', resource),
    'meca.runOnTodaysHost': resource => askServer(parts, 'meca.run', resource, { as: 'todays-host' }),
    'meca.runAndKeep': resource => askServer(parts, 'meca.run', resource, { keep: true }),
    'meca.buildImage': resource => askServer(parts, 'meca.build', resource),
    'meca.runAllTasks': () => runAll(parts),
    'meca.stopRun': resource => stopRun(parts, resource),
    'meca.acceptDifference': resource => accept(parts, resource),
    'meca.showDifference': resource => parts.differences.show(resourceFolder(parts, resource)),
    'meca.newFolder': resource => newFolder(() => parts.server.program(), resource),
    'meca.showOutput': () => { parts.output.show(); },
    'meca.showLog': () => { parts.log.show(); },
    'meca.reportProblem': () => parts.report(),
    [restartCommand]: () => parts.server.restart(),
    [menuCommand]: () => { showMenu(parts.status, () => parts.server.askEngine()); },
  };
  return vscode.Disposable.from(...Object.entries(table).map(([id, handler]) => vscode.commands.registerCommand(id, handler)));
}

async function askServer(parts: CommandParts, command: JobCommand, resource: unknown, options: RunOptions = {}): Promise<void> {
  const folders = parts.tasks.all.map(task => task.folder);
  const folder = await whichFolder(folders, resourceFolder(parts, resource));
  if (folder) {
    await execute(parts, command, { folder: folder.toString(), ...options });
  } else if (folders.length === 0) {
    void vscode.window.showInformationMessage('There is no task folder in this workspace.');
  }
}

async function stopRun(parts: CommandParts, resource: unknown): Promise<void> {
  const running = parts.runs.folders;
  const here = resourceFolder(parts, resource);
  const folder = await whichFolder(running, running.find(run => run.toString() === here?.toString()));
  if (folder) {
    await execute(parts, stopCommand, { folder: folder.toString() });
  }
}

async function runAll(parts: CommandParts): Promise<void> {
  if (parts.tasks.all.length === 0) {
    void vscode.window.showInformationMessage('There is no task folder in this workspace.');
    return;
  }
  const wanted = parts.tasks.all.length;
  const ends = await parts.runAll();
  const failed = ends.filter(({ verdict }) => verdict.outcome === 'failed' || verdict.outcome === 'error');
  const text = summaryOf(wanted, ends.map(({ folder, verdict }) => ({ path: shownPath(folder), verdict })));
  const button = await (failed.length > 0
    ? vscode.window.showWarningMessage(text, 'Show Tests', 'Show Output')
    : vscode.window.showInformationMessage(text, 'Show Tests'));
  if (button === 'Show Tests') {
    await vscode.commands.executeCommand('workbench.view.testing.focus');
  } else if (button === 'Show Output') {
    parts.output.show(true);
  }
}

async function accept(parts: CommandParts, resource: unknown): Promise<void> {
  const folder = parts.differences.folderOf(resource) ?? resourceFolder(parts, resource);
  if (folder) {
    await parts.accept(folder);
  }
}

async function execute(parts: CommandParts, command: string, argument: RunOptions & { readonly folder: string }): Promise<void> {
  await parts.server.settled(); // a click may come while it starts
  if (!parts.server.isRunning) {
    if (await vscode.window.showWarningMessage('The language server is not running.', 'Restart', 'Show Log') === 'Restart') {
      await parts.server.restart();
    }
    return;
  }
  await vscode.commands.executeCommand(command, argument);
}

/** The task folder of what was clicked (a file, or an entry of the task view), else of the active editor. */
function resourceFolder({ tasks }: CommandParts, resource: unknown): vscode.Uri | undefined {
  if (isOfTask(resource)) {
    return resource.folder;
  }
  const uri = resource instanceof vscode.Uri ? resource : vscode.window.activeTextEditor?.document.uri;
  return uri && tasks.holding(uri)?.folder;
}

function isOfTask(resource: unknown): resource is { readonly folder: vscode.Uri } {
  return typeof resource === 'object' && resource !== null && 'folder' in resource && resource.folder instanceof vscode.Uri;
}

async function whichFolder(choices: readonly vscode.Uri[], meant: vscode.Uri | undefined): Promise<vscode.Uri | undefined> {
  if (meant ?? choices.length < 2) {
    return meant ?? choices[0];
  }
  const items = choices.map(folder => ({ label: shownPath(folder), folder }));
  return (await vscode.window.showQuickPick(items, { placeHolder: 'Which task folder?' }))?.folder;
}
