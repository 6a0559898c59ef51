// Asking the server for a job. Lens, editor button, palette and explorer all come through here, by the client's middleware.

import * as vscode from 'vscode';
import { LSPErrorCodes, ResponseError, type ExecuteCommandMiddleware } from 'vscode-languageclient/node';
import { isWithin } from './folders';
import { jobCommands, type FolderArgument, type JobCommand } from './protocol';
import { messageOf } from './server';
import { withReason } from './verdict';

type Next = Parameters<NonNullable<ExecuteCommandMiddleware['executeCommand']>>[2];

/** Stands before every command that goes to the server; an error ends here, as a sentence and not as a bare red toast. */
export function executeCommandMiddleware(showLog: () => void): ExecuteCommandMiddleware {
  return {
    executeCommand: async (command: string, args: unknown[], next: Next): Promise<unknown> => {
      try {
        if (isJobCommand(command) && !await mayStart(command, args[0])) {
          return undefined;
        }
        return await next(command, args);
      } catch (error) {
        if (!isCanceled(error)) {
          void complain(command, error, showLog);
        }
        return undefined;
      }
    },
  };
}

/** A lens ignores the command's `enablement`, so trust is asked for here. Then what is on the screen is brought to disk. */
async function mayStart(command: JobCommand, argument: unknown): Promise<boolean> {
  if (!vscode.workspace.isTrusted) {
    void offerTrust(command);
    return false;
  }
  if (!isFolderArgument(argument)) {
    return true;
  }
  const folder = vscode.Uri.parse(argument.folder, true);
  for (const document of vscode.workspace.textDocuments) {
    if (document.isDirty && document.uri.scheme === 'file' && isWithin(document.uri, folder) && !await document.save()) {
      void vscode.window.showWarningMessage(`Not started: ${vscode.workspace.asRelativePath(document.uri)} could not be saved.`);
      return false;
    }
  }
  return true;
}

async function offerTrust(command: JobCommand): Promise<void> {
  const what = jobCommands[command] === 'run' ? 'Running an example' : 'Building an image';
  const button = 'Manage Workspace Trust';
  if (await vscode.window.showWarningMessage(`${what} executes what is in the folder, so it needs a trusted workspace.`, button) === button) {
    await vscode.commands.executeCommand('workbench.trust.manage');
  }
}

async function complain(command: string, error: unknown, showLog: () => void): Promise<void> {
  const what = isJobCommand(command) ? { run: 'The example could not be run', build: 'The image could not be built' }[jobCommands[command]] : 'MECA';
  if (await vscode.window.showErrorMessage(withReason(what, messageOf(error)), 'Show Log') === 'Show Log') {
    showLog();
  }
}

function isJobCommand(command: string): command is JobCommand {
  return Object.hasOwn(jobCommands, command);
}

function isFolderArgument(argument: unknown): argument is FolderArgument {
  return typeof argument === 'object' && argument !== null && 'folder' in argument && typeof argument.folder === 'string';
}

function isCanceled(error: unknown): boolean {
  return error instanceof ResponseError && (error.code === LSPErrorCodes.RequestCancelled || error.code === LSPErrorCodes.ServerCancelled);
}
