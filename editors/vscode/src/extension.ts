// Wiring: makes the parts, ties them together, starts the server. What is wrong with a task folder, and how its example is run, is
// all the server's.

import * as path from 'node:path';
import * as vscode from 'vscode';
import { acceptAnswer } from './accept';
import { LanguageServer } from './client';
import { menuCommand, registerCommands, restartCommand } from './commands';
import { Differences } from './difference';
import { executeCommandMiddleware } from './jobs';
import { OnceEach } from './onceeach';
import { stopCommand } from './protocol';
import { reportProblem } from './report';
import { Runs } from './runs';
import { messageOf } from './server';
import { Status } from './status';
import { Tasks } from './tasks';
import { TaskView } from './taskview';
import { TaskTests } from './tests';

let server: LanguageServer | undefined;

export function activate(context: vscode.ExtensionContext): void {
  const output = vscode.window.createOutputChannel('MECA Runs');
  const log = vscode.window.createOutputChannel('MECA Language Server', { log: true });
  const trace = vscode.window.createOutputChannel('MECA Language Server Trace', { log: true });
  const status = new Status(menuCommand, restartCommand);
  const tasks = new Tasks();
  const differences = new Differences();
  const onceEach = new OnceEach();
  const accept = (folder: vscode.Uri) => acceptAnswer(folder, differences);
  const runs = new Runs({ output, differences, accept, stop, several: () => tasks.all.length > 1 });
  const tests = new TaskTests({ tasks, runs, stop });
  const logFile = path.join(context.logUri.fsPath, 'server.log');
  const languageServer = server = new LanguageServer({
    extensionPath: context.extensionPath,
    logFile,
    extensionVersion: (context.extension.packageJSON as { readonly version: string }).version,
    log,
    trace,
    status,
    middleware: {
      ...onceEach.middleware,
      ...executeCommandMiddleware({
        showLog: () => { log.show(); },
        refused: (folder, reason) => { runs.refused(folder, reason); },
        showVerdict: async folder => {
          if (differences.has(folder)) {
            await differences.show(folder);
          } else {
            output.show(true);
          }
        },
      }),
    },
    onRunEvent: event => { runs.handle(event); },
    onTasks: list => { tasks.take(list); },
    onStopped: () => {
      runs.serverStopped();
      onceEach.clear();
    },
    onReport: () => void report(),
  });
  const report = () => reportProblem({ extension: context.extension, status, said: () => languageServer.said, logFile });
  const countRuns = () => { status.runs(runs.folders.length); };

  context.subscriptions.push(
    output, log, trace, status, tasks, differences, onceEach, tests, new TaskView(tasks, runs), runs, languageServer,
    registerCommands({ server: languageServer, status, tasks, runs, runAll: () => tests.runAll(), accept, differences, output, log, report }),
    tasks.onDidChange(() => { status.show(tasks.all.length > 0); }),
    runs.onDidBegin(countRuns),
    runs.onDidEnd(({ verdict }) => {
      countRuns();
      if (verdict.outcome === 'error') {
        // A run that could not be made says what the matter is; the status goes on saying it.
        void languageServer.askEngine().then(state => { status.engine(state); });
      } else if (verdict.outcome === 'passed' || verdict.outcome === 'failed') {
        status.engine(undefined); // it answers, whatever was said of it before
      }
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => languageServer.restart()),
    vscode.workspace.onDidChangeConfiguration(event => {
      if (event.affectsConfiguration('meca.server.path')) { // the server asks for all others by itself
        void languageServer.restart();
      }
    }),
  );
  void vscode.commands.executeCommand('setContext', 'meca.active', true);
  void languageServer.restart(); // nothing waits for it here: a command that comes early does
}

export async function deactivate(): Promise<void> {
  await server?.stop();
}

async function stop(folder: vscode.Uri): Promise<void> {
  try {
    await vscode.commands.executeCommand(stopCommand, { folder: folder.toString() });
  } catch (error) {
    void vscode.window.showErrorMessage(`The language server was not reached: ${messageOf(error)}`);
  }
}
