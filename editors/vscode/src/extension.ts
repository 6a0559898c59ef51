// Wiring: makes the parts, ties them together, starts the server. What is wrong with a task folder, and how its example is run, is
// all the server's.

import * as vscode from 'vscode';
import { LanguageServer } from './client';
import { menuCommand, registerCommands, restartCommand } from './commands';
import { Differences } from './difference';
import { TaskFolders } from './folders';
import { executeCommandMiddleware } from './jobs';
import { Runs } from './runs';
import { Status } from './status';

let server: LanguageServer | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const output = vscode.window.createOutputChannel('MECA Runs');
  const log = vscode.window.createOutputChannel('MECA Language Server', { log: true });
  const trace = vscode.window.createOutputChannel('MECA Language Server Trace', { log: true });
  const status = new Status(menuCommand, restartCommand);
  const folders = new TaskFolders();
  const differences = new Differences();
  const runs = new Runs(output, differences, count => { status.runs(count); });
  const languageServer = server = new LanguageServer({
    extensionPath: context.extensionPath,
    log,
    trace,
    status,
    middleware: executeCommandMiddleware(() => { log.show(); }),
    onRunEvent: event => { runs.handle(event); },
    onStopped: () => { runs.serverStopped(); },
  });

  context.subscriptions.push(
    output, log, trace, status, folders, differences, languageServer,
    registerCommands({ server: languageServer, folders, runs, differences, output, log }),
    folders.onDidChange(() => { status.show(folders.all.length > 0); }),
    vscode.workspace.onDidChangeWorkspaceFolders(() => folders.refresh()),
    vscode.workspace.onDidGrantWorkspaceTrust(() => languageServer.restart()),
    vscode.workspace.onDidChangeConfiguration(event => {
      if (event.affectsConfiguration('meca.server.path')) { // the server asks for all others by itself
        void languageServer.restart();
      }
    }),
  );
  await Promise.all([folders.refresh(), languageServer.restart()]);
}

export async function deactivate(): Promise<void> {
  await server?.stop();
}
